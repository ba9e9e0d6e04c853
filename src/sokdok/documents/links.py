"""Links in running text, written as Markdown has them: `[words](target)`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from urllib.parse import quote

from sokdok.documents.sanitize import SCHEMES
from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.joining import Joiner
from sokdok.layout.text_line import text_of

_END = re.compile(r"[\s.,;:!?]+$")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
LINK = re.compile(r"\[([^\[\]]*)\]\((?:https?|mailto):[^()\s]*\)", re.IGNORECASE)  # a link in a text
SAFE = "/:?#@!$&'*+,;=%~-._"  # signs of a target that stay as they are


def with_links(text: str, block: LayoutBlock, joiner: Joiner) -> str:
    """A block's text with the links of its words, as far as they are found in it; only targets of known schemes."""
    parts: list[str] = []
    place = 0
    for words, target in _links(block, joiner):
        start = text.find(words, place)
        if start >= 0:
            parts += [text[place:start], f"[{words}]({target})"]
            place = start + len(words)
    return "".join([*parts, text[place:]])


def without_links(text: str) -> str:
    """Text with the words of its links alone."""
    return LINK.sub(r"\1", text)


def _links(block: LayoutBlock, joiner: Joiner) -> Iterator[tuple[str, str]]:
    """The words of each link, and where it leads, in reading order."""
    words = [(number, word) for number, row in enumerate(block.rows) for piece in row.pieces for word in piece.words]
    for target, group in groupby(words, lambda item: item[1].link):
        scheme = _SCHEME.match(target)
        if scheme is None or scheme[1].lower() not in SCHEMES:
            continue
        rows = [text_of([word for _, word in row]) for _, row in groupby(group, lambda item: item[0])]
        said = _END.sub("", joiner.join(rows)).strip("()")
        if said and not set(said) & set("[]"):
            yield said, quote(target, SAFE)
