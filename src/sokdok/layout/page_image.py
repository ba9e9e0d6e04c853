"""The layout of a page that is known by its pixels and the lines a recogniser has read.

What is drawn on it, its ruling lines and shades, is found as a text layer has it. How large a point is, the size of the
type tells. Lines are seen in part and a little off, so they are set on the borders that they make.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from sokdok.imaging.arrays import color_sums
from sokdok.imaging.box import Box
from sokdok.imaging.grouping import components
from sokdok.imaging.shades import find_shades
from sokdok.layout.analyse import Surroundings, analyse, whole_table
from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.joining import joiner_of
from sokdok.layout.pictures import cropped, find_pictures
from sokdok.layout.set_lines import set_lines, weighed
from sokdok.layout.structure.nodes import Drawn, weighted_median
from sokdok.layout.tables.grids import MEET, Cell, Grid, cells_html, cells_of, grids_of, has_text
from sokdok.layout.tables.ruling_lines import Ruling, erased, find_ruling, find_steps
from sokdok.layout.text_line import TextLine
from sokdok.model.nano.alphabet import UNREAD_MARK
from sokdok.pages.textlayer import Rule

BODY_POINTS = 10.0  # size of most type
MIN_STEP_EM = 2.5  # of an edge between two grounds: longer than any in letters
LINE_EM, INK_SHARE = 0.2, 0.4  # from the sides of a cell in which its lines may be; of the type's contrast that ink has
LETTER_EM, DASH_EM = (0.45, 1.4), 0.2  # height of a letter that was not read; width of a dash, at least
DOUBT = 0.3  # times the lines' confidence, where there is hardly a table: a single row or column


def analyse_image(pixels: np.ndarray, lines: Sequence[TextLine]) -> list[LayoutBlock]:
    """Arrange the lines of a page (H, W, 3) uint8 RGB in blocks, its tables and pictures among them.

    Boxes are in pixels of the page; tables have their HTML.
    """
    return analyse(*seen_on(pixels, lines))


def seen_on(
    pixels: np.ndarray, lines: Sequence[TextLine], pictured: bool = True
) -> tuple[list[TextLine], Surroundings]:
    """The lines of a picture (H, W, 3) uint8 RGB as those of a text layer are set, and what is seen around them.

    Pictures are looked for where it may have some: `pictured`.
    """
    lines = [line for line in lines if line.text]
    levels = color_sums(pixels)
    gray = (levels // 3).astype(np.uint8)
    ruling = find_ruling(levels, lines) if lines else Ruling()
    lines = weighed(set_lines(lines), gray)
    ems, letters = np.array([line.em for line in lines]), np.array([len(line.text) for line in lines])
    em = weighted_median(ems, letters) if lines else BODY_POINTS
    scale = BODY_POINTS / em
    ruled = [(True, rule) for rule in ruling.horizontal] + [(False, rule) for rule in ruling.vertical]
    rules = [Rule(lies, float(rule.at) * scale, rule.start * scale, rule.end * scale, scale) for lies, rule in ruled]
    fills = [box.scaled(scale) for box in _shades(pixels, lines)]
    steps = find_steps(levels, round(MIN_STEP_EM * em)) if ruling.vertical else []
    edges = [Rule(True, step.at * scale, step.start * scale, step.end * scale, 0.0) for step in steps]
    small = [line.scaled(scale) for line in lines]
    closed = _set_on_borders([*rules, *edges])
    grids = [grid for grid in grids_of(closed) if has_text(grid, small)]
    lines += _unread(gray, grids, small, em)
    pictures = find_pictures(gray, erased(gray, ruling), lines) if pictured else []
    tables = [grid.box.scaled(1 / scale) for grid in grids if grid.full]
    pictures = [box for box in pictures if not any(box.share_in(table) > 0.5 for table in tables)]
    size = gray.shape[1] * scale, gray.shape[0] * scale
    drawn = Drawn(size, [box.scaled(scale) for box in pictures], fills=fills, rules=rules)
    return lines, Surroundings(drawn, scale, pictures, grids=grids, read=True)


def _unread(gray: np.ndarray, grids: Sequence[Grid], lines: Sequence[TextLine], em: float) -> Iterator[TextLine]:
    """Marks in the cells of full grids where ink of a letter's size is and nothing was read; `lines` in points.

    What is at the sides of a cell is of its lines; a dash stands in the middle. Type is `em` pixels large.
    """
    scale = BODY_POINTS / em
    empty = [(grid, cell) for grid in grids if grid.full for cell in cells_of(grid, lines) if not cell.pieces]
    type_parts = [cropped(gray, line.box.scaled(1 / scale)) for line in lines if empty]
    least = INK_SHARE * np.median([np.ptp(np.percentile(part, (2, 50))) for part in type_parts] or 0)
    for grid, cell in empty:
        sides = Box(grid.xs[cell.left], grid.ys[cell.top], grid.xs[cell.right + 1], grid.ys[cell.bottom + 1])
        inner = sides.scaled(1 / scale).grown(-LINE_EM * em)
        part = cropped(gray, inner)
        found = components(part < np.median(part) - least if part.size else part)
        for box in map(Box._make, found.boxes.tolist()):
            wide, high, off = box.width / em, box.height / em, abs(box.middle[1] / len(part) - 0.5)
            whole = min(box[:2]) > 0 and box.right < part.shape[1] and box.bottom < len(part) and wide < LETTER_EM[1]
            if whole and (LETTER_EM[0] < high < LETTER_EM[1] or (wide > DASH_EM > off and high < wide / 2)):
                yield TextLine(box.moved(inner.left, inner.top), UNREAD_MARK, 0.0, em)
                break


def read_table(pixels: np.ndarray, lines: Sequence[TextLine]) -> tuple[str, float]:
    """Read a table's picture (H, W, 3) uint8 RGB with its lines: its HTML, and a confidence from 0 to 1.

    "" and 0 without a line of text.
    """
    lines = [line for line in lines if line.text.strip()]
    if not lines:
        return "", 0.0
    cells = whole_table(*seen_on(pixels, lines, pictured=False))
    return cells_html(cells, joiner_of([cell.lines for cell in cells]).join), _confidence(cells)


def _confidence(cells: Sequence[Cell]) -> float:
    """Mean confidence of the symbols, less where there is hardly a table."""
    pieces = [piece for cell in cells for piece in cell.pieces]
    symbols = sum(len(piece.text) for piece in pieces)
    mean = sum(piece.confidence * len(piece.text) for piece in pieces) / symbols
    filled = [cell for cell in cells if cell.pieces]
    rows, columns = {cell.top for cell in filled}, {cell.left for cell in filled}
    return mean if min(len(rows), len(columns)) > 1 else DOUBT * mean


def _shades(pixels: np.ndarray, lines: Sequence[TextLine]) -> list[Box]:
    """The shades of a page, without those that are no higher than a line in them: its letters."""
    found = find_shades(pixels, float(np.median([line.em for line in lines]))) if lines else []
    return [
        box for box in found if not any(line.box.height > box.height and box.overlap(line.box) > 0 for line in lines)
    ]


def _set_on_borders(rules: Sequence[Rule]) -> list[Rule]:
    """Rules that end at the rules across that they nearly meet: a page may be bent, and letters hide parts of lines."""
    out = []
    for rule in rules:
        across = sorted(other.at for other in rules if other.horizontal is not rule.horizontal)
        start, end = (min(across, key=lambda at: abs(at - place), default=place) for place in (rule.start, rule.end))
        start = start if abs(start - rule.start) <= 2 * MEET else rule.start
        end = end if abs(end - rule.end) <= 2 * MEET else rule.end
        out.append(replace(rule, start=min(start, end), end=max(start, end)))
    return out
