"""Training of the net of figure kinds: parts of pages without tables, batches by step, a net that learns from them."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sokdok.errors import InputError
from sokdok.imaging.box import Box
from sokdok.model.nano.formats.figures import KINDS
from sokdok_lab.synth.pages.truth import Block, SyntheticPage
from sokdok_lab.training.tasks.figure_kind import (
    KIND_OF,
    part_of,
    pictures_of,
    strip_of,
)


def test_every_kind_has_a_maker() -> None:
    assert set(KIND_OF.values()) == set(KINDS)


def test_a_part_of_a_page_shuns_its_tables() -> None:
    pixels = np.full((400, 300), 255, np.uint8)
    pixels[::4, ::3] = 0
    boxes = np.array([[0, 0, 300, 200], [0, 200, 300, 400]], np.float32)
    page = SyntheticPage(pixels, "ab", boxes, (Block("table", 0, 1), Block("paragraph", 1, 2)))
    assert page.block_box(page.blocks[0]) == Box(0, 0, 300, 200)
    pixels[:200] -= pixels[:200] // 4  # the table's ground is darker
    tables = [(part_of(page, random.Random(seed)) == 192).mean() for seed in range(30)]
    assert np.mean(np.array(tables) < 0.2) > 0.9


def test_lines_are_cut_out_or_lie_on_an_empty_sheet() -> None:
    strip = SyntheticPage(np.full((20, 90), 60, np.uint8), "a", np.zeros((1, 4), np.float32), ())
    sheets = [strip_of(strip, random.Random(seed)) for seed in range(20)]
    assert any(sheet.shape == (20, 90) for sheet in sheets) and any(len(sheet) > 100 for sheet in sheets)
    assert all((sheet == 60).sum() >= 20 * 90 for sheet in sheets)


def test_pictures_of_a_folder_that_are_held_out_are_others(tmp_path: Path) -> None:
    for number in range(20):
        Image.new("L", (3, 3), number).save(tmp_path / f"{number:02}.png")
    draw = pictures_of(tmp_path)
    learnt, held_out = ({int(draw(f"{what} {i}")[0, 0]) for i in range(200)} for what in ("figure kind", "held out"))
    assert len(learnt) == 18 and len(held_out) == 2 and not learnt & held_out
    with pytest.raises(InputError, match=r"holds no pictures; lab/scripts/charts/draw\.py draws some"):
        pictures_of(tmp_path / "none")
