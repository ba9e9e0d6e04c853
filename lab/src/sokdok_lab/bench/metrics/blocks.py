"""What truth and outputs are compared as: blocks with a kind, text made alike on both sides, and grids of tables.

- Of a document that sokdok made, of the truth about one, of a Markdown file of any converter.
- NFC, no soft hyphens or zero-width characters, white space collapsed, none of Markdown's marks for emphasis and code.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rapidfuzz.distance import Levenshtein

from sokdok.compress.fidelity import collapse
from sokdok.documents import blocks as documents
from sokdok.documents.joining import whole_pages
from sokdok.documents.result import Document
from sokdok_lab.bench.metrics.html_tables import Cell, Grid, Table, html_tables, spread

Neighbours = tuple[str, str, str]  # text of a cell, next text that is not empty, direction

_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_INLINE_TAG = re.compile(
    r"</?(?:br|sup|sub|b|i|u|em|strong|code|tt|span|mark|s|small|font|a|p|div|kbd)\b[^<>]*>", re.IGNORECASE
)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\((?:<[^<>]*>|[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+\"[^\"]*\")?\)")
_AUTOLINK = re.compile(r"<((?:https?|ftp|mailto):[^<>\s]+)>")
_NOTE = re.compile(r"\[\^(\d+)\]")
_RAISED = re.compile(r"\$?\^\{?\[?(\d{1,3})\]?\}?\^?\$?")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_EMPHASIS = re.compile(r"\*|`|~~")
_UNDERSCORE = re.compile(r"(?<!\w)_+|_+(?!\w)")
_SPACE = re.compile(r"\s+")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
_FENCED = re.compile(r"(`{3,}|~{3,})[^\n]*\n(.*?)\n?\1?", re.DOTALL)
_HASHES = re.compile(r"\s*(#{1,6})\s+")
_FOOTNOTES = ("page_footnote", "table_footnote")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ITEM = re.compile(r"^([ \t]*)(?:[-*+•·◦▪‣∙●○■□]|\d{1,3}[.)])[ \t]+(.*)$")
_SIGN = re.compile(r"^([ \t]*)[•·◦▪‣∙●○■□][ \t]+", re.MULTILINE)
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_TABLE = re.compile(r"<table.*?</table>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_MARKDOWN = MarkdownIt("commonmark").enable("table").disable(["code", "lheading", "reference"])
TAB = 8  # columns between tab stops in code
likeness = Levenshtein.normalized_similarity  # 1 - edit distance / length of the longer


@dataclass(eq=False)
class Block:
    """A block of a document."""

    kind: str  # heading, paragraph, list_item, table, code, caption, footnote or furniture
    text: str  # plain, except code, which is as it stands
    level: int = 1  # of a heading or item of a list, from 1
    grid: Grid = field(default_factory=list)
    pages: tuple[int, int] = (0, 0)  # first and last, from 1; zeros where nobody says
    split: bool = False  # whether a table was broken over pages or columns

    @property
    def words(self) -> str:
        """Its text as running text."""
        return plain(self.text) if self.kind == "code" else self.text


def plain(text: str) -> str:
    """Text as it is compared."""
    text = _BREAK.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFC", text)))
    text = _AUTOLINK.sub(r"\1", _LINK.sub(r"\1", text))
    text = html.unescape(html.unescape(_INLINE_TAG.sub("", text)))
    text = _RAISED.sub(r"\1", _NOTE.sub(r"[\1]", text))
    text = _EMPHASIS.sub("", _ESCAPE.sub(r"\1", text))
    return collapse(_UNDERSCORE.sub("", text))


def dense(text: str) -> str:
    """Without white space."""
    return _SPACE.sub("", text)


def code_lines(text: str) -> str:
    """Code line by line, without white space at the lines' ends; tabs are blanks."""
    text = unicodedata.normalize("NFC", text).replace("\u00a0", " ").expandtabs(TAB).strip("\n")
    return "\n".join(line.rstrip() for line in text.split("\n"))


def table_block(grid: Grid) -> Block:
    """A grid as a block."""
    return Block("table", " ".join(text for row in grid for text in row if text), grid=grid)


def grid_of(table: Table) -> Grid:
    """Spans laid out: the text at the first place, nothing at the others; no empty rows and columns."""
    lines = [[plain(text) for text in line] for line in spread(table, repeated=False)]
    filled = [line for line in lines if any(line)]
    kept = [x for x in range(len(lines[0]) if lines else 0) if any(line[x] for line in filled)]
    return [[line[x] for x in kept] for line in filled]


def neighbours(grids: Iterable[Grid]) -> Counter[Neighbours]:
    """Each text with the next one right of it and below it; a table of one text is that text alone."""
    found: Counter[Neighbours] = Counter()
    for grid in grids:
        before = found.total()
        for lines, way in ((grid, "right"), (zip(*grid, strict=True), "down")):
            for line in lines:
                texts = [text for text in line if text]
                found.update((a, b, way) for a, b in pairwise(texts))
        if found.total() == before:
            found.update((text, "", "alone") for row in grid for text in row if text)
    return found


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
    begins = [bool(_ITEM.match(line)) for line in lines]
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


def parse_markdown(text: str) -> list[Block]:
    """Blocks in the file's order; what begins with a sign for an item is one, as converters write them."""
    text = _SIGN.sub(r"\1- ", _IMAGE.sub("", _COMMENT.sub("\n\n", text).replace("\r\n", "\n").replace("\f", "\n\n")))
    tokens = _MARKDOWN.parse(_TABLE.sub(lambda table: re.sub(r"\n\s*\n", "\n", table[0]), text))
    blocks: list[Block] = []
    rows: list[list[Cell]] = []
    level, kind = 0, "paragraph"
    for before, token in pairwise([Token("", "", 0), *tokens]):
        if token.type in ("bullet_list_open", "ordered_list_open", "bullet_list_close", "ordered_list_close"):
            level += token.nesting
        elif token.type in ("list_item_open", "list_item_close"):
            kind = "list_item" if token.nesting == 1 else "paragraph"
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "table_close":
            blocks.append(table_block(grid_of(rows)))
            rows = []
        elif token.type == "fence":
            blocks.append(Block("code", token.content.removesuffix("\n")))
        elif token.type == "html_block":
            blocks += html_blocks(token.content)
        elif token.type == "inline" and before.type in ("th_open", "td_open"):
            rows[-1].append(Cell(token.content))
        elif token.type == "inline" and (words := plain(token.content)):
            heading = before.type == "heading_open"
            blocks.append(Block("heading", words, int(before.tag[1])) if heading else Block(kind, words, level or 1))
            kind = "paragraph"
    return blocks


def html_blocks(source: str) -> list[Block]:
    """Tables of a piece of HTML, or its text where there is none."""
    if tables := html_tables(source, nested=False):
        return [table_block(grid) for table in tables if (grid := grid_of(table))]
    words = plain(_TAG.sub(" ", source))
    return [Block("paragraph", words)] if words else []
