"""Training of the recogniser: what it validates on, and how its recipe gives way to CTC."""

from __future__ import annotations

from pathlib import Path

import pytest

from sokdok.errors import InputError
from sokdok_lab.training import windows
from sokdok_lab.training.nets import Recogniser
from sokdok_lab.training.recipe import find_recipe, load_recipe
from sokdok_lab.training.task import Folders
from sokdok_lab.training.tasks import recogniser
from sokdok_lab.training.tasks.recogniser import RecogniserRecipe


def recipe(**changes) -> RecogniserRecipe:
    loaded = load_recipe(find_recipe("recogniser"), **changes)
    assert isinstance(loaded, RecogniserRecipe)
    return loaded


def task(fonts: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> recogniser.RecogniserTask:
    monkeypatch.setattr(recogniser, "HELD_OUT_WINDOWS", 3)
    monkeypatch.setattr(windows, "PICTURES", 4)
    monkeypatch.setattr(recogniser, "start_net", lambda recipe, name: Recogniser(20, width=16, code=8))
    return recogniser.RecogniserTask(recipe(), Folders(corpus, fonts))


def test_labels_give_way_to_ctc_but_for_a_share() -> None:
    shares = [recipe().label_share(step) for step in (0, 600, 1800, 3000, 20_000)]
    assert shares == [1, 1, 0.5, 0.1, 0.1]
    with pytest.raises(InputError, match="labelled must be two steps"):
        recipe(labelled=[5, 5])


def test_norms_and_biases_do_not_decay(fonts: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    matrices, others = task(fonts, corpus, monkeypatch).parameter_groups()
    assert matrices["weight_decay"] > 0 and others["weight_decay"] == 0
    assert {value.dim() for value in others["params"]} == {1}
