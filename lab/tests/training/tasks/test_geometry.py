from __future__ import annotations

from pathlib import Path

import matplotlib
import pytest
import torch

from sokdok.model.nano.formats.geometry import CHANNELS, HEATS, SLICES
from sokdok_lab.training.maps import NOTHING
from sokdok_lab.training.recipe import find_recipe, load_recipe
from sokdok_lab.training.task import Batch, Folders, Task, make_task
from sokdok_lab.training.tasks.geometry import CELLS, SIDE_PX

CROPS = 6  # of a batch, by the recipe


def task(name: str, **changes: float) -> Task:
    """The task of a recipe, in the fonts that matplotlib brings."""
    folders = Folders(fonts=Path(matplotlib.get_data_path()) / "fonts" / "ttf")
    return make_task(load_recipe(find_recipe(name), **changes), folders)


@pytest.fixture(scope="module")
def batch() -> Batch:
    return task("geometry").batch(3)


def test_targets_fit_the_pixels(batch: Batch) -> None:
    pixels = batch["pixels"]
    assert pixels.shape == (CROPS, 3, SIDE_PX, SIDE_PX) and 0 <= pixels.min() <= pixels.max() <= 1
    assert batch["heat"].shape == (CROPS, len(HEATS), CELLS, CELLS)
    middles = batch["heat"][:, HEATS.index("char")] == 1
    assert (
        middles.any()
        and (batch["char_code"][middles] >= 0).all()
        and batch["char_offset"].movedim(1, -1)[middles].isfinite().all()
    )
    assert (batch["char_offset"].movedim(1, -1)[middles].abs() <= 0.51).all()


def test_ink_lies_where_the_line_targets_say(batch: Batch) -> None:
    darkness = (batch["pixels"].amax((2, 3), keepdim=True) - batch["pixels"]).amax(1)
    ink = torch.nn.functional.max_pool2d(darkness, 12, 4, 4)
    lines = batch["heat"][:, HEATS.index("line")] == 1
    assert lines.sum() > 100 and (ink[lines] > 0.15).float().mean() > 0.9


def test_the_loss_falls_when_predictions_are_right(batch: Batch) -> None:
    right = torch.zeros(CROPS, CHANNELS, CELLS, CELLS)
    for index, name in enumerate(HEATS):
        right[:, SLICES[name]] = (batch["heat"][:, index : index + 1] == 1) * 18.0 - 9
    for name in ("point_offset", "mark_offset", "char_offset", "mark_vote", "char_vote", "char_size"):
        right[:, SLICES[name]] = batch[name].nan_to_num()
    for name in ("mark_kind", "char_role", "char_code"):
        count = SLICES[name].stop - SLICES[name].start
        right[:, SLICES[name]] = torch.nn.functional.one_hot(batch[name].clamp(min=0), count).movedim(-1, 1) * 18.0
    good, bad = (task("geometry").loss(lambda _, p=predicted: p, batch, 0) for predicted in (right, -right))
    assert good.measures["char_code_accuracy"] == good.measures["char_role_accuracy"] == 1
    assert good.total < 0.5 < bad.total


def test_from_crops_without_a_figure_nothing_is_made_up() -> None:
    batch = task("geometry", distractors=1.0).batch(3)
    assert batch["pixels"].shape == (CROPS, 3, SIDE_PX, SIDE_PX) and batch["pixels"].std() > 0.04
    assert not batch["heat"].any() and (batch["char_code"] == NOTHING).all()


def test_characters_are_cut_out_with_their_codes() -> None:
    batch, again = (task("geometry_letters").batch(1) for _ in range(2))
    assert torch.equal(batch["pixels"], again["pixels"]) and batch["pixels"].shape[1:] == (1, 24, 24)
    assert len(batch["codes"]) == len(batch["pixels"]) > 20 and len(batch["codes"].unique()) > 8
    assert (batch["pixels"].amax((1, 2, 3)) > 0.9).float().mean() > 0.95  # there is ink in nearly every square
