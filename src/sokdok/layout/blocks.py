"""From the rows of a column to blocks: paragraphs, headings, lists, tables.

- What a text detector says a line belongs to counts. Beside that, a heading is short and set larger than the page's
  body, and rows that wide gaps divide, three or more of them, are a table.
- A paragraph ends where the distance of its rows, their size or their kind changes, before an indented row and before
  the mark of a list, after a short row that ends a sentence, and where the next row's first word would have had room.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from statistics import median

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import rows
from sokdok.layout.columns import SAME_ROW
from sokdok.layout.text_line import TextLine
from sokdok.pages.hangul import OUTLINE
from sokdok.pages.textlayer import Source

BODY_SHARE, BODY_CHARACTERS = 0.12, 150
"""of a page's characters, and characters, from which on a size of type is running text rather than headings"""
SENTENCE_CHARACTERS, SENTENCE_SIZE = 20, 1.5
"""of a line that ends a sentence, at least; times the page's usual size that it is, at most: mottoes end so too"""
HEADING: dict[Source, float] = {"layer": 1.12, "recogniser": 1.25}
"""times the body's size, and more than sizes are off by"""
ALONE = 1.15
"""times the body's size, of a row or two that are no sentence: a heading, though sizes are measured"""
TITLE = 1.5
"""times the body's size"""
MAX_HEADING_ROWS = 3
EM_TOLERANCE: dict[Source, float] = {"layer": 0.08, "recogniser": 0.25}
"""share by which the sizes of rows of one paragraph may differ: a layer says them exactly, a detector about"""
PITCH = 1.35
"""times the usual distance of rows: a new paragraph"""
CLOSE_EM = 1.45
"""rows no further apart than this belong together, whatever is usual"""
INDENT_EM = 0.8
ROOM_EM = 1.5
"""more than a word takes, that a row has left if it was ended on purpose: places of words are read from pixels, too"""
SHORT_SHARE = 0.85
"""of the column's width: a row that ends before may end a paragraph"""
LEVEL_EM = 0.7
"""that an item stands right of the one that it belongs to"""
GAP_EM = 1.5
"""a gap as wide as this divides a row into cells"""
MIN_TABLE_ROWS = 3

BULLET = re.compile(r"[•◦▪▫‣·●○■□◆◇▶▷►✓❍➢∙❖◻❑→*–—oㅇ=-]")
"""hollow and square ones are read as letters that look like them"""
_MARK = re.compile(rf"({BULLET.pattern}|\d{{1,3}}[.)]|[{OUTLINE}][.)]|\(?[a-zA-Z0-9]{{1,3}}\))\s+(?=\S)|[①-⑳]")
_SENTENCE_END = re.compile(r"[.!?。:;][”’\"')\]]?$")


@dataclass(frozen=True)
class Row:
    """Text side by side, from left to right."""

    pieces: tuple[TextLine, ...]

    @property
    def box(self) -> Box:
        return Box.around(piece.box for piece in self.pieces)

    @property
    def text(self) -> str:
        return " ".join(piece.text for piece in self.pieces)

    @property
    def em(self) -> float:
        """Size of its longest piece."""
        return max(self.pieces, key=lambda piece: len(piece.text)).em

    @property
    def kind(self) -> str:
        """What the detector takes its longest piece for; a lone cell is text."""
        kind = max(self.pieces, key=lambda piece: len(piece.text)).kind
        return "text" if kind == "table" else kind

    @property
    def divided(self) -> bool:
        """Whether wide gaps divide it, as a row of a table."""
        return any(b.box.left - a.box.right >= GAP_EM * max(a.em, b.em) for a, b in pairwise(self.pieces))


@dataclass(frozen=True)
class Measure:
    """How a block of type fills its column: what tells whether it goes on elsewhere."""

    em: float
    indent: float
    """of its first row, from its others"""
    first_word: float
    """width of its first word"""
    room: float | None
    """between the end of its last row and the column's right; None where too few end there to tell"""
    bold: bool = False


@dataclass(frozen=True)
class LayoutBlock:
    """Rows that belong together, in reading order."""

    kind: str
    """title, sub_title, text, list, code, table, image, image_caption or page_footnote"""
    rows: tuple[Row, ...]
    box: Box
    """of a table or picture more than its rows'"""
    latex: str = ""
    """of a formula; empty if it can't be told"""
    html: str = ""
    """of a table whose cells are known"""
    measure: Measure | None = None
    """how it fills its column, where its type is known exactly"""
    columns: tuple[float, ...] = ()
    """borders of a drawn table's columns, both outer ones included"""
    apart: bool = False
    """whether it stands apart at the page's top or bottom, as running heads and feet do"""
    level: int = 0
    """of an item of a list, or of a paragraph that belongs to one, from 1"""
    outline: int = 0
    """of a heading: its level in the file's outline, from 1; 0 if it is not there"""
    mark: str = ""
    """of an item of a list: the bullet or number that its text begins with"""

    @property
    def lines(self) -> list[TextLine]:
        return [piece for row in self.rows for piece in row.pieces]

    @property
    def text(self) -> str:
        """Rows one below the other; pieces of one row with a space between."""
        return "\n".join(row.text for row in self.rows)


def block_of(kind: str, found: Iterable[Row], box: Box | None = None) -> LayoutBlock:
    """A block of rows; `box` if it is more than theirs."""
    found = tuple(found)
    return LayoutBlock(kind, found, box or Box.around(row.box for row in found))


def rows_of(lines: Sequence[TextLine]) -> list[Row]:
    """Lines side by side as rows, from top to bottom."""
    return [Row(tuple(row)) for row in rows(lines, lambda line: line.box, SAME_ROW)]


def body_size(lines: Sequence[TextLine]) -> float:
    """The largest em in which a good part of a page's text is set, or sentences end; else that of most characters."""
    if not lines:
        return 0.0
    usual = median(line.em for line in lines)
    sizes: Counter[int] = Counter()
    sentences: set[int] = set()
    for line in lines:
        size = round(line.em / usual * 20)
        sizes[size] += len(line.text)
        if len(line.text) >= SENTENCE_CHARACTERS and line.text[-1] in ".。" and line.em <= SENTENCE_SIZE * usual:
            sentences.add(size)
    least = max(BODY_SHARE * sizes.total(), BODY_CHARACTERS)
    running = [size for size, count in sizes.items() if count >= least or size in sentences]
    return (max(running) if running else max(sizes, key=lambda size: sizes[size])) * usual / 20


def column_blocks(column: Sequence[Row], body_em: float) -> Iterator[LayoutBlock]:
    """Tables, and the running text between them."""
    text: list[Row] = []
    for divided, run in groupby(column, key=lambda row: row.divided):
        found = list(run)
        if divided and len(found) >= MIN_TABLE_ROWS:
            yield from paragraphs(text, body_em)
            yield block_of("table", found)
            text = []
        else:
            text += found
    yield from paragraphs(text, body_em)


def paragraphs(column: Sequence[Row], body_em: float) -> Iterator[LayoutBlock]:
    """Running text of one column as paragraphs, headings and items of lists."""
    marks: list[float] = []
    for block in _unlevelled(column, body_em):
        marks = _open_marks(marks, block) if block.kind == "list" else []
        yield replace(block, level=len(marks), mark=_mark_of(block.text) if marks else "")


def _open_marks(marks: Sequence[float], item: LayoutBlock) -> list[float]:
    """Left ends of the marks of the items that are open, an item's own last."""
    left, near = item.box.left, LEVEL_EM * item.rows[0].em
    above = [mark for mark in marks if mark < left - near]
    same = [mark for mark in marks[len(above) :] if abs(mark - left) <= near]
    return [*above, same[0] if same else left]


def _unlevelled(column: Sequence[Row], body_em: float) -> Iterator[LayoutBlock]:
    if not column:
        return
    around = Box.around(row.box for row in column)
    pitch = median([b.box.bottom - a.box.bottom for a, b in pairwise(column)] or [math.inf])
    group: list[Row] = []
    for row in column:
        if group and _begins(group, row, pitch, around):
            yield block_of(_kind(group, body_em), group)
            group = []
        group.append(row)
    yield block_of(_kind(group, body_em), group)


def _begins(group: Sequence[Row], row: Row, pitch: float, column: Box) -> bool:
    """Whether a row begins something new below the rows of a group; `pitch`: the usual distance in the column."""
    last = group[-1]
    tolerance = EM_TOLERANCE[row.pieces[0].source]
    distance = row.box.bottom - last.box.bottom
    if row.kind != last.kind or abs(row.em - last.em) > tolerance * last.em:
        return True
    if distance > max(PITCH * pitch, CLOSE_EM * last.em) or is_item(row.text):
        return True
    indent_em, last_indent_em = ((found.box.left - column.left) / found.em for found in (row, last))
    if indent_em > INDENT_EM and last_indent_em < INDENT_EM / 2 and not (len(group) == 1 and is_item(last.text)):
        return True
    if _has_room(last, row, column.right):
        return True
    short = last.box.right < column.left + SHORT_SHARE * column.width
    return short and bool(_SENTENCE_END.search(last.text))


def _has_room(last: Row, row: Row, right: float) -> bool:
    """Whether the first word of a row would have fitted on the row before: no one breaks a line that early."""
    words = row.pieces[0].words
    return bool(words) and last.box.right + words[0].box.width + ROOM_EM * row.em < right


def is_item(text: str) -> bool:
    """Whether a text begins with a bullet or number, as an item of a list does."""
    return bool(_mark_of(text))


def _mark_of(text: str) -> str:
    found = _MARK.match(text)
    return found[0].rstrip() if found else ""


_KINDS = {"heading": "sub_title", "caption": "image_caption"}


def _kind(group: Sequence[Row], body_em: float) -> str:
    em, detected = max(row.em for row in group), group[0].kind
    large = em > HEADING[group[0].pieces[0].source] * body_em and len(group) <= MAX_HEADING_ROWS
    alone = em > ALONE * body_em and len(group) <= 2 and not _SENTENCE_END.search(group[-1].text)
    if detected == "heading" or (detected in ("", "text") and (large or alone) and not is_item(group[0].text)):
        return "title" if em > TITLE * body_em else "sub_title"
    if detected in ("", "text", "list") and is_item(group[0].text):
        return "list"
    return _KINDS.get(detected, detected or "text")
