"""A document that sokdok made, and the truth about one, as blocks to compare."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sokdok.documents import blocks as documents
from sokdok.documents.joining import whole_pages
from sokdok.documents.result import Document
from sokdok_lab.bench.metrics.html_tables import Cell
from sokdok_lab.bench.printed.block import Block, grid_of, plain, table_block
from sokdok_lab.bench.printed.markdown import ITEM, html_blocks, parse_markdown

_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
_FENCED = re.compile(r"(`{3,}|~{3,})[^\n]*\n(.*?)\n?\1?", re.DOTALL)
_HASHES = re.compile(r"\s*(#{1,6})\s+")
_FOOTNOTES = ("page_footnote", "table_footnote")


def document_blocks(document: Document) -> list[Block]:
    """All pages' blocks in order; pictures, which say nothing, left out."""
    return [
        found for page in whole_pages(document.pages) for block in page.blocks for found in _blocks(block, page.number)
    ]


def _blocks(block: documents.Block, page: int) -> Iterator[Block]:
    if block.kind in documents.PICTURES:
        return
    if block.kind in documents.FURNITURE:
        yield Block("furniture", plain(block.text), pages=(page, page))
    elif block.html:
        yield from html_blocks(block.html)
    elif block.kind in ("title", "sub_title"):
        hashes = _HASHES.match(block.text)
        words = plain(block.text[hashes.end() :] if hashes else block.text)
        if words:
            yield Block("heading", words, len(hashes[1]) if hashes else 1 + (block.kind == "sub_title"))
    elif block.kind == "code":
        fenced = _FENCED.fullmatch(block.text)
        yield Block("code", fenced[2] if fenced else block.text)
    elif block.kind == "list" or _is_list(block.text) or "```" in block.text or "<table" in block.text:
        yield from parse_markdown(block.text)
    else:
        texts = map(plain, _PARAGRAPHS.split(block.text))
        kind = "caption" if block.kind.endswith("caption") else "paragraph"
        kind = "footnote" if block.kind in _FOOTNOTES else kind
        yield from (Block(kind, words) for words in texts if words)


def _is_list(text: str) -> bool:
    """Several lines, each of which begins an item or goes on below one."""
    lines = text.strip().split("\n")
    begins = [bool(ITEM.match(line)) for line in lines]
    return len(lines) > 1 and begins[0] and all(b or line[:1].isspace() for b, line in zip(begins, lines, strict=True))


def truth_blocks(truth: Mapping[str, Any]) -> list[Block]:
    """The blocks that a truth file lists, in reading order, those without text left out."""
    found = [_true(block) for block in truth["blocks"]]
    return [block for block in found if block.text]


def _true(block: Mapping[str, Any]) -> Block:
    first, last = block.get("pages") or (0, 0)
    if block["type"] == "table":
        rows = [[Cell(cell["text"], cell["colspan"], cell["rowspan"]) for cell in row] for row in block["cells"]]
        found = table_block(grid_of(rows))
        found.split = block.get("split", False)
    elif block["type"] == "code":
        found = Block("code", block["text"])
    else:
        found = Block(block["type"], plain(block["text"]), block.get("level", 1))
    found.pages = (first, last)
    return found
