"""The layout of a page: lines of any source → blocks in reading order.

lines → pieces, and what is drawn around them → the structure network → blocks, tables, order → pictures and turned text
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sokdok.imaging.box import Box, level_box, page_box
from sokdok.layout.blocks import LayoutBlock, Row, block_of, rows_of
from sokdok.layout.figures import texts_of
from sokdok.layout.joining import Joiner, joiner_of
from sokdok.layout.structure.blocks import StructuredPage, place_of
from sokdok.layout.structure.network import bundled
from sokdok.layout.structure.nodes import GAP_EM, READ_GAP_EM, Array, Drawn, cuts, page_nodes
from sokdok.layout.tables.grids import Cell, Grid, cells_html, cut
from sokdok.layout.text_line import TextLine

PROSE = ("text", "field", "list", "page_footnote")  # kinds of block whose lines show how a page's lines end


@dataclass(frozen=True)
class Surroundings:
    """What is known of a page besides its lines; boxes in the unit of the lines but where points are said."""

    drawn: Drawn  # in points
    scale: float = 1.0  # points of a unit of the lines
    figures: Sequence[Box] = ()  # what stands in one is its text, but for tables that are drawn in full
    grids: Sequence[Grid] = ()  # in points
    read: bool = False  # whether a recogniser read the lines


def analyse(lines: Sequence[TextLine], around: Surroundings) -> list[LayoutBlock]:
    """Arrange the lines of a page in blocks, each line in one; tables have their HTML."""
    lines = [line for line in lines if line.text]
    free, inside = parted(lines, around)
    straight = [piece for line in free if not line.turned for piece in pieces_at_gaps(line)]
    blocks = _page(straight, around, [line for line in free if line.turned]).blocks() if straight else []
    for box, found in inside.items():
        blocks.insert(place_of(box, [block.box for block in blocks]), block_of("image", rows_of(found), box))
    held = {id(line) for block in blocks for line in block.lines}  # in cells that are drawn
    blocks += turned_blocks(line for line in free if line.turned and id(line) not in held)
    blocks = with_all(blocks, lines)
    joiner = joiner_for(blocks)
    return [replace(block, html=cells_html(block.cells, joiner.join)) if block.cells else block for block in blocks]


def whole_table(lines: Sequence[TextLine], around: Surroundings) -> list[Cell]:
    """The cells of lines that are one table, by row, then column."""
    page = _page([line for line in lines if line.text], around)
    return page.cells(page.found.units())


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


def joiner_for(blocks: Sequence[LayoutBlock]) -> Joiner:
    """What joins the lines of a page, by all its blocks."""
    prose = [[row.text for row in block.rows[block.label :]] for block in blocks if block.kind in PROSE]
    prose += [cell.lines for block in blocks for cell in block.cells]
    others = [line.text for block in blocks if block.kind not in PROSE and not block.cells for line in block.lines]
    return joiner_of(prose, others)


def parted(lines: Sequence[TextLine], around: Surroundings) -> tuple[list[TextLine], dict[Box, list[TextLine]]]:
    """Lines that stand by themselves, and those within each figure."""
    inside: dict[Box, list[TextLine]] = {box: [] for box in around.figures}
    free: list[TextLine] = []
    for line in lines:
        in_grid = any(grid.box.holds(*line.box.scaled(around.scale).middle) for grid in around.grids if grid.full)
        figure = next((box for box in inside if box.holds(*line.box.middle) and not in_grid), None)
        (free if figure is None else inside[figure]).append(line)
    return free, inside


def pieces_of(lines: Sequence[TextLine], around: Surroundings) -> tuple[list[TextLine], dict[str, Array]]:
    """Lines cut at gaps and at the borders of grids, and what the network is shown of them and of what is drawn."""
    pieces = [piece for line in lines for part in _cut_at_grids(line, around) for piece in pieces_at_gaps(part)]
    runs = [piece.scaled(around.scale).run for piece in pieces]
    return pieces, page_nodes(runs, around.drawn, seen=[(piece.kind == "table", piece.weight) for piece in pieces])


def _page(lines: Sequence[TextLine], around: Surroundings, turned: Sequence[TextLine] = ()) -> StructuredPage:
    pieces, arrays = pieces_of(lines, around)
    net = bundled()
    return StructuredPage(pieces, net(arrays, around.read), net, around.grids, around.scale, turned)


def pieces_at_gaps(line: TextLine) -> list[TextLine]:
    """A line cut at its gaps, which are less certain where it was read."""
    ends = [0, *cuts(line.words, READ_GAP_EM if line.source == "recogniser" else GAP_EM), len(line.words)]
    return [line.part(a, b) for a, b in zip(ends, ends[1:], strict=False)] if len(ends) > 2 else [line]


def _cut_at_grids(line: TextLine, around: Surroundings) -> list[TextLine]:
    """A line cut where the borders of grids that it reaches into part its words."""
    parts, box = [line], line.box.scaled(around.scale)
    for grid in (grid for grid in around.grids if grid.full and grid.box.overlap(box)):
        parts = [piece for part in parts for piece in cut(part, grid, around.scale)]
    return parts


def _is_held(box: Box, held: set[Box]) -> bool:
    """Whether a word stands among others, or within the mark that stands for it, as a tick does in its box."""
    return box in held or any(other.holds(*box.middle) for other in held)


SAME_DEGREES = 4  # by which lines of one text may differ


def turned_blocks(lines: Iterable[TextLine]) -> list[LayoutBlock]:
    """Arrange turned lines of a page in blocks: those of one direction that stand close are one text."""
    angles: dict[float, list[TextLine]] = defaultdict(list)
    for line in lines:
        near = next((angle for angle in angles if abs((line.turned - angle + 180) % 360 - 180) < SAME_DEGREES), None)
        angles[line.turned if near is None else near].append(line)
    texts = {angle: texts_of([_leveled(line, angle) for line in own]) for angle, own in angles.items()}
    return [_on_page(block, angle) for angle, rows in texts.items() for row in rows for block in row]


def _leveled(line: TextLine, angle: float) -> TextLine:
    """A line in the frame of its angle."""
    boxes = [level_box(word.box, angle, word.em) for word in line.words]
    words = (replace(word, box=box, baseline=box.bottom) for word, box in zip(line.words, boxes, strict=True))
    return replace(line, box=level_box(line.box, angle, line.em), words=tuple(words), turned=0.0)


def _on_page(block: LayoutBlock, angle: float) -> LayoutBlock:
    """A block of the frame of an angle where it lies on the page."""
    rows = tuple(Row(tuple(_turned(line, angle) for line in row.pieces)) for row in block.rows)
    return replace(block, rows=rows, box=page_box(block.box, angle))


def _turned(line: TextLine, angle: float) -> TextLine:
    words = tuple(replace(word, box=page_box(word.box, angle)) for word in line.words)
    return replace(line, box=page_box(line.box, angle), words=words, turned=angle)
