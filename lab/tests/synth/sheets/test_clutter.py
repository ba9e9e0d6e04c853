"""Clutter keeps off the text, and a sheet on a table takes its truth along."""

from __future__ import annotations

import random

import numpy as np

from sokdok_lab.synth.sheets.clutter import _free, add_clutter, on_background


def test_clutter_is_drawn_and_big_pieces_keep_off_what_is_taken() -> None:
    taken = np.array([[0, 0, 400, 200]], np.float32)
    inked = []
    for seed in range(20):
        ink = np.zeros((400, 400), np.uint8)
        add_clutter(ink, taken, random.Random(seed))
        inked.append((ink[:200] > 0).mean() < 0.05)
        place = _free(50, 50, (400, 400), taken, random.Random(seed))
        assert place is None or place[1] >= 200
    assert np.mean(inked) > 0.8


def test_a_sheet_on_something_darker_keeps_its_pixels_and_boxes() -> None:
    pixels = np.full((300, 200), 240, np.uint8)
    pixels[100:120, 50:90] = 3
    for seed in range(6):
        shown, boxes = on_background(pixels, np.array([[50, 100, 90, 120]], np.float32), random.Random(seed))
        left, top, right, bottom = boxes[0].astype(int)
        assert (shown[top:bottom, left:right] == 3).all() and shown.shape >= pixels.shape
