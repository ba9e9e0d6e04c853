"""The words of a page in lines, for forms that put every word at its place; and where a text stands among them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

from sokdok.documents.blocks import Box, Word, around
from sokdok.documents.document import DocumentPage
from sokdok.imaging import box as imaging
from sokdok.imaging.grouping import rows

Direction = Literal["right", "up", "left", "down"]  # where a line runs: upside down is left; up, down: it stands
_STANDING = 1.3  # times its width that a word of three letters is high at least where it stands
_SAME_LINE = 0.4  # of the smaller of two words' heights by which they overlap on one line
_LONG_LINE = 5  # heights of a word that a line is long, whose slope is looked at
_LEAST_SLOPE, _MOST_SLOPE = 0.004, 0.5


@dataclass(frozen=True)
class Line:
    """Words that follow each other, and where they run."""

    words: tuple[Word, ...]
    direction: Direction = "right"

    @property
    def box(self) -> Box:
        """The box around all of them."""
        return around([word.box for word in self.words])


def lines_of(words: Sequence[Word], usual: Direction = "right") -> list[Line]:
    """Words in reading order as lines; `usual` is where the page's lines run, for words too short to show it."""
    direction = direction_of(words, usual)
    lines: list[list[Word]] = []
    for word in words:
        before, box = (_turned(one.box, direction) for one in (lines[-1][-1] if lines else word, word))
        if lines and _overlap(before, box) > _SAME_LINE and box[0] + box[2] > before[0] + before[2]:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [Line(tuple(line), direction) for line in lines]


def direction_of(words: Sequence[Word], usual: Direction | None = None) -> Direction:
    """Where lines of words in reading order run: whether they stand, their shapes tell, and which way, their order.

    Words that stand as the page's do run where those run, since the words of a table may come in any order.
    """
    long = [word.box for word in words if len(word.text) > 2]
    standing = 2 * sum(box[3] - box[1] > _STANDING * (box[2] - box[0]) for box in long) > len(long)
    if usual is not None and (not long or standing == (usual in ("up", "down"))):
        return usual
    kept: Direction = "up" if standing else "right"
    against: Direction = "down" if standing else "left"
    votes = 0
    for first, second in pairwise(words):
        a, b = _turned(first.box, kept), _turned(second.box, kept)
        if _overlap(a, b) > _SAME_LINE and not is_rtl(first.text + second.text):
            votes += 1 if b[0] + b[2] > a[0] + a[2] else -1
    return against if votes < 0 else kept


def slope_of(lines: Iterable[Line]) -> float:
    """By how much the lines of a page fall for each pixel that they run on: the middle one; 0 where they are level."""
    slopes = []
    for line in lines:
        first, last = (_turned(line.words[at].box, line.direction) for at in (0, -1))
        run = (last[0] + last[2] - first[0] - first[2]) / 2
        if run > max(0, _LONG_LINE * (first[3] - first[1])):
            slopes.append((last[1] + last[3] - first[1] - first[3]) / 2 / run)
    slope = median(slopes) if slopes else 0.0
    return slope if _LEAST_SLOPE < abs(slope) < _MOST_SLOPE else 0.0


def side_by_side(words: Sequence[Word]) -> list[list[Word]]:
    """Words as they stand beside each other on a page, whatever block they are of: rows in order, as its lines run."""
    direction = direction_of(words)
    slope = slope_of(lines_of(words, direction))

    turned = [_turned(word.box, direction) for word in words]
    fallen = [slope * (left + right) / 2 for left, _, right, _ in turned]
    level = [imaging.Box(*box).moved(0, -by) for box, by in zip(turned, fallen, strict=True)]
    return [[words[at] for at in row] for row in rows(range(len(words)), lambda at: level[at])]


def _turned(box: Box, direction: Direction) -> Box:
    """A box in a frame where a line that runs in `direction` runs to the right."""
    left, top, right, bottom = box
    return {
        "right": box,
        "left": (-right, -bottom, -left, -top),
        "up": (-bottom, left, -top, right),
        "down": (top, -right, bottom, -left),
    }[direction]


def _overlap(a: Box, b: Box) -> float:
    smaller = max(1, min(a[3] - a[1], b[3] - b[1]))
    return (min(a[3], b[3]) - max(a[1], b[1])) / smaller


def is_rtl(text: str) -> bool:
    """Whether a text has letters that are written from right to left."""
    return any("\u0590" <= char <= "\u08ff" for char in text)


DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_QUOTES = re.compile("[\u2018\u2019\u201a\u201b\u2032]|[\u201c\u201d\u201e\u201f\u2033]")


@dataclass(frozen=True)
class Found:
    """One place of a text."""

    page: int  # number, from 1
    text: str  # the words that it stands in
    boxes: tuple[Box, ...]  # around those words that stand on it, one for each line, in its pixels


def find(page: DocumentPage, wanted: str) -> Iterator[Found]:
    """All places of a text in a page's blocks, in reading order, none within another.

    A part of a word is found too, and has the box of the word. A block that goes on over pages has places on them, too.
    Words whose places nobody knows are not found.
    """
    words = [word for block in page.blocks for word in block.words]
    characters = [comparable(word.text) for word in words]
    text, sought = "".join(characters), comparable(wanted)
    owners = [number for number, part in enumerate(characters) for _ in part]
    place = text.find(sought) if sought else -1
    while place >= 0:
        held = words[owners[place] : owners[place + len(sought) - 1] + 1]
        here = [word for word in held if word.page == held[0].page]
        boxes = tuple(line.box for line in lines_of(here))
        yield Found(held[0].page or page.number, " ".join(word.text for word in held), boxes)
        place = text.find(sought, place + len(sought))


def comparable(text: str) -> str:
    """A text as it is compared: without spaces and what can't be seen, in one case, with plain quotes and dashes."""
    text = _QUOTES.sub("'", DASHES.sub("-", unicodedata.normalize("NFKC", text))).casefold().replace('"', "'")
    return "".join(char for char in text if not char.isspace() and unicodedata.category(char) not in ("Cf", "Cc"))
