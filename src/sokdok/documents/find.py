"""Where a text stands on a page: whatever the case, the width, the spaces and line ends between its words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from sokdok.documents.document import Box, DocumentPage, Word

_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_QUOTES = re.compile("[\u2018\u2019\u201a\u201b\u2032]|[\u201c\u201d\u201e\u201f\u2033]")
MIN_OVERLAP = 0.5  # share of the lower word's height that two words of one line have in common


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
        boxes = tuple(map(_around, lines_of([word for word in held if word.page == held[0].page])))
        yield Found(held[0].page or page.number, " ".join(word.text for word in held), boxes)
        place = text.find(sought, place + len(sought))


def comparable(text: str) -> str:
    """A text as it is compared: without spaces and what can't be seen, in one case, with plain quotes and dashes."""
    text = _QUOTES.sub("'", _DASHES.sub("-", unicodedata.normalize("NFKC", text))).casefold().replace('"', "'")
    return "".join(char for char in text if not char.isspace() and unicodedata.category(char) not in ("Cf", "Cc"))


def lines_of(words: list[Word]) -> list[list[Word]]:
    """Words that follow one another, parted where the next does not stand beside the one before."""
    lines: list[list[Word]] = []
    for word in words:
        if lines and beside(lines[-1][-1], word):
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines


def beside(one: Word, other: Word) -> bool:
    """Whether two words stand in one line."""
    if one.page != other.page:
        return False
    common = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    return common >= MIN_OVERLAP * min(one.box[3] - one.box[1], other.box[3] - other.box[1])


def _around(words: list[Word]) -> Box:
    left, top, right, bottom = zip(*(word.box for word in words), strict=True)
    return min(left), min(top), max(right), max(bottom)
