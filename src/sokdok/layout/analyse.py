"""The layout of a page: lines of any source → blocks in reading order.

lines → tables and pictures as wholes → edges taken off → facing pages → columns in reading order → rows → blocks
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from statistics import median

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import connected, gaps_to
from sokdok.layout.blocks import LayoutBlock, Row, block_of, body_size, rows_of
from sokdok.layout.columns import Unit, columns, facing_pages, unit_rows
from sokdok.layout.furniture import split_edges
from sokdok.layout.text_line import TextLine
from sokdok.layout.turned import turned_blocks
from sokdok.layout.typeset.blocks import typeset_blocks

NEAR_CELLS_EM = (60.0, 2.0)  # across a row and down a column: cells of one table are no further apart


def analyse(
    lines: Sequence[TextLine],
    page_height: float,
    pictures: Sequence[Box] = (),
    tables: Sequence[Box] = (),
    formulas: Sequence[Box] = (),
) -> list[LayoutBlock]:
    """Arrange the lines of a page in blocks, around its pictures, ruled tables and formulas, whose places are known."""
    lines = [line for line in lines if line.text]
    body_em = body_size(lines)
    wholes = [*pictures, *tables]
    turned = [line for line in lines if line.turned and not any(box.holds(*line.box.middle) for box in wholes)]
    units = _units([line for line in lines if line not in turned], pictures, tables, formulas)
    head, main, foot = split_edges(units, page_height, body_em)
    em = median([line.em for line in lines] or [16.0])
    blocks = [_apart(row, body_em) for row in head]
    for column in chain.from_iterable(columns(page, em) for page in facing_pages(main, em)):
        blocks += _column(column, body_em)
    standing = turned_blocks(turned, lambda rows: typeset_blocks(rows, rows, body_em))
    return [*blocks, *standing, *(_apart(row, body_em) for row in foot)]


def with_all(blocks: Sequence[LayoutBlock], lines: Sequence[TextLine]) -> list[LayoutBlock]:
    """The blocks of a page, and for each of its lines with words that none of them holds a text before what is below.

    No table, figure or note can lose words: whatever became of a line, its words are somewhere.
    """
    found = list(blocks)
    held = {word.box for block in blocks for line in block.lines for word in line.words or (line,)}
    for line in lines:
        rest = tuple(word for word in line.words if not _is_held(word.box, held))
        if rest or (line.text and not line.words and not _is_held(line.box, held)):
            left = replace(line, words=rest).part(0, len(rest)) if rest else line
            found.insert(place_of(left.box, [block.box for block in found]), block_of("text", rows_of([left])))
    return found


def _is_held(box: Box, held: set[Box]) -> bool:
    """Whether a word stands among others, or within the mark that stands for it, as a tick does in its box."""
    return box in held or any(other.holds(*box.middle) for other in held)


def place_of(box: tuple[float, float, float, float], boxes: Sequence[tuple[float, float, float, float] | None]) -> int:
    """Number of the first of the `boxes` that is below the top of a box and not beside it; behind the last if none."""
    for place, other in enumerate(boxes):
        if other and other[1] >= box[1] and other[0] < box[2] and box[0] < other[2]:
            return place
    return len(boxes)


def _plain(kind: str) -> str:
    """What a line by itself is: text, where a detector says nothing, and where it stands apart."""
    return "text" if kind in ("", "furniture", "list") else kind


def _apart(units: Sequence[Unit], body_em: float) -> LayoutBlock:
    """A row that stands apart, as a block."""
    row = Row(tuple(unit.lines[0] for unit in units))
    (block, *_) = typeset_blocks([row], [row], body_em)
    return replace(block, kind=_plain(block.kind), level=0, apart=True)


def _column(column: Sequence[Unit], body_em: float) -> list[LayoutBlock]:
    """Blocks of a column: its tables, pictures and rows that stand apart as wholes, and the text between them."""
    blocks: list[LayoutBlock] = []
    text: list[Row] = []
    found = unit_rows(column)
    every = [Row(lines) for row in found if (lines := tuple(unit.lines[0] for unit in row if not unit.kind))]
    for row in found:
        lines = tuple(unit.lines[0] for unit in row if not unit.kind)
        regions = [unit for unit in row if unit.kind]
        detected = bool(lines) and all(line.kind == "furniture" for line in lines)
        if regions or detected:
            blocks += typeset_blocks(text, every, body_em)
            text = []
        if detected:
            blocks.append(_apart([unit for unit in row if not unit.kind], body_em))
        elif lines:
            text.append(Row(lines))
        for unit in regions:
            blocks.append(block_of(unit.kind, rows_of(unit.lines), unit.box))
    return blocks + list(typeset_blocks(text, every, body_em))


def _units(
    lines: Sequence[TextLine], pictures: Sequence[Box], tables: Sequence[Box], formulas: Sequence[Box]
) -> list[Unit]:
    units: list[Unit] = []
    for kind, boxes in (("table", tables), ("image", pictures), ("equation", formulas)):  # a drawing may hold a table
        for box in boxes:
            inside = [line for line in lines if box.holds(*line.box.middle)]
            lines = [line for line in lines if not box.holds(*line.box.middle)]
            units += [Unit(box, tuple(inside), kind)] if inside or kind == "image" else []
    regions, others = table_regions(lines)
    units += [Unit(Box.around(line.box for line in region), tuple(region), "table") for region in regions]
    return units + [Unit(line.box, (line,)) for line in others]


def table_regions(lines: Sequence[TextLine]) -> tuple[list[list[TextLine]], list[TextLine]]:
    """Group neighbouring lines that the text detector takes for cells; the other lines.

    A region has at least two rows with cells side by side; lines of any kind inside its box belong to it.
    """
    cells = [line for line in lines if line.kind == "table"]
    regions, rest = [], list(lines)
    for region in _neighbouring(cells):
        if sum(len(row.pieces) > 1 for row in rows_of(region)) < 2:
            continue
        box = Box.around(line.box for line in region)
        regions.append([line for line in rest if line in region or box.holds(*line.box.middle)])
        rest = [line for line in rest if line not in regions[-1]]
    return regions, rest


def _neighbouring(cells: Sequence[TextLine]) -> list[list[TextLine]]:
    """Group cells that stand near each other in one row, or one below the other."""
    gaps = gaps_to([cell.box for cell in cells])
    ems = np.array([cell.em for cell in cells])

    def near(at: int) -> np.ndarray:
        across, down = gaps(at)
        em = np.maximum(ems, ems[at])
        return ((down < 0) & (across < NEAR_CELLS_EM[0] * em)) | ((down < NEAR_CELLS_EM[1] * em) & (across < 0))

    return [[cells[i] for i in group] for group in connected(len(cells), near)]
