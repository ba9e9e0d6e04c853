"""Pages as they come, with what goes on from one to the next put together: bounded memory, whatever the length.

- A page is looked at beside its neighbours, so it waits for those behind it; then for the end of what it begins.
- The whole of a block stands where it begins, and says where its parts stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sokdok.documents.document import FURNITURE, PICTURES, Block, DocumentPage
from sokdok.documents.joining.blocks import continued
from sokdok.documents.joining.captions import with_captions
from sokdok.documents.joining.furniture import furnished
from sokdok.documents.joining.levels import Levels

MAX_WAITING = 100
"""pages that wait for the end of a block; a longer table is cut"""
ASIDE = FURNITURE | PICTURES | {"page_footnote", "image_caption", "table_caption"}
"""what stands between the parts of a block without ending it"""


def joined_pages(pages: Iterable[DocumentPage]) -> Iterator[DocumentPage]:
    """The pages of a document, in order; every one comes out, a block that goes on where it began."""
    waiting: list[DocumentPage] = []
    levels = Levels()
    for page in furnished(pages):
        page = _joined_columns(with_captions(levels.told(page)))
        if waiting:
            waiting, page = _go_on(waiting, page)
        if waiting and (_flow(page) or len(waiting) >= MAX_WAITING):
            yield from waiting
            waiting = []
        waiting.append(page)
    yield from waiting


def _flow(page: DocumentPage) -> list[int]:
    """The blocks of the running text."""
    return [number for number, block in enumerate(page.blocks) if block.kind not in ASIDE]


def _joined_columns(page: DocumentPage) -> DocumentPage:
    """Blocks that go on at the top of the next column."""
    blocks: list[Block] = []
    for block in page.blocks:
        number = next((at for at in range(len(blocks) - 1, -1, -1) if blocks[at].kind not in ASIDE), None)
        if number is not None and block.kind not in ASIDE and _is_higher(block, blocks[number]):
            whole = continued(blocks[number], block, (page.width, page.width), (page.number, block.box))
            if whole is not None:
                blocks[number] = whole
                continue
        blocks.append(block)
    return replace(page, blocks=tuple(blocks))


def _is_higher(block: Block, before: Block) -> bool:
    """Whether a block stands beside or above the one before it, as at the top of a column."""
    return bool(block.box and before.box and block.box[1] < before.box[3] and block.box[0] >= before.box[2])


def _go_on(waiting: list[DocumentPage], page: DocumentPage) -> tuple[list[DocumentPage], DocumentPage]:
    """The waiting pages with what goes on on a page, and that page without it."""
    begun, flow = next((at for at in range(len(waiting) - 1, -1, -1) if _flow(waiting[at])), None), _flow(page)
    if begun is None or not flow or not _follow(waiting[begun:], page):
        return waiting, page
    before, number = waiting[begun], _flow(waiting[begun])[-1]
    block = page.blocks[flow[0]]
    whole = continued(before.blocks[number], block, (before.width, page.width), (page.number, block.box))
    if whole is None:
        return waiting, page
    blocks = (*before.blocks[:number], whole, *before.blocks[number + 1 :])
    rest = tuple(other for at, other in enumerate(page.blocks) if at != flow[0])
    return [*waiting[:begun], replace(before, blocks=blocks), *waiting[begun + 1 :]], replace(page, blocks=rest)


def _follow(pages: list[DocumentPage], page: DocumentPage) -> bool:
    """Whether a page comes right behind others, all of which were read."""
    numbers = [other.number for other in (*pages, page)]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers))) and all(other.width for other in pages)
