"""In which order the pieces of a page are read: columns one after the other, each from top to bottom.

- A gutter is a vertical strip that few pieces cross, with running text on both sides. What crosses it (a title, a wide
  figure's caption) divides the page into bands; in each band the left column comes before the right one. So again
  within each column.
- Cells of a table are not columns: running text fills its column's width, cells don't. They stay rows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sokdok.pages.textlayer import LayerLine, Piece, around

MIN_LINES = 4
"""pieces on either side of a gutter"""
MIN_FILL = 0.55
"""of its column's width, that a column's pieces cover on average"""
MIN_CHARACTERS = 10
"""in a column's pieces on average"""
MOST_CROSSING = 0.35
"""of all pieces, that may cross a gutter"""


MOST_CUTS = 6
"""gutters, and gaps between rows, that are tried"""
MOST_IN_ROWS = 0.6
"""of a side's pieces, that may stand beside one of the other side where only one side is running text"""
GRID = 2
"""decimals: gutters are looked for every hundredth of the page's width"""


def in_reading_order(pieces: list[Piece]) -> Iterator[LayerLine]:
    """Lines made of the pieces. Turned pieces come last, one by one."""
    column = 0
    for group in _columns([piece for piece in pieces if not piece.turned]):
        for row in _rows(group):
            yield LayerLine(tuple(row), column)
        column += 1
    for piece in pieces:
        if piece.turned:
            yield LayerLine((piece,), column)
            column += 1


def _columns(pieces: list[Piece]) -> Iterator[list[Piece]]:
    gutter = _gutter(pieces)
    if gutter is None:
        for part in _parts(pieces):
            yield from [part] if len(part) == len(pieces) else _columns(part)
        return
    whole: list[Piece] = []
    for band in _bands(pieces, gutter):
        left = [piece for piece in band if piece.box[2] <= gutter]
        right = [piece for piece in band if piece.box[0] >= gutter]
        if len(left) + len(right) < len(band) or _is_table(left, right):
            whole += band
            continue
        if whole:
            yield whole
            whole = []
        yield from _columns(left)
        yield from _columns(right)
    if whole:
        yield whole


def _gutter(pieces: list[Piece]) -> float | None:
    """Where the gutter with the least crossing is, or None."""
    for x in _candidates(pieces):
        left = [piece for piece in pieces if piece.box[2] <= x]
        right = [piece for piece in pieces if piece.box[0] >= x]
        running = _is_column(left) + _is_column(right)
        if running == 2 or (running and len(left) + len(right) == len(pieces) and not _in_rows(left, right)):
            return x
    return None


def _candidates(pieces: list[Piece]) -> list[float]:
    """Right edges that few pieces cross, best first: little crossing, then a wide empty strip."""
    edges = np.array([(piece.box[0], piece.box[2]) for piece in pieces]).reshape(-1, 2)
    scored = []
    for x in np.unique(edges[:, 1].round(GRID)) + 10.0**-GRID:
        left, right = edges[edges[:, 1] <= x], edges[edges[:, 0] >= x]
        crossing = len(edges) - len(left) - len(right)
        if min(len(left), len(right)) >= MIN_LINES and crossing <= MOST_CROSSING * len(edges):
            strip = right[:, 0].min() - left[:, 1].max()
            scored.append((crossing - 10 * strip, float(x)))
    return [x for _, x in sorted(scored)[:MOST_CUTS]]


def _in_rows(left: list[Piece], right: list[Piece]) -> bool:
    """Whether most pieces of the shorter side stand beside one of the other: rows, rather than columns."""
    short, long = sorted((left, right), key=len)
    middles = np.array([_middle(piece) for piece in long])
    beside = [np.abs(middles - _middle(piece)).min() < 0.2 * (piece.box[3] - piece.box[1]) for piece in short]
    return sum(beside) > MOST_IN_ROWS * len(short)


def _is_table(left: list[Piece], right: list[Piece]) -> bool:
    """Whether the sides of a band are parts of rows, or one is empty."""
    if not (left and right):
        return True
    return not (_is_running(left) and _is_running(right)) and _in_rows(left, right)


def _is_column(pieces: list[Piece]) -> bool:
    """Whether these look like running text, and enough of it."""
    return len(pieces) >= MIN_LINES and _is_running(pieces)


def _is_running(pieces: list[Piece]) -> bool:
    """Whether pieces fill the lines they stand in, and are no numbers."""
    left, _, right, _ = around([piece.box for piece in pieces])
    rows = sum(1 for _ in _rows(pieces))
    fill = sum(piece.box[2] - piece.box[0] for piece in pieces) / (rows * max(right - left, 1e-9))
    return fill >= MIN_FILL and sum(len(piece.text) for piece in pieces) >= MIN_CHARACTERS * len(pieces)


def _parts(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """Above and below the widest gap that parts columns from what has none, such as a table; else all as one."""
    rows = list(_rows(pieces))
    tops, bottoms = ([edge(piece.box[side] for piece in row) for row in rows] for edge, side in ((min, 1), (max, 3)))
    gaps = sorted(range(1, len(rows)), key=lambda at: bottoms[at - 1] - tops[at])[:MOST_CUTS]
    for at in gaps:
        parts = [[piece for row in half for piece in row] for half in (rows[:at], rows[at:])]
        if any(_gutter(part) is not None for part in parts):
            yield from parts
            return
    if pieces:
        yield pieces


def _bands(pieces: list[Piece], gutter: float) -> Iterator[list[Piece]]:
    """From top to bottom, runs of rows with a piece across the gutter, and runs without."""
    band: list[Piece] = []
    last_wide = False
    for row in _rows(pieces):
        wide = any(piece.box[0] < gutter < piece.box[2] for piece in row)
        if band and wide != last_wide:
            yield band
            band = []
        band += row
        last_wide = wide
    if band:
        yield band


def _rows(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """Pieces side by side, from left to right, top row first."""
    row: list[Piece] = []
    for piece in sorted(pieces, key=_middle):
        if row and not _beside(row, piece):
            yield sorted(row, key=lambda piece: piece.box[0])
            row = []
        row.append(piece)
    if row:
        yield sorted(row, key=lambda piece: piece.box[0])


def _middle(piece: Piece) -> float:
    return (piece.box[1] + piece.box[3]) / 2


def _beside(row: list[Piece], piece: Piece) -> bool:
    """Whether a piece's middle lies within the first piece of the row, with room for raised and lowered type."""
    _, top, _, bottom = row[0].box
    return _middle(piece) < bottom - 0.2 * (bottom - top)
