"""Raised and lowered words of running text, written as `<sup>` and `<sub>`: 10<sup>6</sup> is not 106."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.text_line import TextLine

SMALLER = 0.85  # times the size of the word before
SHIFT_EM = (0.12, 0.7)  # of the size of the word before, from line to line
_TAG = re.compile(r"</?su[bp]>")


def with_raised(text: str, block: LayoutBlock) -> str:
    """A block's text with what is raised or lowered in it marked, as far as it is found."""
    parts: list[str] = []
    place = 0
    for before, word, tag in (found for line in block.lines for found in _raised(line)):
        start = text.find(before + word, max(0, place - len(before)))
        if start >= 0:
            end = start + len(before)
            parts += [text[place:end], f"<{tag}>{word}</{tag}>"]
            place = end + len(word)
    return "".join([*parts, text[place:]])


def without_raised(text: str) -> str:
    """Text without those marks."""
    return _TAG.sub("", text)


def _raised(line: TextLine) -> Iterator[tuple[str, str, str]]:
    """The word before, what is raised or lowered behind it, and sup or sub, from left to right.

    Sign and digits of a power are one, though set in two fonts. What is small all along is neither.
    """
    before = ""
    for tag, group in groupby(_tagged(line), lambda found: found[0]):
        words = [word for _, word in group]
        if tag:
            yield before, "".join(words), tag
        before = before + "".join(words) if tag else words[-1]


def _tagged(line: TextLine) -> Iterator[tuple[str, str]]:
    """Each word, and sup, sub or nothing."""
    base = None
    for word in line.words:
        if base is not None and word.joined and word.em < SMALLER * base.em:
            shift = (base.baseline - word.baseline) / base.em
            if SHIFT_EM[0] < abs(shift) < SHIFT_EM[1] and word.source == "layer":
                yield "sup" if shift > 0 else "sub", word.text
                continue
        yield "", word.text
        base = word
