"""Paper, ink and wear: boxes follow what happens to the picture, and what is written can still be read."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import Image

from sokdok_lab.synth.molecules.maker import WEARS
from sokdok_lab.synth.pages.strips import PRINT_WEAR
from sokdok_lab.synth.wear import SCAN, Wear, displacement, photograph, press, rotated, warp, warp_boxes
from sokdok_lab.training.tasks import chart_texts, text_detector
from sokdok_lab.training.windows import INK_WEAR


def spots(ink: np.ndarray, boxes: np.ndarray) -> None:
    for left, top, right, bottom in boxes.astype(int):
        ink[top:bottom, left:right] = 255


def bars() -> np.ndarray:
    pixels = np.full((96, 96), 255, np.uint8)
    pixels[20:40, 10:60] = 0
    return pixels


def test_boxes_turn_as_the_picture_does() -> None:
    ink = np.zeros((400, 300), np.uint8)
    boxes = np.array([[20, 30, 26, 36], [270, 360, 276, 366]], np.float32)
    spots(ink, boxes)
    turned = np.asarray(Image.fromarray(ink).rotate(1.0, Image.Resampling.BILINEAR)).astype(float)
    for left, top, right, bottom in rotated(boxes, 1.0, (150, 200)):
        near = turned[int(top) - 4 : int(bottom) + 6, int(left) - 4 : int(right) + 6]
        y, x = (np.indices(near.shape) * near).sum((1, 2)) / near.sum()
        assert int(left) - 4 + x + 0.5 == pytest.approx((left + right) / 2, abs=0.2)
        assert int(top) - 4 + y + 0.5 == pytest.approx((top + bottom) / 2, abs=0.2)


def test_a_clean_page_is_black_on_white_and_stretched() -> None:
    ink = np.zeros((500, 300), np.uint8)
    box = np.array([[60, 100, 120, 200]], np.float32)
    spots(ink, box)
    pixels, boxes = photograph(ink, box, (100, 100), 0.0, random.Random(1))
    assert pixels.shape == (100, 100) and pixels.max() == 255 and pixels.min() == 0
    assert boxes[0].tolist() == [20, 20, 40, 40]
    assert pixels[30, 30] == 0 and pixels[30, 50] == 255


@pytest.mark.parametrize(
    "wear",
    [SCAN, PRINT_WEAR, INK_WEAR, chart_texts.WEAR, text_detector.WEAR, *WEARS],
    ids=["scan", "print", "ink", "charts", "crops", "clean", "bilevel", "noisy", "grey"],
)
@pytest.mark.parametrize("colours", [False, True])
def test_worn_print_can_still_be_told_from_paper(wear: Wear, colours: bool) -> None:
    pixels = bars()
    pixels = np.stack([pixels] * 3, -1) if colours and not wear.ghost[0] and not wear.pressed[0] else pixels
    seen = [wear(pixels, random.Random(seed), unit=20 if wear is PRINT_WEAR else 1) for seed in range(30)]
    assert all(worn.shape == pixels.shape and worn.dtype == np.uint8 for worn in seen)
    assert min(abs(worn[20:40, 10:60].mean() - worn[60:].mean()) for worn in seen) > 20
    assert np.array_equal(seen[3], wear(pixels, random.Random(3), unit=20 if wear is PRINT_WEAR else 1))
    assert wear == Wear() or len({worn.tobytes() for worn in seen}) > 5


def test_no_damage_is_none() -> None:
    assert np.array_equal(PRINT_WEAR(bars(), random.Random(1), damage=0.0), bars())


def test_what_stands_on_the_back_shines_through() -> None:
    blank = np.full((96, 96), 255, np.uint8)
    ghosts = [Wear(ghost=(1, 0.1, 0.4))(blank, random.Random(seed), back=bars()) for seed in range(9)]
    assert all(150 < ghost.min() < 240 and 0.05 < (ghost < 250).mean() < 0.4 for ghost in ghosts)


def test_boxes_move_as_the_ink_does() -> None:
    ink = np.zeros((120, 160), np.uint8)
    ink[50:60, 70:80] = 255
    offsets = displacement(ink.shape, 40, 4, np.random.default_rng(2))
    rows, columns = np.nonzero(warp(ink, offsets) > 128)
    moved = warp_boxes(np.array([[70, 50, 80, 60]], np.float32), offsets)[0]
    assert moved.reshape(2, 2).mean(0) == pytest.approx([columns.mean() + 0.5, rows.mean() + 0.5], abs=1.0)
    assert abs(moved[0] - 70) + abs(moved[1] - 50) > 0.5


def test_strokes_grow_and_shrink_but_hairlines_stay() -> None:
    ink = np.zeros((60, 60), np.uint8)
    ink[20:30, 5:55] = 255
    ink[45, 5:55] = 90
    thin, thick = (press(ink, 1.5, weight, 0, np.random.default_rng(1)) for weight in (-0.8, 0.8))
    assert (thin[15:35, 30] > 128).sum() < 10 < (thick[15:35, 30] > 128).sum()
    assert thin[45, 10:50].min() > 128
