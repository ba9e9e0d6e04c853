"""The words of a line that was read, each with the place its symbols tell.

A symbol is known by its middle. A word ends half a symbol's width beyond its outer symbols' middles, but no further
than some way to the middle of the space beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.pose import Pose
from sokdok.layout.text_line import TextLine
from sokdok.model.nano.alphabet import UNREAD_MARK
from sokdok.pages.textlayer import Word
from sokdok.reading.nano.lines.line_text import LineText
from sokdok.reading.nano.text_detector import DetectedLine

SPACE_SHARE = 0.6  # of the way to the middle of a space that may be a word's
WIDE_EM, NARROW_EM = 0.5, 0.28  # half the width of a syllable or ideograph, and of another symbol


Confidence = Callable[[np.ndarray, np.ndarray], float]
"""probabilities of the symbols of a word (N,) and of its line (M,) -> probability that all of the word is right"""


def text_line(line: DetectedLine, read: LineText, pose: Pose, confidence: Confidence) -> TextLine:
    """A line that was detected in a picture, and read, with its words, on the straight page that lies in it so."""
    spans = list(word_spans(read.text))
    ends = [(0.0, line.width), *(_ends(line, read, start, stop) for start, stop in spans)]
    boxes, em = _level(line, np.array(ends), pose)
    words = [
        Word(
            read.text[start:stop],
            box,
            em,
            box.middle[1] + em / 2,
            source="recogniser",
            confidence=word_confidence(read, start, stop, confidence),
        )
        for (start, stop), box in zip(spans, boxes[1:], strict=True)
    ]
    return TextLine(boxes[0], read.text, read.confidence, em, line.kind, words=tuple(words))


def word_confidence(read: LineText, start: int, stop: int, confidence: Confidence) -> float:
    """Probability that a word of a line is right; 0 with a letter that nano can't read, however sure it is of that."""
    unread = UNREAD_MARK in read.text[start:stop]
    return 0.0 if unread else confidence(read.probability[start:stop], read.probability)


def _level(line: DetectedLine, ends: np.ndarray, pose: Pose) -> tuple[list[Box], float]:
    """Parts of a line, (N, 2) pixels along it from its left, as boxes of the straight page; and its em there."""
    points = np.array(line.left) + np.column_stack([ends.ravel(), line.slope * ends.ravel()])
    em = line.em
    if not pose.is_straight:
        length = float(np.hypot(*(points[1] - points[0])))
        points = pose.points_from_picture(points)
        em *= float(np.hypot(*(points[1] - points[0]))) / max(length, 1.0)
    pairs = points.reshape(-1, 2, 2).tolist()
    return [Box(a, min(b, d) - em / 2, max(c, a + 1.0), max(b, d) + em / 2) for (a, b), (c, d) in pairs], em


def word_spans(text: str) -> Iterator[tuple[int, int]]:
    """First and one past the last symbol of each word."""
    start = None
    for index, char in enumerate(f"{text} "):
        if not char.isspace():
            start = index if start is None else start
        elif start is not None:
            yield start, index
            start = None


def _ends(line: DetectedLine, read: LineText, start: int, stop: int) -> tuple[float, float]:
    """Where a word begins and ends, from the line's left."""
    left = _edge(read, start, -1, line.em) if start else 0.0
    right = _edge(read, stop - 1, 1, line.em) if stop < len(read.text) else line.width
    return min(left, right - 1), max(right, left + 1)


def _edge(read: LineText, index: int, way: int, em: float) -> float:
    """Where a word ends that ends with a symbol, from the line's left; `way` is -1 for its left end."""
    place = float(read.places[index])
    half = (WIDE_EM if ord(read.text[index]) >= 0x1100 else NARROW_EM) * em
    space = float(read.places[index + way])
    return place + way * min(half, SPACE_SHARE * abs(space - place))
