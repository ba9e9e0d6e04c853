"""Texts of charts in the output of nano's net: what the targets say is what is found, at every angle."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sokdok.figures.chart.read.find_texts import FoundText, decode_texts, find_texts
from sokdok.model.nano.formats.figures import CHANNELS, EM, MULTIPLE_PX, ROLES, SLICES, STRIDE_PX

SIDE = 256
CELLS = SIDE // STRIDE_PX


def logits_of(texts: list[FoundText]) -> np.ndarray:
    """What a perfect net says of texts, (channels, rows, columns)."""
    logits = np.zeros((CHANNELS, CELLS, CELLS), np.float32)
    logits[SLICES["core"]] = -9
    rows, columns = np.mgrid[:CELLS, :CELLS]
    x, y = (columns + 0.5) * STRIDE_PX, (rows + 0.5) * STRIDE_PX
    for text in texts:
        angle = math.radians(text.angle)
        unit = np.array([math.cos(angle), -math.sin(angle)])
        middle = np.add(text.left, text.right) / 2
        along = (x - middle[0]) * unit[0] + (y - middle[1]) * unit[1]
        across = -(x - middle[0]) * unit[1] + (y - middle[1]) * unit[0]
        length = math.dist(text.left, text.right)
        inside = (np.abs(along) <= length / 2 - min(0.2 * text.em, length / 4)) & (np.abs(across) <= text.em / 4)
        logits[SLICES["core"], inside] = 9
        logits[SLICES["em"], inside] = math.log2(text.em / EM)
        logits[SLICES["direction"], inside] = np.array([[unit[0]], [-unit[1]]])
        logits[SLICES["offset"]][:, inside] = -across[inside] / text.em
        logits[SLICES["role"].start + ROLES.index(text.role), inside] = 5
    return logits


def text_at(x: float, y: float, length: float, angle: float = 0.0, em: float = 12, role: str = "category") -> FoundText:
    """A text whose middle lies at a point."""
    dx, dy = math.cos(math.radians(angle)) * length / 2, -math.sin(math.radians(angle)) * length / 2
    return FoundText((x - dx, y - dy), (x + dx, y + dy), em, angle, role, 1.0)


@pytest.mark.parametrize("angle", [0.0, 90.0, -90.0, 45.0, -30.0, 15.0])
@pytest.mark.parametrize("length", [8.0, 60.0])
def test_texts_are_found_at_every_angle(angle: float, length: float) -> None:
    text = text_at(120, 100, length, angle, role="value tick")
    (found,) = decode_texts(logits_of([text]))
    assert found.angle == pytest.approx(angle, abs=1) and found.role == "value tick"
    assert found.em == pytest.approx(12, abs=0.5)
    assert math.dist(found.left, text.left) < 2.5 and math.dist(found.right, text.right) < 2.5


def test_texts_side_by_side_are_told_apart() -> None:
    texts = [text_at(60 + 30 * i, 100, 22) for i in range(5)]
    found = sorted(decode_texts(logits_of(texts)), key=lambda text: text.left[0])
    assert [round(text.left[0]) for text in found] == pytest.approx([49 + 30 * i for i in range(5)], abs=2)


def test_nothing_is_found_where_nothing_is() -> None:
    assert decode_texts(logits_of([])) == []
    assert decode_texts(logits_of([text_at(100, 100, 20, em=2)])) == []  # a speck


def test_a_large_picture_is_seen_smaller_and_its_texts_lie_in_its_own_pixels() -> None:
    seen = []

    def net(pixels: np.ndarray) -> np.ndarray:
        seen.append(pixels.shape)
        cells = pixels.shape[2] // STRIDE_PX, pixels.shape[3] // STRIDE_PX
        logits = np.full((1, CHANNELS, *cells), -9, np.float32)
        part = logits_of([text_at(100, 100, 60)])[:, : cells[0], : cells[1]]
        logits[0, :, : part.shape[1], : part.shape[2]] = part
        return logits

    (found,) = find_texts(net, np.full((1000, 2800, 3), 255, np.uint8))
    assert all(side % MULTIPLE_PX == 0 for side in seen[0][2:]) and seen[0][3] < 1500
    assert found.left == pytest.approx((140, 200), abs=5) and found.em == pytest.approx(24, abs=1)
