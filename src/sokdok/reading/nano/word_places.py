"""The words of a line that was read, each with the place its symbols tell.

A symbol is known by its middle. A word ends half a symbol's width beyond its outer symbols' middles, but no further
than some way to the middle of the space beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sokdok.imaging.box import Box
from sokdok.pages.textlayer import Word
from sokdok.reading.nano.recogniser import LineText
from sokdok.reading.nano.text_detector import DetectedLine

SPACE_SHARE = 0.6
"""of the way to the middle of a space that may be a word's"""
WIDE_EM, NARROW_EM = 0.5, 0.28
"""half the width of a syllable or ideograph, and of another symbol"""


def words_of(line: DetectedLine, read: LineText) -> tuple[Word, ...]:
    """Words of a line, boxes in pixels of its page."""
    return tuple(_word(line, read, start, stop) for start, stop in _spans(read.text))


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """First and one past the last symbol of each word."""
    start = None
    for index, char in enumerate(f"{text} "):
        if not char.isspace():
            start = index if start is None else start
        elif start is not None:
            yield start, index
            start = None


def _word(line: DetectedLine, read: LineText, start: int, stop: int) -> Word:
    left = line.left[0] + _edge(read, start, -1, line.em) if start else line.left[0]
    right = line.left[0] + _edge(read, stop - 1, 1, line.em) if stop < len(read.text) else line.right[0]
    left, right = min(left, right - 1), max(right, left + 1)
    middle = line.left[1] + line.slope * ((left + right) / 2 - line.left[0])
    half = (line.em + abs(line.slope) * (right - left)) / 2
    confidence = float(np.mean(read.probability[start:stop]))
    box = Box(left, middle - half, right, middle + half)
    return Word(read.text[start:stop], box, line.em, middle + line.em / 2, source="recogniser", confidence=confidence)


def _edge(read: LineText, index: int, way: int, em: float) -> float:
    """Where a word ends that ends with a symbol, from the line's left; `way` is -1 for its left end."""
    place = float(read.places[index])
    half = (WIDE_EM if ord(read.text[index]) >= 0x1100 else NARROW_EM) * em
    space = float(read.places[index + way])
    return place + way * min(half, SPACE_SHARE * abs(space - place))
