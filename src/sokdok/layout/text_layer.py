"""The layout of a page that is known by its text layer: words and how they are set, and what its paths draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sokdok.imaging.box import Box
from sokdok.layout.analyse import analyse, with_all
from sokdok.layout.blocks import LayoutBlock, body_size
from sokdok.layout.figures import figures_of
from sokdok.layout.formulas.find import Formula, formulas_of
from sokdok.layout.joining import Joiner, joiner_of
from sokdok.layout.outline import in_outline
from sokdok.layout.tables.drawn_grids import drawn_grids, edges_of
from sokdok.layout.tables.grids import MEET, Grid, has_text
from sokdok.layout.tables.reader import cells_html
from sokdok.layout.tables.table_cells import table_cells
from sokdok.layout.text_line import TextLine, text_of
from sokdok.layout.typeset.notes import notes_apart
from sokdok.pages.textlayer import Link, Piece, TextLayer, Word

PROSE = ("text", "list", "page_footnote")  # kinds of block whose lines tell how a page's lines end
IN_FIGURE_SHARE = 0.8
"""of a grid that lies in a figure: lines of a chart or boxes of a diagram, unless it is closed and has text in it"""
CLOSED_SHARE = 0.95  # of a table's width that lines above and below it have: boxes side by side leave gaps
TABLE_SHARE = 0.5  # of a drawing that is tables: it is no figure
MARK_GAP_EM = 2.5  # from a drawn bullet to its text, at most
TYPEWRITTEN_SHARE = 0.98
"""of a page's characters in equally wide letters; more, and the page is typewritten rather than a program"""


def layer_lines(layer: TextLayer) -> list[TextLine]:
    """A layer's pieces as lines, in the order of the file, drawn bullets before them; boxes and sizes in points."""
    lines = [_line(piece) for piece in layer.pieces]
    if _typewritten(layer.pieces):
        lines = [replace(line, words=tuple(replace(word, mono=False) for word in line.words)) for line in lines]
    for mark in layer.marks:
        _put_before(mark, lines, "•")
    for sign, boxes in (("[x]", layer.ticked), ("[ ]", layer.unticked)):
        for box in boxes:
            _tick(box, lines, sign)
    return [_linked(line, layer.links) for line in lines] if layer.links else lines


def analyse_layer(layer: TextLayer, more: Sequence[TextLine] = ()) -> tuple[list[LayoutBlock], Joiner]:
    """Arrange a layer's lines in blocks, boxes in points, tables with their HTML; and what joins the page's lines.

    `more` are lines of the page that are not in the layer, in points too.
    """
    lines = [*layer_lines(layer), *more]
    figures = figures_of(layer.drawings, lines, layer.size)
    grids, frames = drawn_grids(layer.rules, layer.fills, layer.size[1], lines, list(edges_of(layer.fills)))
    grids = [
        grid
        for grid in grids
        if has_text(grid, lines)
        and _is_closed(grid)
        or not any(grid.box.share_in(figure) > IN_FIGURE_SHARE for figure in figures)
    ]
    figures = [box for box in figures if sum(box.overlap(grid.box) for grid in grids) < TABLE_SHARE * box.area]
    lines = [framed(line, frames) for line in lines]
    tables = [grid.box for grid in grids]
    lines, notes = notes_apart(lines, layer, [*tables, *figures], body_size(lines))
    formulas = (
        [] if _typewritten(layer.pieces) else formulas_of(lines, layer.rules, [*tables, *figures], body_size(lines))
    )
    places = [formula.box for formula in formulas]
    blocks = in_outline(analyse(lines, layer.size[1], figures, tables, places), layer.outline)
    foot = len(blocks)
    while foot > 1 and blocks[foot - 1].apart:
        foot -= 1
    blocks = with_all([*blocks[:foot], *notes, *blocks[foot:]], [*map(_line, layer.pieces), *more])
    joiner = joiner_for(blocks)
    told = {formula.box: formula for formula in formulas}
    blocks = [_with_latex(block, told[block.box]) if block.kind == "equation" else block for block in blocks]
    return [_with_cells(block, grids, joiner) if block.kind == "table" else block for block in blocks], joiner


def _is_closed(grid: Grid) -> bool:
    """Whether lines run above and below a grid from side to side."""
    left, right = grid.xs[0], grid.xs[-1]
    return all(
        sum(min(rule.end, right) - max(rule.start, left) for rule in grid.horizontal if abs(rule.at - y) <= MEET)
        >= CLOSED_SHARE * (right - left)
        for y in (grid.ys[0], grid.ys[-1])
    )


def joiner_for(blocks: Sequence[LayoutBlock]) -> Joiner:
    """What joins the lines of a page, by all its blocks."""
    prose = [[row.text for row in block.rows] for block in blocks if block.kind in PROSE]
    others = [line.text for block in blocks if block.kind not in PROSE for line in block.lines]
    return joiner_of(prose, others)


def layer_text(layer: TextLayer) -> str:
    """A layer's text in reading order, a line of the page a line."""
    return "\n".join(block.text for block in analyse_layer(layer)[0])


def _line(piece: Piece) -> TextLine:
    return TextLine(piece.box, piece.text, em=piece.em, source="layer", turned=piece.turned, words=piece.words)


def _linked(line: TextLine, links: Sequence[Link]) -> TextLine:
    """A line whose words know where they lead."""
    over = [link for link in links if line.box.overlap(link.box)]
    if not over:
        return line
    words = (
        replace(word, link=next((link.target for link in over if link.box.holds(*word.box.middle)), ""))
        for word in line.words
    )
    return replace(line, words=tuple(words))


def _typewritten(lines: Sequence[Piece]) -> bool:
    """Whether most of a page is set in equally wide letters, so that they say nothing."""
    counts = {
        mono: sum(len(word.text) for line in lines for word in line.words if word.mono is mono)
        for mono in (True, False)
    }
    return counts[True] > TYPEWRITTEN_SHARE * (counts[True] + counts[False])


def _tick(box: Box, lines: list[TextLine], sign: str) -> None:
    """Set a box to tick before its line; a letter in the box is the tick."""
    for number, line in enumerate(lines):
        if not line.words or not box.holds(*line.words[0].box.middle):
            continue
        sign = "[x]"
        if len(line.words) == 1:
            del lines[number]
            break
        words = (replace(line.words[0], text=sign, box=box), *line.words[1:])
        lines[number] = replace(line, text=text_of(words), words=words, marked=True)
        return
    _put_before(box, lines, sign)


def _put_before(mark: Box, lines: list[TextLine], sign: str) -> None:
    """Set a drawn bullet before the line that it stands beside, as a sign."""
    x, y = mark.middle
    beside = [
        number
        for number, line in enumerate(lines)
        if line.words
        and not line.marked
        and line.box.top < y < line.box.bottom
        and 0 <= line.box.left - mark.right < MARK_GAP_EM * line.em
        and max(mark.width, mark.height) < line.em
    ]
    if not beside:
        return
    number = min(beside, key=lambda number: lines[number].box.left)
    line = lines[number]
    word = Word(sign, mark, line.em, line.words[0].baseline)
    lines[number] = replace(
        line, box=Box.around([line.box, mark]), text=f"{sign} {line.text}", words=(word, *line.words), marked=True
    )


def framed(line: TextLine, frames: Sequence[Box]) -> TextLine:
    """A line that knows the smallest of the frames around it."""
    around = [frame for frame in frames if frame.holds(*line.box.middle)]
    return replace(line, frame=min(around, key=lambda frame: frame.area)) if around else line


def _with_latex(block: LayoutBlock, formula: Formula) -> LayoutBlock:
    """A formula with its LaTeX, or with the paper around it that shows all of it."""
    return replace(block, latex=formula.latex, box=formula.shown)


def _with_cells(block: LayoutBlock, grids: Sequence[Grid], joiner: Joiner) -> LayoutBlock:
    """A table with its HTML, and with the places of its columns."""
    grid = next((grid for grid in grids if grid.box == block.box), None)
    cells, columns = table_cells([row.pieces for row in block.rows], grid)
    return replace(block, html=cells_html(cells, joiner.join), columns=columns)
