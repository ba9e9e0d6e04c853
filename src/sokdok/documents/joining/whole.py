"""The document as one text: what goes on over pages put together where it begins, for whoever shows no pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sokdok.documents.blocks import Block
from sokdok.documents.document import DocumentPage
from sokdok.documents.joining.blocks import put_together
from sokdok.documents.joining.stream import ASIDE

MAX_WAITING = 100  # pages that wait for the end of a block; a longer table is cut


class Wholes:
    """Takes the pages of a document in order, and gives them back as soon as nothing more can belong to them.

    A part that continues another is in that one's block, whose words say on which page they stand. Every page comes
    out, the last ones at the `end`.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[DocumentPage, list[Block]]] = []
        self._whole: tuple[int, list[Block], int] | None = None
        """what may go on: the place of its page among those that wait, the blocks of that and its place in them"""
        self._part = (0, 0)  # page of the last part of it, and place there

    def add(self, page: DocumentPage) -> list[DocumentPage]:
        """Take the next page; those that wait no longer."""
        blocks: list[Block] = []
        self._waiting.append((page, blocks))
        for number, block in enumerate(page.blocks):
            how = block.continues
            if how and self._whole and (how.page, how.block) == self._part:
                _, begun, at = self._whole
                begun[at] = put_together(begun[at], block, page.number, how)
            else:
                if block.kind not in ASIDE:
                    self._whole = len(self._waiting) - 1, blocks, len(blocks)
                blocks.append(replace(block, continues=None))
            if block.kind not in ASIDE:
                self._part = page.number, number
        if self._whole is None or len(self._waiting) > MAX_WAITING:
            return self.end()
        found = self._given(self._whole[0])
        self._whole = 0, *self._whole[1:]
        return found

    def end(self) -> list[DocumentPage]:
        """All pages that wait."""
        self._whole = None
        return self._given(len(self._waiting))

    def _given(self, count: int) -> list[DocumentPage]:
        found = [replace(page, blocks=tuple(blocks)) for page, blocks in self._waiting[:count]]
        del self._waiting[:count]
        return found


def whole_pages(pages: Iterable[DocumentPage]) -> Iterator[DocumentPage]:
    """Pages whose blocks are whole, each on the page where it begins."""
    wholes = Wholes()
    for page in pages:
        yield from wholes.add(page)
    yield from wholes.end()
