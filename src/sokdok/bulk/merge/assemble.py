"""A document as one text: its pages joined as `sokdok convert` joins them, and what is known of each.

- What stands for a picture says nothing to a model of language, so it is left out, and its words stay.
- Running heads, feet and page numbers are left out of the text, and kept beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from sokdok.bulk.merge.text import DocumentText, PageFacts
from sokdok.bulk.results import route_of
from sokdok.bulk.unit import Unit
from sokdok.documents.document import FURNITURE, PICTURES, Block, DocumentPage
from sokdok.documents.joining import joined_pages
from sokdok.documents.write.markdown import block_text, page_markdown
from sokdok.tokens.deepseek import count_text

GAP = "\n\n"
"""between pages"""
_HALF = re.compile("[\ud800-\udfff]")


def assemble(unit: Unit, pages: Iterable[DocumentPage]) -> DocumentText:
    """The text of the document that a unit is of; `pages` are all of it, in order, and looked at one by one."""
    parts: list[str] = []
    ends: list[int] = []
    facts: list[PageFacts] = []
    size = 0
    for page in joined_pages(pages):
        text = markdown_of(page)
        if text:
            parts += [GAP, text] if parts else [text]
            size += len(text) + (len(GAP) if len(parts) > 1 else 0)
        ends.append(size)
        facts.append(_facts(page, text))
    return DocumentText(
        unit.document,
        unit.path,
        unit.sha256,
        unit.meta,
        "".join(parts),
        tuple(ends),
        tuple(facts),
        truncated=any(fact.status == "FAILURE" for fact in facts),
    )


def markdown_of(page: DocumentPage) -> str:
    """A page as Markdown that a model is trained on: no links to pictures, no halves of characters."""
    blocks = tuple(part for block in page.blocks for part in _said(block))
    return _HALF.sub("\N{REPLACEMENT CHARACTER}", page_markdown(replace(page, blocks=blocks)))


def _said(block: Block) -> tuple[Block, ...]:
    """A block as it is, and in place of a picture what it says."""
    if block.kind not in PICTURES:
        return (block,)
    words = (replace(block, kind="text", html=None),) if block.text else ()
    return (*words, replace(block, kind="table")) if block.html else words


def _facts(page: DocumentPage, text: str) -> PageFacts:
    return PageFacts(
        page.number,
        page.status,
        page.error,
        route_of(page),
        page.confidence,
        page.vision_tokens,
        count_text(text) if text else 0,
        page.seconds,
        page.width,
        page.height,
        top=_furniture(page, "top"),
        bottom=_furniture(page, "bottom"),
    )


def _furniture(page: DocumentPage, edge: Literal["top", "bottom"]) -> str:
    """The lines that are left out at one edge of a page."""
    found = [block for block in page.blocks if block.kind in FURNITURE and _edge_of(block, page) == edge]
    return "\n".join(block_text(block) for block in found)


def _edge_of(block: Block, page: DocumentPage) -> Literal["top", "bottom"]:
    if block.box is None or not page.height:
        return "top" if block.kind == "header" else "bottom"
    return "top" if block.box[1] + block.box[3] < page.height else "bottom"
