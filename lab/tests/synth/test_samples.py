"""What is drawn: official prompts and answers, boxes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sokdok.documents.build import parse_markup
from sokdok.errors import InputError
from sokdok.reading.prompts import TASKS
from sokdok_lab.synth import samples
from sokdok_lab.synth.samples import Materials


@pytest.mark.parametrize(
    ("kind", "task"),
    [("page", "markdown"), ("table", "figure"), ("handwriting", "free"), ("cursive", "free"), ("geometry", "figure")],
)
def test_samples_have_official_prompts_answers_and_text_boxes(kind: str, task: str, font_folder: Path) -> None:
    make = samples.maker(kind, Materials(font_folder))
    made = [make(seed) for seed in range(3)]
    assert all(sample.prompt == TASKS[task].prompt and sample.text for sample in made)
    assert any(sample.text_boxes for sample in made)
    for sample in made:
        height, width = sample.pixels.shape[:2]
        for box in sample.text_boxes:
            left, top, right, bottom = box.box
            assert -width * 0.1 < left < right < width * 1.1 and -height * 0.1 < top < bottom < height * 1.1
        assert json.loads(json.dumps(sample.truth())) == sample.truth()


def test_a_page_answers_in_the_markup_of_the_family(font_folder: Path) -> None:
    sample = samples.maker("page", Materials(font_folder))(4)
    parsed = parse_markup(sample.text)
    assert not parsed.warnings and len(parsed.blocks) == len(sample.extra["blocks"])
    height, width = sample.pixels.shape
    for block, truth in zip(parsed.blocks, sample.extra["blocks"], strict=True):
        left, top, right, bottom = truth["box"]
        assert block.boxes[0].x1 == pytest.approx(left / width * 999, abs=1)
        assert block.boxes[0].y2 == pytest.approx(bottom / height * 999, abs=1)


@pytest.mark.parametrize("kind", samples.KINDS)
def test_a_seed_makes_one_sample(kind: str, font_folder: Path) -> None:
    make, again = (samples.maker(kind, Materials(font_folder)) for _ in range(2))
    one, other, third = make(5), again(5), make(6)
    assert np.array_equal(one.pixels, other.pixels) and one.truth() == other.truth()
    assert third.truth() != one.truth()


def test_fonts_are_looked_for_on_the_system(monkeypatch: pytest.MonkeyPatch, font_folder: Path, tmp_path: Path) -> None:
    monkeypatch.setattr(samples, "SYSTEM_FONTS", (str(tmp_path / "none"), str(tmp_path), str(font_folder)))
    assert samples.system_fonts() == font_folder
    monkeypatch.setattr(samples, "SYSTEM_FONTS", (str(tmp_path),))
    with pytest.raises(InputError, match="--fonts"):
        samples.system_fonts()
