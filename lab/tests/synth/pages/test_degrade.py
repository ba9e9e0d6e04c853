"""Damage: boxes follow what happens to the picture."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import Image

from sokdok_lab.synth.pages.degrade import photograph, rotated


def spots(ink: np.ndarray, boxes: np.ndarray) -> None:
    for left, top, right, bottom in boxes.astype(int):
        ink[top:bottom, left:right] = 255


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


def test_damage_is_of_every_kind_and_never_erases_the_text() -> None:
    ink = np.zeros((300, 300), np.uint8)
    ink[100:200, 100:200] = 255
    pages = [photograph(ink, np.zeros((0, 4)), (64, 64), 1.0, random.Random(seed))[0] for seed in range(80)]
    contrast = [float(page[:16].mean()) - float(page[28:36, 28:36].mean()) for page in pages]
    assert min(contrast) > 60
    assert 0.1 < np.mean([page[0, 0] < 250 for page in pages]) < 0.7  # grey paper
    assert len({page.tobytes() for page in pages}) > 40
