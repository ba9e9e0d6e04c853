"""Finding lines: connected cores, their geometry, pieces joined.

Parting lines that run across a gutter.
"""

from __future__ import annotations

import numpy as np
import pytest

from sokdok.model.nano.formats.lines import CHANNELS, CORE, EM_SIZE, KIND, KINDS, OFFSET
from sokdok.reading.nano.text_detector import DetectedLine, completed, decode_output, detect_lines, merge, split_lines


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
    assert (*line.left, *line.right) == pytest.approx((20.0, 44.0, 180.0, 44.0))


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


def test_a_fragment_that_stands_on_a_line_is_no_line_of_its_own() -> None:
    line, note = DetectedLine((0, 50), (100, 50), 16, "text", 0.9), DetectedLine((103, 43), (108, 43), 10, "text", 0.9)
    fragment = DetectedLine((4, 45), (8, 45), 12, "text", 0.9)
    assert merge([fragment, line, note]) == [line, note]
    steep, below = DetectedLine((0, 50), (100, 70), 16, "text", 0.9), DetectedLine((4, 66), (8, 66), 12, "text", 0.9)
    assert merge([steep, below]) == [steep, below]


def stacked(tops: list[int]) -> np.ndarray:
    """A narrow cell with letters of two parts, 16 pixels large, below each other."""
    gray = np.full((200, 80), 255, np.uint8)
    gray[:, 20] = gray[:, 60] = gray[4] = gray[190] = 0  # its ruling lines
    for top in tops:
        gray[top : top + 6, 34:46] = gray[top + 9 : top + 16, 32:48] = 0
    return gray


def test_letters_below_each_other_are_as_large_as_their_ink_none_is_missed_and_words_stay() -> None:
    part, rest = DetectedLine((32, 24), (48, 24), 11, "table", 0.9), DetectedLine((32, 33), (40, 33), 9, "table", 0.7)
    found = [(*line.left, line.right[0], line.em) for line in completed(stacked([20, 42, 64, 86]), [part, rest])]
    assert sorted(found) == [(32, y, 48, pytest.approx(16 / 0.9)) for y in (28, 50, 72, 94)]
    letter, word = DetectedLine((32, 28), (48, 28), 20, "table", 0.9), DetectedLine((2, 170), (70, 170), 12, "text", 1)
    assert completed(stacked([20, 80]), [letter, word]) == [word, letter]  # too far apart for a word


def test_boxes_are_in_pixels_of_the_page_whatever_the_net_saw() -> None:
    seen = []

    def net(pixels: np.ndarray) -> np.ndarray:
        seen.append(pixels.shape)
        out = answer(pixels.shape[2] // 4, pixels.shape[3] // 4)
        draw(out, 10, 5, 45)
        return out[None]

    (line,) = detect_lines(net, np.full((3200, 2400), 255, np.uint8))
    assert seen == [(1, 1, 1600, 1216)]  # half the size, padded to multiples of 32
    assert line.left == pytest.approx((40.0, 88.0)) and line.em == 32
    (small,) = detect_lines(net, np.full((300, 320), 255, np.uint8))
    assert small.left == pytest.approx((10.0, 22.0))  # twice the size
    (closer,) = detect_lines(net, np.full((3200, 2400), 255, np.uint8), zoom=2.0)
    assert seen[-1] == (1, 1, 3200, 2400) and closer.left == pytest.approx((20.0, 44.0))


def test_light_type_is_as_large_as_its_negative_says() -> None:
    def net(pixels: np.ndarray) -> np.ndarray:
        out = answer(pixels.shape[2] // 4, pixels.shape[3] // 4)
        draw(out, 10, 5, 45)
        out[EM_SIZE] = 0.0 if pixels.mean() > 0.5 else -0.5  # of light type it says too little
        return out[None]

    board = np.full((640, 640), 30, np.uint8)
    board[36:52, 24:176:4] = 220
    assert [line.em for gray in (board, 255 - board) for line in detect_lines(net, gray)] == [16.0, 16.0]


EM = 16.0


def drawn(rows: list[list[tuple[int, int]]]) -> tuple[np.ndarray, list[DetectedLine]]:
    """A page with bars of ink in rows, each row found as one line."""
    grey = np.full((40 + 24 * len(rows), 700), 255, np.uint8)
    lines = []
    for i, bars in enumerate(rows):
        y = 30 + 24 * i
        for begin, end in bars:
            for x in range(begin, end, 6):
                grey[y - 6 : y + 6, x : x + 4] = 0
        lines.append(DetectedLine((bars[0][0], y), (bars[-1][1], y), EM, "text", 1.0))
    return grey, lines


def test_lines_are_cut_at_a_gutter_that_all_respect_and_a_title_above_stays_whole() -> None:
    grey, lines = drawn([[(200, 500)], *[[(40, 340), (352, 650)]] * 6])
    title, *parted = split_lines(grey, lines)
    assert title == lines[0] and len(parted) == 12
    assert abs(parted[0].right[0] - 340) < 6 and abs(parted[1].left[0] - 352) < 6


def test_a_wide_space_that_stands_alone_is_no_gutter() -> None:
    rows = [[(40, 100 + 40 * i), (112 + 40 * i, 650)] for i in range(6)]
    assert len(split_lines(*drawn(rows))) == 6
    line = DetectedLine((900, 900), (950, 900), EM, "text", 1.0)  # and beyond the page there is nothing to cut
    assert split_lines(np.full((10, 10), 255, np.uint8), [line]) == [line]


def test_neither_specks_nor_ends_nearby_part_a_line() -> None:
    grey, lines = drawn([[(40, 400)]] * 6)
    pale = np.maximum(grey, 185)
    pale[[int(line.left[1]) for line in lines], 100:301:200] = 0  # specks, blacker than the type
    assert split_lines(pale, lines) == lines
    assert len(split_lines(*drawn([[(40, 380), (392, 400)], *[[(40, 400)]] * 5]))) == 6  # others end at its margin


def test_lines_found_apart_help_to_cut_the_others() -> None:
    grey, lines = drawn([[(40, 340), (352, 650)]] * 5)
    halves = [DetectedLine(line.left, (340, line.left[1]), EM, "text", 1.0) for line in lines[1:]]
    halves += [DetectedLine((352, line.left[1]), line.right, EM, "text", 1.0) for line in lines[1:]]
    assert len(split_lines(grey, [lines[0], *halves])) == 10
