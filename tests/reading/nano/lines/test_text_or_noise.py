"""Which lines say anything, and which are noise."""

from __future__ import annotations

import numpy as np

from sokdok.reading.nano.lines.line_text import LineText
from sokdok.reading.nano.lines.text_or_noise import is_text, say_anything
from sokdok.reading.nano.text_detector import DetectedLine


def said(text: str, probability: float) -> LineText:
    return LineText(text, np.arange(len(text), dtype=np.float32), np.full(len(text), probability, np.float32))


def mark(x: float, y: float) -> DetectedLine:
    return DetectedLine((x, y), (x + 10, y), 12.0, "table", 0.9)


def test_signs_alone_must_be_surer_than_words_to_count_as_text() -> None:
    """Specks and the dots of worn leaders are read as signs."""
    assert is_text(said("no. 4", 0.5)) and is_text(said("○", 0.8))
    assert not is_text(said("* + • =", 0.5)) and not is_text(said("word", 0.3)) and not is_text(said("", 0.9))


def test_marks_of_one_row_or_column_need_not_be_as_sure() -> None:
    ring, cross, alone, speck, noise = said("○", 0.5), said("×", 0.45), said("○", 0.5), said("•", 0.5), said("○", 0.2)
    found = [mark(100, 50), mark(101, 90), mark(300, 400), mark(99, 130), mark(100, 170)]
    assert say_anything(found, [ring, cross, alone, speck, noise]) == [True, True, False, False, False]
    assert say_anything([mark(100, 50), mark(400, 52)], [ring, cross]) == [True, True]
    assert say_anything([], []) == []
