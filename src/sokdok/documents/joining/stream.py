"""Pages as they come, each with its own text, and what goes on from one to the next marked: bounded memory.

A block that goes on over a page has a part on each, and the later one says which part it continues. What shows a page
by itself shows its part; what shows the document puts the parts together (`documents.joining.whole`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sokdok.documents.blocks import FURNITURE, PICTURES, Block
from sokdok.documents.document import DocumentPage
from sokdok.documents.joining.blocks import continuation, put_together
from sokdok.documents.joining.furniture import furnished
from sokdok.documents.joining.levels import Levels

ASIDE = FURNITURE | PICTURES | {"page_footnote", "image_caption", "table_caption"}
"""what stands between the parts of a block without ending it"""


def joined_pages(pages: Iterable[DocumentPage]) -> Iterator[DocumentPage]:
    """The pages of a document, in order: furniture and levels known, and which blocks go on from a page."""
    levels = Levels()
    before: DocumentPage | None = None
    following = 0
    for page in furnished(pages):
        page = _joined_columns(levels.with_levels(page))
        if page.number != following:
            before = None
        flow = _flow(page)
        if before is not None and flow:
            last, first = _flow(before)[-1], flow[0]
            how = continuation(before.blocks[last], page.blocks[first], (before.number, last))
            blocks = [replace(block, continues=how) if at == first else block for at, block in enumerate(page.blocks)]
            page = replace(page, blocks=tuple(blocks)) if how else page
        if flow or not page.width:  # a page of pictures alone stands between the parts, one that was not read ends them
            before = page if page.width else None
        following = page.number + 1
        yield page


def _flow(page: DocumentPage) -> list[int]:
    """The blocks of the running text."""
    return [number for number, block in enumerate(page.blocks) if block.kind not in ASIDE]


def _joined_columns(page: DocumentPage) -> DocumentPage:
    """Blocks that go on at the top of the next column."""
    blocks: list[Block] = []
    for block in page.blocks:
        number = next((at for at in range(len(blocks) - 1, -1, -1) if blocks[at].kind not in ASIDE), -1)
        before, box = blocks[number].box if number >= 0 else None, block.box
        if before and box and block.kind not in ASIDE and box[1] < before[3] and box[0] >= before[2]:
            how = continuation(blocks[number], block, (page.number, number), one_page=True)
            if how is not None:
                blocks[number] = put_together(blocks[number], block, page.number, how)
                continue
        blocks.append(block)
    return replace(page, blocks=tuple(blocks))


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
        found = self._handed_out(self._whole[0])
        self._whole = 0, *self._whole[1:]
        return found

    def end(self) -> list[DocumentPage]:
        """All pages that wait."""
        self._whole = None
        return self._handed_out(len(self._waiting))

    def _handed_out(self, count: int) -> list[DocumentPage]:
        found = [replace(page, blocks=tuple(blocks)) for page, blocks in self._waiting[:count]]
        del self._waiting[:count]
        return found


def whole_pages(pages: Iterable[DocumentPage]) -> Iterator[DocumentPage]:
    """Pages whose blocks are whole, each on the page where it begins."""
    wholes = Wholes()
    for page in pages:
        yield from wholes.add(page)
    yield from wholes.end()
