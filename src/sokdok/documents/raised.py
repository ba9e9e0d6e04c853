"""Raised and lowered words of running text, written as `<sup>` and `<sub>`: 10<sup>6</sup> is not 106."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.text_line import TextLine

SMALLER = 0.85
"""times the size of the word before"""
SHIFT_EM = (0.12, 0.7)
"""of the size of the word before, from line to line"""
_TAG = re.compile(r"</?su[bp]>")


def with_raised(text: str, block: LayoutBlock) -> str:
    """A block's text with what is raised or lowered in it marked, as far as it is found."""
    parts: list[str] = []
    place = 0
    for before, word, tag in (found for line in block.lines for found in _raised(line)):
        start = text.find(before + word, place)
        if start >= 0:
            end = start + len(before)
            parts += [text[place:end], f"<{tag}>{word}</{tag}>"]
            place = end + len(word)
    return "".join([*parts, text[place:]])


def without_raised(text: str) -> str:
    """Text without those marks."""
    return _TAG.sub("", text)


def _raised(line: TextLine) -> Iterator[tuple[str, str, str]]:
    """The word before, the word, and sup or sub, from left to right; what is small all along is neither."""
    base = None
    for word in line.words:
        if base is not None and word.joined and word.em < SMALLER * base.em:
            shift = (base.baseline - word.baseline) / base.em
            if SHIFT_EM[0] < abs(shift) < SHIFT_EM[1] and word.source == "layer":
                yield base.text, word.text, "sup" if shift > 0 else "sub"
                continue
        base = word
