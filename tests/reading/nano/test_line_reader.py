"""Which lines are read as print, which as handwriting.

What shows through: only lines much paler than most, on white paper and on black.
"""

from __future__ import annotations

import numpy as np
import pytest

from sokdok.reading.nano import line_reader
from sokdok.reading.nano.decoding import LanguageDecoder
from sokdok.reading.nano.line_reader import LineReader, pale_lines
from sokdok.reading.nano.line_text import LineText
from sokdok.reading.nano.session import bundled_folder
from sokdok.reading.nano.text_detector import DetectedLine


def said(text: str, probability: float) -> LineText:
    return LineText(text, np.arange(len(text), dtype=np.float32), np.full(len(text), probability, np.float32))


def texts_of(monkeypatch: pytest.MonkeyPatch, hand_reader: object) -> tuple[list[str], list[int]]:
    """What three lines say that are .95, .7 and .7 sure as print and all .6 as handwriting; which are read as that."""
    reader = LineReader(bundled_folder(), threads=1)
    reader.__dict__["_hand_reader"] = hand_reader
    lines = [DetectedLine((0, 20 * at), (90, 20 * at), 12.0, "text", 0.9) for at in range(1, 4)]
    written: list[DetectedLine] = []

    def recognise(
        net: object, decoder: object, gray: object, found: list[DetectedLine], squeeze: float
    ) -> list[LineText]:
        if net == reader._recognise:
            return [said("a", 0.95), said("type", 0.7), said("in", 0.7)]
        assert isinstance(decoder, LanguageDecoder)
        written.extend(found)
        return [said("hand", 0.6) for _ in found]

    monkeypatch.setattr(line_reader, "recognise", recognise)
    texts = reader.texts(np.zeros((90, 90), np.uint8), lines)
    return [text.text for text in texts], [lines.index(line) for line in written]


def test_lines_that_are_unsure_as_print_count_as_written_where_more_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """Print of two letters, surely, says less of a line than four letters in a hand, somewhat less surely."""
    assert texts_of(monkeypatch, object()) == (["a", "type", "hand"], [1, 2])


def test_a_folder_without_a_recogniser_of_hands_reads_all_as_print(monkeypatch: pytest.MonkeyPatch) -> None:
    assert texts_of(monkeypatch, None) == (["a", "type", "in"], [])


def test_a_line_shorter_than_a_word_is_no_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model of language would make a word of any speck."""
    reader = LineReader(bundled_folder(), threads=1)
    reader.__dict__["_hand_reader"] = object()
    lines = [DetectedLine((0, y), (width, y), 12.0, "text", 0.9) for y, width in ((20, 90), (40, 6))]
    monkeypatch.setattr(
        line_reader, "recognise", lambda net, decoder, gray, found, squeeze: [said("a", 0.9)] * len(found)
    )
    texts = reader.with_hands(np.zeros((60, 90), np.uint8), lines, [said("x", 0.4), said("=", 0.4)])
    assert [text.text for text in texts] == ["a", "="]


def page(levels: list[int], paper: int = 240) -> tuple[np.ndarray, list[DetectedLine]]:
    """A page with a line of each grey, 20 pixels apart, its letters bars of two pixels."""
    gray = np.full((20 * len(levels) + 20, 200), paper, np.uint8)
    lines = []
    for at, level in enumerate(levels):
        y = 20 * at + 20
        gray[y - 4 : y + 4, 20:180:8] = level
        lines.append(DetectedLine((16, y), (184, y), 12.0, "text", 0.9))
    return gray, lines


@pytest.mark.parametrize(
    ("levels", "pale"),
    [
        ([20, 30, 40, 210, 200], [False, False, False, True, True]),
        ([20, 30, 150, 140], [False] * 4),  # pencil beside ink
        ([200, 210, 205], [False] * 3),  # a page in pencil
        ([20, 30, 40, 60], [False] * 4),
    ],
)
def test_lines_much_paler_than_most_show_through(levels: list[int], pale: list[bool]) -> None:
    assert pale_lines(*page(levels)).tolist() == pale


def test_white_on_black_is_told_by_the_same_measure() -> None:
    assert pale_lines(*page([240, 230, 235, 45], paper=20)).tolist() == [False, False, False, True]


def test_no_lines_and_lines_outside_the_page_are_no_error() -> None:
    gray, lines = page([20])
    assert pale_lines(gray, []).tolist() == []
    outside = DetectedLine((500, 20), (600, 20), 12.0, "text", 0.9)
    assert pale_lines(gray, [*lines, outside]).tolist() == [False, True]
