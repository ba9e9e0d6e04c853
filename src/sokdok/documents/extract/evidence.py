"""Where a value stands in a document: the same characters, the same number, the same date.

- A document is numbered lines of words, each word with its place.
- Spaces, case, width and kinds of dash do not count, then no punctuation either: lines break words, and models join
  what stands in two places of a line. A value is whole words: 12 is not found in 1,200, nor Ann in Anne.
- Numbers are compared as numbers (1,200 and 1.200,00 and 12 % and 3억), dates as dates (2026년 11월 25일).
- What nobody can find as characters, a yes or no and one of the schema's own words, rests on the lines that the model
  names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

from sokdok.documents.blocks import Block, Box
from sokdok.documents.entities import days_of
from sokdok.documents.lines import comparable, side_by_side
from sokdok.documents.lines import lines_of as lines_in
from sokdok.documents.result import Document
from sokdok.figures.chart.numbers import parse_number
from sokdok.pages.hangul import is_syllable

COLUMN_GAP = 1.5  # heights of a gap in a line from which a mark stands for it

How = Literal["text", "number", "date", "inferred"]

_NUMBER = re.compile(
    r"[-+−–△▲(]?\s?[$€£¥₩]?\s?\d(?:[\d.,'\u00a0\u2009\u202f ]*\d)?"
    r"\s?(?:%|％|[천만억조]|thousand|million|billion|bn|mn)?(?:\s[\d,. ]+[천만억조])*\)?",
    re.IGNORECASE,
)
_COMMA = re.compile(r"[-−+]?\d{1,3}(?:\.\d{3})+(?:,\d{1,6})?|[-−+]?\d+,\d{1,6}")  # a number with a decimal comma
MOST_WORDS = 4  # that a number or a date is set in, at most


@dataclass(frozen=True)
class Token:
    """A word as it stands on its page."""

    text: str
    page: int  # number, from 1
    box: Box | None  # pixels of the page; None where nobody knows


@dataclass(frozen=True)
class NumberedLine:
    """A line of a page, or where no places are known a line of a block's text."""

    tokens: tuple[Token, ...]

    @property
    def text(self) -> str:
        """Its words; a bar where a wide gap parts them, as between the cells of a row."""
        parts = [self.tokens[0].text]
        for before, token in pairwise(self.tokens):
            one, other = before.box, token.box
            apart = one and other and one != other and other[0] - one[2] > COLUMN_GAP * (other[3] - other[1])
            parts += ["|" if apart else "", token.text]
        return " ".join(filter(None, parts))


def lines_of(document: Document) -> list[NumberedLine]:
    """Return the lines of a document in reading order; the first is number 1."""
    blocks = ((block, page.number) for page in document.pages for block in page.blocks)
    return [NumberedLine(tokens) for block, page in blocks for tokens in _lines(block, page)]


def numbered(lines: list[NumberedLine]) -> str:
    """Lines with their numbers, and where each page begins."""
    shown, page = [], 0
    for number, line in enumerate(lines, 1):
        if line.tokens[0].page != page:
            page = line.tokens[0].page
            shown.append(f"=== page {page} ===")
        shown.append(f"{number}: {line.text}")
    return "\n".join(shown)


def _lines(block: Block, page: int) -> Iterator[tuple[Token, ...]]:
    if not block.words:
        for text in filter(str.strip, block.text.splitlines()):
            yield tuple(Token(word, page, block.box) for word in text.split())
        return
    rows = side_by_side(block.words) if block.html else [line.words for line in lines_in(block.words)]
    for row in rows:
        yield tuple(Token(word.text, page, word.box) for word in row)


@dataclass(frozen=True)
class Evidence:
    """Where a value stands."""

    tokens: tuple[Token, ...]
    how: How


class Index:
    """Lines, to be searched for values."""

    def __init__(self, lines: Sequence[NumberedLine]) -> None:
        self.lines = lines
        self._tokens = [token for line in lines for token in line.tokens]
        self._characters = [_Characters(self._tokens, bare) for bare in (False, True)]

    def find(self, value: Any) -> Evidence | None:
        """The first place of a text or a number; None if it is nowhere."""
        if isinstance(value, str):
            return self._text(value) or self._date(value)
        tokens = self._numbers.get(_key(float(value)))
        return Evidence(tokens, "number") if tokens else None

    def _text(self, value: str) -> Evidence | None:
        for characters in self._characters:
            if (found := characters.find(value)) is not None:
                return Evidence(tuple(self._tokens[found[0] : found[1] + 1]), "text")
        return None

    def _date(self, value: str) -> Evidence | None:
        try:
            tokens = self._dates.get(date.fromisoformat(value))
        except ValueError:
            return None
        return Evidence(tokens, "date") if tokens else None

    @cached_property
    def _numbers(self) -> dict[str, tuple[Token, ...]]:
        """Each number with its first place; a percentage also as the share that it is."""
        found: dict[str, tuple[Token, ...]] = {}
        for tokens in self._windows():
            for number, percent in _numbers(_text(tokens)):
                found.setdefault(_key(number), tokens)
                if percent:
                    found.setdefault(_key(number / 100), tokens)
        return found

    @cached_property
    def _dates(self) -> dict[date, tuple[Token, ...]]:
        """Each date that may be meant, with its first place."""
        found: dict[date, tuple[Token, ...]] = {}
        for tokens in self._windows():
            for day in days_of(_text(tokens)):
                found.setdefault(day, tokens)
        return found

    def _windows(self) -> Iterator[tuple[Token, ...]]:
        """One word after the other, then two that follow one another in a line, and so on."""
        for count in range(1, MOST_WORDS + 1):
            for line in self.lines:
                for start in range(len(line.tokens) - count + 1):
                    yield line.tokens[start : start + count]


class _Characters:
    """All characters of words, without what does not count, each knowing its word."""

    def __init__(self, tokens: Sequence[Token], bare: bool) -> None:
        self._is_bare = bare
        parts = [_normal(token.text, bare) for token in tokens]
        self.text = "".join(parts)
        self.owners = [number for number, part in enumerate(parts) for _ in part]

    def find(self, value: str) -> tuple[int, int] | None:
        """First and last word of the first place where a value stands as whole words."""
        wanted = "".join(_normal(part, self._is_bare) for part in value.split())
        start = self.text.find(wanted) if wanted else -1
        while start >= 0:
            stop = start + len(wanted)
            if self._parts(start, before=True) and self._parts(stop, before=False):
                return self.owners[start], self.owners[stop - 1]
            start = self.text.find(wanted, start + 1)
        return None

    def _parts(self, place: int, before: bool) -> bool:
        """Whether a value may begin (`before`) or end between two characters."""
        if place in (0, len(self.text)) or self.owners[place - 1] != self.owners[place]:
            return True
        left, right = self.text[place - 1], self.text[place]
        if left in ".,":
            return not (self.text[place - 2 : place - 1].isdigit() and right.isdigit())  # within one number
        if right in ".,":
            return not (left.isdigit() and self.text[place + 1 : place + 2].isdigit())
        if is_syllable(left) and is_syllable(right):
            return not before  # a particle follows its noun without a space
        return not (_is_of_words(left) and _is_of_words(right))


def _is_of_words(char: str) -> bool:
    """Whether a character is a digit, or a letter of a script that parts words by spaces."""
    return char.isdigit() or (char.isalpha() and ord(char) < 0x2E80)


def _normal(text: str, bare: bool) -> str:
    """A text as it is compared; `bare` without punctuation, but for that within numbers."""
    text = comparable(text)
    return re.sub(r"(?<!\d)[.,]|[.,](?!\d)|[^\w.,]|_", "", text) if bare else text


def _numbers(text: str) -> Iterator[tuple[float, bool]]:
    """All numbers that a text may be meant to say, and whether each is a percentage."""
    for match in _NUMBER.finditer(text):
        before, written = text[match.start() - 1 : match.start()], match[0].strip()
        if before.isalpha() and written[0].isdigit() and before.isascii():
            continue  # the end of a code such as A12
        shown = [written, written.strip("()")]
        if before.isdigit():  # a span such as 10-12
            shown.append(written.lstrip("-−–+"))
        for number in filter(None, map(parse_number, shown)):
            yield number.value, number.unit in ("%", "％")
        plain = written.strip("()$€£¥₩%％ ")
        if _COMMA.fullmatch(plain):
            yield float(plain.replace("−", "-").replace(".", "").replace(",", ".")), "%" in written


def _key(number: float) -> str:
    """A number to compare by: as many digits as its two ways to be written have in common."""
    return f"{number:.12g}"


def _text(tokens: Sequence[Token]) -> str:
    return " ".join(token.text for token in tokens)
