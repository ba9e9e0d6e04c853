"""What a line says, symbol by symbol, and what the recogniser got wrong, mended by the symbols' places.

- Of two symbols at one place, a letter or digit and what looks like it in another alphabet, two quotation marks or two
  syllables, the likelier is kept, and of two different dashes side by side.
- Where the paper between two symbols is as wide as at the line's spaces, or letters stand much further apart than those
  of one word do, there is a space between them, though none was read.
"""

from __future__ import annotations

from typing import NamedTuple
from unicodedata import category

import numpy as np

from sokdok.pages.hangul import is_syllable

APART_EM, APART_PITCHES = 1.7, 2.2
"""from middle to middle of two symbols, more than which a word has none: of its type's size, and of its line's middle
one, since letters may be spaced"""
TOGETHER_EM = 0.2  # from middle to middle of two symbols, less than which they are one glyph
WIDE_TOGETHER_EM = 0.28  # the same of two quotation marks or two syllables: each is wider
SPACE_SHARE = 0.9  # of the usual paper at a line's spaces, from which on there is one where none was read
MIN_SPACES = 3  # of a line that tell what is usual
BLANK_SHARE = 0.25  # of a line's darkest ink, below which a column of it is paper

_QUOTES = frozenset("“”‘’\"'")
_DASHES = frozenset("-–—−")


class LineText(NamedTuple):
    """What a line says: N symbols."""

    text: str
    places: np.ndarray
    """(N,) middle of each symbol from the line's left: pixels of the page, or frames as a decoder returns it"""
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
    surer = np.minimum(read.probability[wide], read.probability[at])
    return LineText(text, np.insert(read.places, at, middles), np.insert(read.probability, at, surer))
