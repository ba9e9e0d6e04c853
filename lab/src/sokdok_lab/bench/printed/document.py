"""Documents as blocks to compare: one that sokdok made, the truth about one, a Markdown file of any converter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sokdok.documents import blocks as documents
from sokdok.documents.joining import whole_pages
from sokdok.documents.result import Document
from sokdok_lab.bench.metrics.html_tables import Cell
from sokdok_lab.bench.printed.block import Block, grid_of, plain, table_block, table_blocks

_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
_FENCED = re.compile(r"(`{3,}|~{3,})[^\n]*\n(.*?)\n?\1?", re.DOTALL)
_HASHES = re.compile(r"\s*(#{1,6})\s+")
_FOOTNOTES = ("page_footnote", "table_footnote")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})")
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
ITEM = re.compile(r"^([ \t]*)(?:[-*+•·◦▪‣∙●○■□]|\d{1,3}[.)])[ \t]+(.*)$")
_BREAK = re.compile(r"^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$")
_PIPE_RULE = re.compile(r"^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_PIPE = re.compile(r"(?<!\\)\|")
_LAST_PIPE = re.compile(r"(?<!\\)\|$")
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_QUOTE = re.compile(r"^ {0,3}>[ \t]?")
_TAG = re.compile(r"<[^<>]*>")
TAB = 4  # columns of a list's indent between tab stops


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
    return [found for block in truth["blocks"] if (found := _true(block)).text]


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


class _Parser:
    """Line by line; a run of lines is a paragraph or the item of a list that is not ended yet."""

    def __init__(self, text: str) -> None:
        text = _COMMENT.sub("\n\n", text).replace("\r\n", "\n").replace("\f", "\n\n")
        self.lines, self.at = text.split("\n"), 0
        self.blocks: list[Block] = []
        self._run: list[str] = []
        self._item_level = 0
        self._indents: list[int] = []

    def parse(self) -> list[Block]:
        wholes: tuple[Callable[[], bool], ...] = (self._code, self._html_table, self._pipe_table)
        while self.at < len(self.lines):
            if not any(whole() for whole in wholes):
                self._line(self.lines[self.at])
                self.at += 1
        self._end_run()
        return self.blocks

    def _end_run(self) -> None:
        words = plain(" ".join(line.strip() for line in self._run))
        if words:
            self.blocks.append(Block("list_item" if self._item_level else "paragraph", words, self._item_level or 1))
        self._run, self._item_level = [], 0

    def _code(self) -> bool:
        fence = _FENCE.match(self.lines[self.at])
        if fence is None:
            return False
        self._end_run()
        start = self.at = self.at + 1
        while self.at < len(self.lines):
            line = self.lines[self.at].strip()
            if line.startswith(fence[1]) and set(line) == {fence[1][0]}:
                break
            self.at += 1
        self.blocks.append(Block("code", "\n".join(self.lines[start : self.at])))
        self.at += 1
        return True

    def _html_table(self) -> bool:
        if not self.lines[self.at].lstrip().lower().startswith(("<table", "<div><table")):
            return False
        self._end_run()
        start = self.at
        while "</table>" not in self.lines[self.at].lower() and self.at + 1 < len(self.lines):
            self.at += 1
        self.at += 1
        self.blocks += html_blocks("\n".join(self.lines[start : self.at]))
        return True

    def _pipe_table(self) -> bool:
        head, rule = [*self.lines[self.at : self.at + 2], ""][:2]
        if not ("|" in head and "|" in rule and _PIPE_RULE.match(rule)):
            return False
        self._end_run()
        self.at += 2
        rows = [head]
        while self.at < len(self.lines) and "|" in self.lines[self.at]:
            rows.append(self.lines[self.at])
            self.at += 1
        parted = [_PIPE.split(_LAST_PIPE.sub("", row.strip().removeprefix("|"))) for row in rows]
        cells = [[Cell(cell.strip().replace("\\|", "|")) for cell in row] for row in parted]
        self.blocks.append(table_block(grid_of(cells)))
        return True

    def _line(self, line: str) -> None:
        line = _QUOTE.sub("", _IMAGE.sub("", line))
        heading, item = _HEADING.match(line), ITEM.match(line)
        if not line.strip() or _BREAK.match(line):
            self._end_run()
        elif heading:
            self._end_run()
            words = plain(heading[2])
            self.blocks += [Block("heading", words, len(heading[1]))] if words else []
            self._indents.clear()
        elif item:
            self._end_run()
            self._item_level, self._run = self._nested(len(item[1].expandtabs(TAB))), [item[2]]
        else:
            self._run.append(line)

    def _nested(self, indent: int) -> int:
        """The level of an item by the indents of those before it."""
        if not indent and self.blocks and self.blocks[-1].kind != "list_item":
            self._indents.clear()
        while self._indents and self._indents[-1] > indent:
            self._indents.pop()
        if not self._indents or self._indents[-1] < indent:
            self._indents.append(indent)
        return len(self._indents)


def parse_markdown(text: str) -> list[Block]:
    """Blocks in the file's order."""
    return _Parser(text).parse()


def html_blocks(source: str) -> list[Block]:
    """Tables of a piece of HTML, or its text where there is none."""
    if (tables := table_blocks(source)) is not None:
        return tables
    words = plain(_TAG.sub(" ", source))
    return [Block("paragraph", words)] if words else []
