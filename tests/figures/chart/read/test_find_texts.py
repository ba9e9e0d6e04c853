"""Texts of charts in the output of nano's net: what the targets say is what is found, at every angle.

Directions of short texts: as the others of their axis run, or as they are read best.

Texts cut out level: their ink lies on their line, and what stands beside them is gone.
"""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw

from sokdok.figures.chart.read.find_texts import (
    FoundText,
    Reading,
    agreed,
    decode_texts,
    find_texts,
    level_strips,
    turned,
)
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


def test_a_core_that_broke_off_from_a_longer_text_is_no_text() -> None:
    assert len(decode_texts(logits_of([text_at(120, 100, 90), text_at(130, 95, 10)]))) == 1


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


def at(x: float, y: float, length: float, angle: float = 0.0, role: str = "category") -> FoundText:
    """A text with its middle at a point, found as level."""
    return turned(FoundText((x - length / 2, y), (x + length / 2, y), 10, 0.0, role, 1.0), angle)


def sure_at(best: float, asked: list[float] | None = None):  # type: ignore[no-untyped-def]
    """A reader that is sure at one angle."""

    def read(texts: Sequence[FoundText]) -> list[Reading]:
        if asked is not None:
            asked.extend(text.angle for text in texts)
        return [Reading("A", 0.9 if text.angle == best else 0.3) for text in texts]

    return read


@pytest.mark.parametrize("best", [0.0, 90.0])
def test_short_texts_run_as_they_are_read_best(best: float) -> None:
    row = [at(20 * i, 100, 6, angle=0 if i % 3 else 90) for i in range(6)]
    found = agreed([*row, FoundText((120, 100), (140, 100), 10, 29.0, "category", 1.0)], sure_at(best))[:6]
    assert {text.angle for text in found} == {best}
    for before, after in zip(row, found, strict=True):  # about their middles
        assert sum(before.left) + sum(before.right) == pytest.approx(sum(after.left) + sum(after.right))


def test_short_texts_run_as_the_long_ones_beside_them() -> None:
    column = [at(20, 30 * i, 18, role="value tick") for i in range(1, 6)]
    zero = at(20, 0, 6, angle=90, role="value tick")
    asked: list[float] = []
    assert agreed([*column, zero], sure_at(90, asked))[-1].angle == 0 and not asked


def test_axes_do_not_speak_for_each_other() -> None:
    column = [at(20, 30 * i, 6) for i in range(5)]
    row = [at(60 + 20 * i, 200, 18) for i in range(5)]
    found = agreed([*column, *row], sure_at(90))
    assert [text.angle for text in found] == [90] * 5 + [0] * 5


def test_signs_that_letters_are_read_as_in_a_wrong_direction_do_not_count() -> None:
    row = [at(40 * i, 100, 6) for i in range(3)]

    def read(texts: Sequence[FoundText]) -> list[Reading]:
        return [Reading("A", 0.6) if text.angle == 0 else Reading("<", 0.9) for text in texts]

    assert {text.angle for text in agreed(row, read)} == {0}


LENGTH, TYPE_EM = 60, 12


def drawn(angle: float) -> tuple[Image.Image, FoundText]:
    """A stroke of ink along a text's middle line, and a tick mark right behind it."""
    image = Image.new("L", (200, 200), 230)
    draw = ImageDraw.Draw(image)
    unit = math.cos(math.radians(angle)), -math.sin(math.radians(angle))
    left, right = ((100 + side * unit[0] * LENGTH / 2, 100 + side * unit[1] * LENGTH / 2) for side in (-1, 1))
    draw.line((left, right), 0, 3)
    tick = [(right[0] + far * unit[0], right[1] + far * unit[1]) for far in (5, 12)]
    draw.line(tick, 0, 3)
    return image, FoundText(left, right, TYPE_EM, angle, "category", 1.0)


@pytest.mark.parametrize("angle", [0.0, 90.0, -90.0, 45.0, -20.0])
def test_a_text_lies_level_and_alone(angle: float) -> None:
    image, text = drawn(angle)
    strips, (line,) = level_strips(image, [text])
    scale = line.em / TYPE_EM
    assert line.left[1] == line.right[1]
    ink = strips < 128
    columns, rows = np.flatnonzero(ink.any(0)), np.flatnonzero(ink.any(1))
    assert np.ptp(columns) / scale == pytest.approx(LENGTH, abs=3)  # no tick mark
    assert columns[-1] == pytest.approx(line.right[0], abs=2 * scale)
    assert rows.mean() == pytest.approx(line.left[1], abs=1.5 * scale)
    assert strips[0, 0] == 230
