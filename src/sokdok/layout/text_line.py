"""Lines of text on a page or a picture, whoever found them: what layout, tables and figures are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Protocol

import numpy as np

from sokdok.imaging.box import Box
from sokdok.model.nano.alphabet import UNREAD_MARK
from sokdok.office.flow import link, raised
from sokdok.pages.textlayer import Source, Word


@dataclass(frozen=True)
class TextLine:
    """A piece of text without a wide gap: a line of a paragraph, or what one cell of a table has in one line.

    `box` and `em` count in one unit, the same both ways and for all lines of a page: pixels of the picture, or points.
    """

    box: Box
    text: str
    confidence: float = 1.0  # mean probability of its symbols, 0 to 1
    em: float = 0.0  # size of its type; the box's height where nothing better is known
    kind: str = ""  # of `formats.lines.KINDS`, as the text detector has seen it; empty where nobody has looked
    source: Source = "recogniser"
    turned: float = 0.0  # degrees clockwise by which it runs otherwise than from left to right
    words: tuple[Word, ...] = ()  # as they run, where their places are known; a text layer says how each is set, too
    weight: float = 0.0  # logarithm of how heavy its strokes are beside those of its page; 0 where they are as heavy
    marked: bool = False  # whether a bullet that is no character is drawn before it

    @property
    def bold(self) -> bool:
        """Whether all its words are."""
        return bool(self.words) and all(word.bold for word in self.words)

    @property
    def mono(self) -> bool:
        """Whether all its words are set in a font of equally wide letters."""
        return bool(self.words) and all(word.mono for word in self.words)

    @property
    def run(self) -> tuple[Word, ...]:
        """Its words; it as one where they are not known."""
        baseline = self.box.bottom - 0.2 * self.em
        whole = Word(self.text, self.box, self.em, baseline, source=self.source, confidence=self.confidence)
        return self.words or (whole,)

    def part(self, start: int, stop: int) -> TextLine:
        """The line's words from `start` to `stop`."""
        words = (replace(self.words[start], joined=False), *self.words[start + 1 : stop])
        em = max(words, key=lambda word: len(word.text)).em
        return replace(self, box=Box.around(word.box for word in words), text=text_of(words), em=em, words=words)

    def scaled(self, scale: float) -> TextLine:
        """The same line where each unit is `scale` of the new ones."""
        words = (
            replace(word, box=word.box.scaled(scale), em=word.em * scale, baseline=word.baseline * scale)
            for word in self.words
        )
        return replace(self, box=self.box.scaled(scale), em=self.em * scale, words=tuple(words))

    @property
    def legible(self) -> bool:
        """Whether it is worth printing; a sign by itself is more certain than words where it has been read at all."""
        return is_legible(lines_confidence([self])) or not any(map(str.isalnum, self.text))

    @property
    def said(self) -> str:
        """Its text among others of its row or cell: the mark of what is not read where it is not legible."""
        return self.text if self.legible else UNREAD_MARK

    def __post_init__(self) -> None:
        if not self.em:
            object.__setattr__(self, "em", self.box.height)


LEGIBLE = 0.15  # below it nothing is worth printing; noise finds some common words by chance


def is_legible(confidence: float | None) -> bool:
    """Whether what was read is worth printing."""
    return confidence is None or confidence >= LEGIBLE


def lines_confidence(lines: Iterable[TextLine]) -> float | None:
    """Mean confidence of the characters of lines, by that of their words; None without a line."""
    known = [(len(word.text), word.confidence) for line in lines for word in line.run]
    total = sum(length for length, _ in known)
    return sum(length * confidence for length, confidence in known) / total if total else None


def without_leaders(text: str) -> str:
    """Text with an ellipsis where a run of dots leads on, as to the number of a page."""
    return LEADERS.sub(" … ", text).strip()


def text_of(words: Sequence[Word]) -> str:
    """Words as text: a space before each that is not set close to the one before."""
    return "".join(word.text if word.joined else f" {word.text}" for word in words).strip()


_LINKED = re.compile(r"(\(*)(.*?)([\s.,;:!?)]*)\Z", re.DOTALL)
_BETWEEN = re.compile(r"[ \n…]*")  # of leaders an ellipsis is left
SMALLER = 0.85  # times the size of the word before: words that are raised or lowered
SHIFT_EM = (0.12, 0.7)  # of the size of the word before, from line to line

_Place = tuple[int, int, tuple[str, str, str]]
"""from where to where a word stands in a text; where it leads, `del` of what is struck out, and `sup`, `sub`, if any"""


def marked(text: str, lines: Iterable[TextLine]) -> str:
    """A text that lines were joined to, with its links and what is struck out, raised and lowered, by `MEANT`."""
    found, place = list[_Place](), 0
    for line in lines:
        for word, tag in _raised(line):
            place = _BETWEEN.match(text, place).end()  # type: ignore[union-attr]
            marks = word.link, "del" if word.struck else "", tag
            for said in (word.text, word.text[:-1]):  # without the hyphen that broke it
                start = place if text.startswith(said, place) else text.find(said, place) if any(marks) else -1
                if said and start >= 0:
                    place = start + len(said)
                    found.append((start, place, marks))
                    break
    return _nested(text, found, 0, len(text))


def _nested(text: str, found: Sequence[_Place], start: int, end: int, level: int = 0) -> str:
    """A part of a text with its marks, from one of a `_Place` on."""
    parts = []
    for mark, group in groupby(found, lambda one: one[2][level]):
        own = list(group)
        first, last = own[0][0], own[-1][1]
        said = text[first:last] if level == 2 else _nested(text, own, first, last, level + 1)
        parts += [text[start:first], raised(said, mark) if level else _link(said, mark)]
        start = last
    return "".join([*parts, text[start:end]])


def _link(said: str, target: str) -> str:
    """A link without brackets and stops around its words; none of words with square brackets."""
    if not target or set(said) & set("[]"):
        return said
    return _LINKED.sub(lambda one: f"{one[1]}{link(one[2], target)}{one[3]}", said, count=1)


def _raised(line: TextLine) -> Iterator[tuple[Word, str]]:
    """Each word, and `sup`, `sub` or nothing. What is small all along is neither."""
    base = None
    for word in line.run:
        if base is not None and word.joined and word.em < SMALLER * base.em and word.source == "layer":
            shift = (base.baseline - word.baseline) / base.em
            if SHIFT_EM[0] < abs(shift) < SHIFT_EM[1]:
                yield word, "sup" if shift > 0 else "sub"
                continue
        yield word, ""
        base = word


LEADERS = re.compile(r"(?:\s*[.·․‥…]){5,}\s*")  # dots that lead on: four may end a sentence


class LineReader(Protocol):
    """Finds and reads lines of text."""

    def read_lines(self, pixels: np.ndarray) -> list[TextLine]:
        """The lines of a picture (H, W, 3) uint8 RGB, from top to bottom; those that are not legible have no text."""
        ...

    def read_strips(self, strips: Sequence[np.ndarray]) -> list[tuple[str, float]]:
        """What single lines say that were cut out, (H, W) uint8 grey each, and its confidence, 0 to 1.

        The type's em box lies in the middle of a strip's height, `STRIP_EM` of it high.
        """
        ...


STRIP_EM = 1.28  # height of a strip that holds a line, in sizes of its type
