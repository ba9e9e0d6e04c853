"""A document as one text: its pages joined as `sokdok convert` joins them.

- What goes on over a page is one paragraph, table or listing, and the page ends within it. So that a page's text is in
  one piece, its notes and captions stand before what goes on at its foot, and behind what does at its top.
- What stands for a picture says nothing to a model of language, so it is left out, and its words stay; so are running
  heads, feet and page numbers.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain, pairwise

from sokdok.bulk.plan import Unit
from sokdok.bulk.quality.text import DocumentText
from sokdok.documents.blocks import PICTURES, Block
from sokdok.documents.document import DocumentPage
from sokdok.documents.joining import joined_pages
from sokdok.documents.joining.blocks import put_together
from sokdok.tokens.deepseek import count_text

GAP = "\n\n"  # between pages
_HALF = re.compile("[\ud800-\udfff]")


def assemble(unit: Unit, pages: Iterable[DocumentPage]) -> DocumentText:
    """The text of the document that a unit is of; `pages` are all of it, in order, and looked at one by one."""
    writing, known, tokens = _Writing(), list[DocumentPage](), 0
    for page, following in pairwise(chain(joined_pages(pages), [None])):
        assert page is not None
        writing.add(page, following)
        known.append(replace(page, blocks=()))
        tokens += count_text(text) if (text := markdown_of(page)) else 0
    about = unit.document, unit.path, unit.sha256, unit.meta
    return DocumentText(*about, "".join(writing.parts), tuple(writing.ends), tuple(known), tokens)


class _Writing:
    """The text so far, and where pages end in it."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.ends: list[int] = []
        self._size = 0
        # Of the block that ends the text and goes on: page and place of its last part, and all its parts so far.
        self._open: tuple[tuple[int, int], Block] | None = None

    def add(self, page: DocumentPage, following: DocumentPage | None) -> None:
        """Add a page; the one that follows says which of its blocks goes on."""
        blocks = dict(enumerate(page.blocks))
        found = [block.continues for block in (following.blocks if following else ()) if block.continues]
        last = next((how.block for how in found if how.page == page.number), None)
        hows = ((at, block.continues) for at, block in blocks.items() if block.continues)
        first = next((at for at, how in hows if self._open and (how.page, how.block) == self._open[0]), None)
        if first is not None:
            self._go_on(page, blocks.pop(first), (page.number, first))
        cut = blocks.pop(last, None) if last is not None else None
        if rest := markdown_of(replace(page, blocks=tuple(blocks.values()))):
            self._write(rest)
        if cut is not None and last is not None:
            self._write(markdown_of(replace(page, blocks=(cut,))))
            self._open = (page.number, last), cut
        elif rest:
            self._open = None
        self.ends.append(self._size)

    def _go_on(self, page: DocumentPage, block: Block, part: tuple[int, int]) -> None:
        """Put a part to the block that ends the text; the pages before end where it begins."""
        assert self._open and block.continues
        whole = put_together(self._open[1], block, page.number, block.continues)
        before, after = self.parts[-1], markdown_of(replace(page, blocks=(whole,)))
        shared = len(os.path.commonprefix([before, after]))
        if whole.html:  # not within a tag
            shared = after.rfind(">", 0, shared) + 1
        start = self._size - len(before)
        self.ends = [end if end < self._size else start + shared for end in self.ends]
        self.parts[-1], self._size = after, start + len(after)
        self._open = part, whole

    def _write(self, text: str) -> None:
        self.parts += [GAP, text] if self.parts else [text]
        self._size += len(text) + (len(GAP) if len(self.parts) > 1 else 0)


def markdown_of(page: DocumentPage) -> str:
    """A page as Markdown that a model is trained on: no links to pictures, no halves of characters."""
    blocks = tuple(part for block in page.blocks for part in _without_picture(block))
    return _HALF.sub("\N{REPLACEMENT CHARACTER}", replace(page, blocks=blocks).markdown)


def _without_picture(block: Block) -> tuple[Block, ...]:
    """A block as it is, and in place of a picture what it says."""
    if block.kind not in PICTURES:
        return (block,)
    words = (replace(block, kind="text", html=None),) if block.text else ()
    return (*words, replace(block, kind="table")) if block.html else words
