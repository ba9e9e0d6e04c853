"""Finding lines: connected cores, their geometry, pieces joined."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.imaging.components import labelled
from sokdok.model.nano.formats.text_detector import CHANNELS, CORE, EM_SIZE, KIND, KINDS, OFFSET
from sokdok.reading.nano.text_detector import DetectedLine, decode_output, detect_lines, merge


def flooded(mask: np.ndarray) -> int:
    """How many 8-connected regions a mask has, found by flooding."""
    left, count = {(int(r), int(c)) for r, c in zip(*np.nonzero(mask), strict=True)}, 0
    while left:
        count, stack = count + 1, [left.pop()]
        while stack:
            row, column = stack.pop()
            near = {(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & left
            left -= near
            stack += near
    return count


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 12), st.floats(0.1, 0.9))
def test_regions_are_those_that_flooding_finds(seed: int, rows: int, columns: int, density: float) -> None:
    mask = np.random.default_rng(seed).random((rows, columns)) < density
    labels, count = labelled(mask)
    assert count == flooded(mask)
    assert ((labels > 0) == mask).all()
    for label in range(1, count + 1):
        assert flooded(labels == label) == 1


def answer(rows: int = 40, columns: int = 60) -> np.ndarray:
    out = np.zeros((CHANNELS, rows, columns), np.float32)
    out[CORE] = -9
    return out


def draw(out: np.ndarray, row: int, start: int, stop: int, kind: str = "text", height: int = 2) -> None:
    out[CORE, row : row + height, start:stop] = 9
    middle = (row + height / 2) * 4
    centres = (np.arange(row, row + height) + 0.5) * 4
    out[OFFSET, row : row + height, start:stop] = ((middle - centres) / 16)[:, None]
    out[KIND + KINDS.index(kind), row : row + height, start:stop] = 3


def test_a_core_is_a_line_with_its_em_kind_and_ends() -> None:
    out = answer()
    draw(out, 10, 5, 45, "heading")
    out[EM_SIZE] = 1.0  # twice the usual 16 pixels
    out[OFFSET] /= 2
    (line,) = decode_output(out)
    assert line.kind == "heading" and line.em == 32
    assert line.left == (20.0, 44.0) and line.right == (180.0, 44.0)


def test_lines_below_each_other_stay_apart_and_a_speck_is_none() -> None:
    out = answer()
    draw(out, 4, 5, 45)
    draw(out, 8, 5, 30)
    out[EM_SIZE, 20:, :] = 3.0
    out[CORE, 30, 30] = 9  # one cell, where the text would be 128 pixels high
    assert len(decode_output(out)) == 2


def test_pieces_of_a_line_join_and_columns_do_not() -> None:
    piece = DetectedLine((0, 50), (100, 50), 16, "text", 0.9)
    near = DetectedLine((106, 50), (200, 50), 16, "text", 0.9)
    column = DetectedLine((230, 50), (300, 50), 16, "text", 0.9)
    lines = merge([column, near, piece])
    assert [(line.left[0], line.right[0]) for line in lines] == [(0, 200), (230, 300)]


def test_boxes_are_in_pixels_of_the_page_whatever_the_net_saw() -> None:
    seen = []

    def net(pixels: np.ndarray) -> np.ndarray:
        seen.append(pixels.shape)
        out = answer(pixels.shape[2] // 4, pixels.shape[3] // 4)
        draw(out, 10, 5, 45)
        return out[None]

    (line,) = detect_lines(net, np.full((3200, 2400), 255, np.uint8))
    assert seen == [(1, 1, 1600, 1216)]  # half the size, padded to multiples of 32
    assert line.left == (40.0, 88.0) and line.em == 32
    (small,) = detect_lines(net, np.full((300, 320), 255, np.uint8))
    assert small.left == (10.0, 22.0)  # twice the size
    (closer,) = detect_lines(net, np.full((3200, 2400), 255, np.uint8), zoom=2.0)
    assert seen[-1] == (1, 1, 3200, 2400) and closer.left == (20.0, 44.0)
