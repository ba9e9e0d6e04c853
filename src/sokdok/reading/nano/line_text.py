"""What a line says, symbol by symbol: mended by the symbols' places, parted from noise, and with its words' places.

- Of two symbols at one place, a letter or digit and what looks like it in another alphabet, two quotation marks or two
  syllables, the likelier is kept, and of two different dashes side by side.
- Where the paper between two symbols is as wide as at the line's spaces, or letters stand much further apart than those
  of one word do, there is a space between them, though none was read.
- Noise is read as text of low confidence, and specks and leaders of worn pages as signs. Rings, crosses and ticks in
  the cells of a form are signs of low confidence too: they count where several stand on one row or in one column.
- A symbol is known by its middle. A word ends half a symbol's width beyond its outer symbols' middles, but no further
  than some way to the middle of the space beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from unicodedata import category

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.pose import Pose
from sokdok.layout.text_line import TextLine
from sokdok.model.nano.alphabet import UNREAD_MARK
from sokdok.pages.hangul import is_syllable
from sokdok.pages.textlayer import Word
from sokdok.reading.nano.text_detector import DetectedLine

APART_EM, APART_PITCHES = 1.7, 2.2
"""from middle to middle of two symbols, more than which a word has none: of its type's size, and of its line's middle
one, since letters may be spaced"""
TOGETHER_EM = 0.2  # from middle to middle of two symbols, less than which they are one glyph
WIDE_TOGETHER_EM = 0.28  # the same of two quotation marks or two syllables: each is wider
SPACE_SHARE = 0.9  # of the usual paper at a line's spaces, from which on there is one where none was read
MIN_SPACES = 3  # of a line that make a usual one
BLANK_SHARE = 0.25  # of a line's darkest ink, below which a column of it is paper

_QUOTES = frozenset("“”‘’\"'")
_DASHES = frozenset("-–—−")


class LineText(NamedTuple):
    """What a line says: N symbols."""

    text: str
    places: np.ndarray  # (N,) middle of each symbol from the line's left: pixels of the page, or a decoder's frames
    probability: np.ndarray  # (N,)

    @property
    def confidence(self) -> float:
        """Mean probability; 0 without a symbol."""
        return float(self.probability.mean()) if len(self.probability) else 0.0


NOTHING = LineText("", np.zeros(0, np.float32), np.zeros(0, np.float32))


def without_doubles(read: LineText, em: float) -> LineText:
    """Leave out the less likely of two symbols that are one glyph: `З3`, of different alphabets, is 3, `'”` is ”.

    So are two different dashes, however long the one is, and syllables: `복녹` is 녹.
    """
    named = np.array([char.isalnum() for char in read.text], bool)
    other = np.array([0x370 <= ord(char) < 0x530 for char in read.text], bool)  # Greek and Cyrillic
    quotes = np.array([char in _QUOTES for char in read.text], bool)
    syllables = np.array([is_syllable(char) for char in read.text], bool)
    dashes = np.array([ord(char) if char in _DASHES else 0 for char in read.text], int)
    gaps = np.diff(read.places)
    together = named[1:] & named[:-1] & (other[1:] != other[:-1]) & (gaps < TOGETHER_EM * em)
    together |= ((quotes[1:] & quotes[:-1]) | (syllables[1:] & syllables[:-1])) & (gaps < WIDE_TOGETHER_EM * em)
    together |= (dashes[1:] > 0) & (dashes[:-1] > 0) & (dashes[1:] != dashes[:-1])
    if not together.any():
        return read
    kept = np.ones(len(read.text), bool)
    for at in np.flatnonzero(together):
        kept[at if read.probability[at] < read.probability[at + 1] else at + 1] = False
    text = "".join(char for char, keep in zip(read.text, kept, strict=True) if keep)
    return LineText(text, read.places[kept], read.probability[kept])


def spaced_by_pitch(read: LineText, em: float) -> LineText:
    """Put a space between letters or digits that stand too far apart for one word of type of `em` pixels."""
    solid = np.array([not char.isspace() for char in read.text], bool)
    named = np.array([char.isalnum() for char in read.text], bool)  # signs like 」 have room of their own
    gaps = np.diff(read.places)
    within = solid[1:] & solid[:-1]
    if not within.any():
        return read
    apart = max(APART_EM * em, APART_PITCHES * float(np.median(gaps[within])))
    wide = np.flatnonzero(named[1:] & named[:-1] & (gaps > apart))
    return _with_spaces(read, wide) if len(wide) else read


def spaced_by_paper(read: LineText, ink: np.ndarray, at: np.ndarray) -> LineText:
    """Put a space between symbols, a letter or digit among them, where the paper is as wide as at the line's spaces.

    ink: (32, W) uint8; at: (N,) middle of each symbol, pixels of the ink.
    """
    spaces = np.array([char.isspace() for char in read.text], bool)
    if spaces.sum() < MIN_SPACES:
        return read
    before = _paper_before(ink, at)
    usual = float(np.median(np.maximum(before[:-1], before[1:])[spaces]))
    named = np.array([char.isalnum() for char in read.text], bool)
    opening, closing = (
        np.array([category(char) in kinds for char in read.text], bool) for kinds in (("Ps", "Pi"), ("Pe", "Pf", "Po"))
    )
    within = ~spaces[1:] & ~spaces[:-1] & (named[1:] | named[:-1])  # not between the dots of leaders
    within &= ~opening[:-1] & ~closing[1:]  # old print has some paper there
    wide = np.flatnonzero(within & (before[1:-1] > SPACE_SHARE * usual))
    return _with_spaces(read, wide) if usual and len(wide) else read


def _paper_before(ink: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The widest paper before each of the symbols at (N,), and behind the last one (N + 1,), in pixels of the ink."""
    darkest = ink.max(0)
    paper = np.concatenate([[0], darkest < BLANK_SHARE * darkest.max(), [0]])
    begins, stops = np.flatnonzero(np.diff(paper) == 1), np.flatnonzero(np.diff(paper) == -1)
    widest = np.zeros(len(at) + 1)
    np.maximum.at(widest, np.searchsorted(at, (begins + stops) / 2), stops - begins)
    return widest


def _with_spaces(read: LineText, wide: np.ndarray) -> LineText:
    """A line with spaces behind some of its symbols, by their numbers."""
    at = wide + 1
    text = "".join(f" {char}" if index in at else char for index, char in enumerate(read.text))
    middles = (read.places[wide] + read.places[at]) / 2
    lower = np.minimum(read.probability[wide], read.probability[at])
    return LineText(text, np.insert(read.places, at, middles), np.insert(read.probability, at, lower))


MIN_CONFIDENCE = 0.35  # of a line that counts as text
MIN_SIGNS_CONFIDENCE = 0.6  # of one without a letter or digit
MARKS = frozenset("○●◯〇◎△▲×✕✓√☑□■")  # that fill a form's cells
NEAR_EM = 0.4  # by which the middles of marks of one row or column differ, at most


def is_text(text: LineText) -> bool:
    """Whether what was read of a line is text by itself."""
    least = MIN_CONFIDENCE if any(map(str.isalnum, text.text)) else MIN_SIGNS_CONFIDENCE
    return bool(text.text) and text.confidence > least


def say_anything(found: Sequence[DetectedLine], texts: Sequence[LineText]) -> list[bool]:
    """Whether each line is text, or a mark on a row or in a column of marks."""
    marks = [at for at, text in enumerate(texts) if text.text in MARKS and text.confidence > MIN_CONFIDENCE]
    middles = np.array([found[at].box.middle for at in marks]).reshape(-1, 2)
    ems = np.array([found[at].em for at in marks])
    apart = np.abs(middles[:, None] - middles[None]).min(2) / np.maximum(ems, 1)[:, None]
    repeated = {at for at, others in zip(marks, (apart < NEAR_EM).sum(1), strict=True) if others > 1}
    return [is_text(text) or at in repeated for at, text in enumerate(texts)]


WORD_SPACE_SHARE = 0.6  # of the way to the middle of a space that may be a word's
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
    """Probability that a word of a line is right; 0 with a letter that nano can't read."""
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
    return place + way * min(half, WORD_SPACE_SHARE * abs(space - place))
