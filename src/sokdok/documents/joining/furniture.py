"""Running heads and feet of a document: what stands at the same place of neighbouring pages.

- A text in the margin that is the same on a neighbouring page, numbers apart, is a header or footer.
- What a page by itself took for one, because it stands alone near the edge, is text if the neighbouring pages have
  none there: the first lines of pages stand at one place, too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sokdok.documents.document import FURNITURE, Block, DocumentPage

MARGIN_SHARE = 0.13
"""of a page's height, at its top and bottom"""
SAME_SHARE = 0.012
"""of a page's height that one line's place differs from page to page"""
OUTERMOST = 2
"""blocks from each edge that may be furniture"""
MAX_CHARACTERS = 200
_NUMBER = re.compile(r"\d+")


def with_furniture(page: DocumentPage, neighbours: Sequence[DocumentPage]) -> DocumentPage:
    """Mark the headers and footers of a page by the pages around it; as it is if there are none."""
    if not neighbours or not page.height:
        return page
    blocks = list(page.blocks)
    for number in _outermost(page):
        block = blocks[number]
        if block.kind in FURNITURE and not any(_stands_there(block, page, other) for other in neighbours):
            blocks[number] = block if _is_number(block.text) else replace(block, kind=_otherwise(block))
        elif block.kind not in FURNITURE and any(_repeats(block, page, other) for other in neighbours):
            top = block.box is not None and block.box[1] < page.height / 2
            blocks[number] = replace(block, kind="header" if top else "footer")
    return replace(page, blocks=tuple(blocks))


def _outermost(page: DocumentPage) -> list[int]:
    """The blocks near the upper and the lower edge that may be furniture."""
    placed = [(block.box[1], block.box[3], number) for number, block in enumerate(page.blocks) if block.box]
    top = sorted(placed)[:OUTERMOST]
    bottom = sorted(placed, key=lambda item: -item[1])[:OUTERMOST]
    upper = [number for _, end, number in top if end < MARGIN_SHARE * page.height]
    lower = [number for start, _, number in bottom if start > (1 - MARGIN_SHARE) * page.height]
    found = [*upper, *lower, *(number for number, block in enumerate(page.blocks) if block.kind in FURNITURE)]
    return [number for number in dict.fromkeys(found) if _may_be(page.blocks[number])]


def _may_be(block: Block) -> bool:
    return block.html is None and block.kind not in ("code", "list") and 0 < len(block.text) <= MAX_CHARACTERS


def _repeats(block: Block, page: DocumentPage, other: DocumentPage) -> bool:
    text = _signature(block.text)
    there = [other.blocks[number] for number in _outermost(other)]
    return any(_signature(one.text) == text and _same_place(block, page, one, other) for one in there)


def _stands_there(block: Block, page: DocumentPage, other: DocumentPage) -> bool:
    there = [other.blocks[number] for number in _outermost(other)]
    return any(one.kind in FURNITURE and _same_place(block, page, one, other) for one in there)


def _same_place(a: Block, page: DocumentPage, b: Block, other: DocumentPage) -> bool:
    if a.box is None or b.box is None or not other.height:
        return False
    return abs(a.box[1] / page.height - b.box[1] / other.height) < SAME_SHARE


def _signature(text: str) -> str:
    return _NUMBER.sub("#", " ".join(text.split()))


def _otherwise(block: Block) -> str:
    return block.setting.otherwise if block.setting and block.setting.otherwise else "text"


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"\W*\d{1,4}\W*", text))
