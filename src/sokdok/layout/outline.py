"""Headings that the file's own outline names: what it says of them counts more than how they look."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sokdok.layout.blocks import LayoutBlock
from sokdok.pages.textlayer import Entry

MAX_ROWS = 4  # of a heading
_NO_LETTER = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"[\W\dIVXivx]+")


def in_outline(blocks: Sequence[LayoutBlock], outline: Sequence[Entry]) -> list[LayoutBlock]:
    """Blocks with the levels of those that are entries of the outline, each entry once; a paragraph becomes a heading.

    Numbers before a title may be missing in either.
    """
    found = list(blocks)
    for entry in outline:
        title = _dense(entry.title)
        alike = [at for at, block in enumerate(found) if not block.outline and _is_entry(block, title)]
        at = min(alike, key=lambda at: found[at].kind == "text", default=None)  # headings before paragraphs
        if at is not None:
            kind = "sub_title" if found[at].kind == "text" else found[at].kind
            found[at] = replace(found[at], kind=kind, outline=entry.level, level=0)
    return found


def _is_entry(block: LayoutBlock, title: str) -> bool:
    if block.kind not in ("title", "sub_title", "text") or len(block.rows) > MAX_ROWS or not title:
        return False
    return _dense(block.text) == title


def _dense(text: str) -> str:
    """Letters and digits alone, without a number before them."""
    dense = _NO_LETTER.sub("", text).casefold()
    number = _NUMBER.match(text)
    rest = _NO_LETTER.sub("", text[number.end() :]).casefold() if number else ""
    return rest or dense
