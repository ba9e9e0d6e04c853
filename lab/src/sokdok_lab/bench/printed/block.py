"""What truth and outputs are compared as: blocks with a kind, text made alike on both sides, and grids of tables.

NFC, no soft hyphens or zero-width characters, white space collapsed, none of Markdown's marks for emphasis and code.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from sokdok_lab.bench.metrics.html_tables import Grid, Table, html_tables, spread

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
TAB = 8  # columns between tab stops in code


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
    return collapsed(_UNDERSCORE.sub("", text))


def collapsed(text: str) -> str:
    """With one space for any white space."""
    return _SPACE.sub(" ", text).strip()


def dense(text: str) -> str:
    """Without white space."""
    return _SPACE.sub("", text)


def code_lines(text: str) -> str:
    """Code line by line, without white space at the lines' ends; tabs are blanks."""
    text = unicodedata.normalize("NFC", text).replace("\u00a0", " ").expandtabs(TAB).strip("\n")
    return "\n".join(line.rstrip() for line in text.split("\n"))


def likeness(first: str, second: str) -> float:
    """1 - Levenshtein distance / length of the longer."""
    return Levenshtein.normalized_similarity(first, second) if first or second else 1.0


def table_blocks(source: str) -> list[Block] | None:
    """The tables of a piece of HTML that say something; None where it holds none, not even an empty one."""
    tables = html_tables(source, nested=False)
    return [table_block(grid) for table in tables if (grid := grid_of(table))] if tables else None


def table_block(grid: Grid) -> Block:
    """A grid as a block."""
    return Block("table", " ".join(text for row in grid for text in row if text), grid=grid)


def grid_of(table: Table) -> Grid:
    """Spans laid out: the text at the first place, nothing at the others; no empty rows and columns."""
    lines = [[plain(text) for text in line] for line in spread(table, repeated=False)]
    filled = [line for line in lines if any(line)]
    kept = [x for x in range(len(lines[0]) if lines else 0) if any(line[x] for line in filled)]
    return [[line[x] for x in kept] for line in filled]


def neighbours(grids: Iterable[Grid], *, spaces: bool = True) -> Counter[Neighbours]:
    """Each text with the next one right of it and below it; a table of one text is that text alone."""
    found: Counter[Neighbours] = Counter()
    for grid in grids:
        if not spaces:
            grid = [[dense(text) for text in row] for row in grid]
        before = found.total()
        for lines, way in ((grid, "right"), (zip(*grid, strict=True), "down")):
            for line in lines:
                texts = [text for text in line if text]
                found.update((a, b, way) for a, b in pairwise(texts))
        if found.total() == before:
            found.update((text, "", "alone") for row in grid for text in row if text)
    return found
