"""Texts cut out level: their ink lies on their line, and what stands beside them is gone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from sokdok.figures.chart.read.find_texts import FoundText
from sokdok.figures.chart.read.strips import level_strips

LENGTH, EM = 60, 12


def drawn(angle: float) -> tuple[Image.Image, FoundText]:
    """A stroke of ink along a text's middle line, and a tick mark right behind it."""
    image = Image.new("L", (200, 200), 230)
    draw = ImageDraw.Draw(image)
    unit = math.cos(math.radians(angle)), -math.sin(math.radians(angle))
    left, right = ((100 + side * unit[0] * LENGTH / 2, 100 + side * unit[1] * LENGTH / 2) for side in (-1, 1))
    draw.line((left, right), 0, 3)
    tick = [(right[0] + far * unit[0], right[1] + far * unit[1]) for far in (5, 12)]
    draw.line(tick, 0, 3)
    return image, FoundText(left, right, EM, angle, "category", 1.0)


@pytest.mark.parametrize("angle", [0.0, 90.0, -90.0, 45.0, -20.0])
def test_a_text_lies_level_and_alone(angle: float) -> None:
    image, text = drawn(angle)
    strips, (line,) = level_strips(image, [text])
    scale = line.em / EM
    assert line.left[1] == line.right[1]
    ink = strips < 128
    columns, rows = np.flatnonzero(ink.any(0)), np.flatnonzero(ink.any(1))
    assert np.ptp(columns) / scale == pytest.approx(LENGTH, abs=3)  # no tick mark
    assert columns[-1] == pytest.approx(line.right[0], abs=2 * scale)
    assert rows.mean() == pytest.approx(line.left[1], abs=1.5 * scale)
    assert strips[0, 0] == 230


def test_texts_lie_one_above_the_other() -> None:
    parts = [drawn(angle) for angle in (0.0, 90.0)]
    for image, _ in parts[1:]:
        parts[0][0].paste(image, (0, 0), image.point(lambda level: 255 * (level < 128)))
    strips, lines = level_strips(parts[0][0], [text for _, text in parts])
    assert lines[0].box.bottom < lines[1].box.top and lines[1].box.bottom < len(strips)


def test_no_texts_make_no_picture() -> None:
    strips, lines = level_strips(Image.new("L", (50, 50), 255), [])
    assert strips.size == 1 and lines == []
