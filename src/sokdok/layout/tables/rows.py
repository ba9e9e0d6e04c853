"""Where a table's rows part: at rules, and between the blocks of lines that cells are made of.

- Lines of one cell stand closer than rows do. Where both occur, the distances in the columns fall into two groups, and
  those of the smaller one join lines into blocks; where they don't, every line is a block.
- Blocks side by side are a row. A block beside several rows spans them.
- Where rules part most rows already, they alone do: a cell's paragraphs are not its rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sokdok.layout.tables.axes import FULL, Border, join_rules
from sokdok.layout.tables.pieces import Piece
from sokdok.layout.tables.ruling_lines import Rule

LOOSE = 1.9
"""lines of a cell are nearer than this, from middle to middle, in heights of a line"""
STEP, LEAP = 1.12, 1.25
"""how much larger the distance of rows is, at least and beyond doubt"""
WRAPPED, DOUBTED = 0.65, 0.5
"""share of the columns in which lines go on, at most, where distances are told apart beyond doubt, or are not"""
OVERLAP = 0.35
"""of the lower one: what stands side by side in a row"""


@dataclass
class Block:
    """Lines of one cell."""

    column: int
    top: float
    bottom: float
    lines: int = 1

    def beside(self, top: float, bottom: float) -> bool:
        """Whether a stretch from top to bottom lies beside it."""
        shared = min(self.bottom, bottom) - max(self.top, top)
        return shared > OVERLAP * min(self.bottom - self.top, bottom - top)


@dataclass(frozen=True)
class Rows:
    """How a table is cut into rows."""

    borders: list[Border]
    """inner ones, from top to bottom"""
    spanning: list[Block]
    """blocks beside several rows"""


def find_rows(pieces: Sequence[Piece], rules: Sequence[Rule], columns: Sequence[Border]) -> Rows:
    """The rows of a table whose columns are known."""
    top, bottom = min(piece.top for piece in pieces), max(piece.bottom for piece in pieces)
    ruled = [border for border in join_rules(rules) if top < border.at < bottom]
    stacks = _stacks(pieces, columns)
    blocks = _blocks(stacks, ruled, _line_distance(stacks, ruled, len(columns) + 1))
    intervals, spanning = _side_by_side(blocks)
    bands = _bands(intervals, ruled)
    if _part_all(bands):
        intervals = [stretch for band in bands for stretch in _kept(band, blocks, len(columns) + 1)]
        spanning = []
    gaps = [(upper[1] + lower[0]) / 2 for upper, lower in pairwise(intervals)]
    between = [
        Border(gap)
        for gap, (upper, lower) in zip(gaps, pairwise(intervals), strict=True)
        if not _rule_in(ruled, upper, lower)
    ]
    return Rows(sorted([*ruled, *between], key=lambda border: border.at), spanning)


def _stacks(pieces: Sequence[Piece], columns: Sequence[Border]) -> dict[int, list[Piece]]:
    """Pieces by the column of their middle, from top to bottom."""
    stacks: dict[int, list[Piece]] = defaultdict(list)
    for piece in sorted(pieces, key=lambda piece: piece.middle[1]):
        stacks[sum(border.at <= piece.middle[0] for border in columns)].append(piece)
    return stacks


def _rule_in(ruled: Sequence[Border], upper: tuple[float, float], lower: tuple[float, float]) -> bool:
    return any(sum(upper) / 2 < border.at < sum(lower) / 2 for border in ruled)


def _line_distance(stacks: dict[int, list[Piece]], ruled: Sequence[Border], columns: int) -> float:
    """Largest distance of two lines of one cell, from middle to middle; 0 if no cell has several."""
    pairs = [pair for stack in stacks.values() for pair in pairwise(stack) if not _parted(*pair, ruled)]
    steps = sorted(lower.middle[1] - upper.middle[1] for upper, lower in pairs)
    height = float(np.median([piece.height for stack in stacks.values() for piece in stack]))
    steps = [step for step in steps if step > 0.5 * height]
    jumps = [(larger / smaller, 1.02 * smaller) for smaller, larger in pairwise(steps) if smaller <= LOOSE * height]
    fills = {limit: _fill(stacks, limit, height) for ratio, limit in jumps[1:] if ratio >= STEP}
    most = {limit: max(1.5, columns * (WRAPPED if ratio >= LEAP else DOUBTED)) for ratio, limit in jumps}
    found = [(ratio, limit) for ratio, limit in jumps[1:] if fills.get(limit, np.inf) <= most[limit]]
    return next((limit for ratio, limit in found if ratio >= LEAP), max(found, default=(0.0, 0.0))[1])


def _parted(upper: Piece, lower: Piece, ruled: Sequence[Border]) -> bool:
    return any(
        upper.middle[1] < border.at < lower.middle[1] and border.covers(lower.left, lower.right) for border in ruled
    )


def _fill(stacks: dict[int, list[Piece]], limit: float, height: float) -> float:
    """Columns in which lines so near go on, where they do: few for cells of several lines, most for dense rows."""
    pairs = [pair for stack in stacks.values() for pair in pairwise(stack)]
    middles = sorted(lower.middle[1] for upper, lower in pairs if lower.middle[1] - upper.middle[1] <= limit)
    counts = np.bincount(np.cumsum(np.diff(middles, prepend=middles[0]) > 0.5 * height))
    return float((counts**2).sum() / counts.sum())


def _blocks(stacks: dict[int, list[Piece]], ruled: Sequence[Border], distance: float) -> list[Block]:
    blocks: list[Block] = []
    for column, stack in stacks.items():
        last: Piece | None = None
        for piece in stack:
            near = last is not None and piece.middle[1] - last.middle[1] <= distance and not _parted(last, piece, ruled)
            if near or (last is not None and piece.middle[1] - last.middle[1] < 0.5 * piece.height):
                block = blocks[-1]
                block.top, block.bottom, block.lines = (
                    min(block.top, piece.top),
                    max(block.bottom, piece.bottom),
                    block.lines + near,
                )
            else:
                blocks.append(Block(column, piece.top, piece.bottom))
            last = piece
    return blocks


def _side_by_side(blocks: list[Block]) -> tuple[list[tuple[float, float]], list[Block]]:
    """Rows as stretches from top to bottom, and the blocks that lie beside several."""
    rows: list[list[Block]] = []
    spanning = []
    for block in sorted(blocks, key=lambda block: (block.bottom - block.top, block.top)):
        beside = [row for row in rows if block.beside(*_stretch(row))]
        if len(beside) > 1:
            spanning.append(block)
        elif beside:
            beside[0].append(block)
        else:
            rows.append([block])
    return sorted(map(_stretch, rows)), spanning


def _stretch(row: list[Block]) -> tuple[float, float]:
    return min(block.top for block in row), max(block.bottom for block in row)


def _bands(intervals: list[tuple[float, float]], ruled: Sequence[Border]) -> list[list[tuple[float, float]]]:
    """Rows by the rules between which they stand."""
    bands: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for stretch in intervals:
        bands[sum(border.at < sum(stretch) / 2 for border in ruled)].append(stretch)
    return list(bands.values())


def _part_all(bands: list[list[tuple[float, float]]]) -> bool:
    """Whether rules part all rows: most bands hold one, or none holds many of them."""
    single, rows = sum(len(band) == 1 for band in bands), sum(map(len, bands))
    return len(bands) >= 3 and (single >= FULL * len(bands) or max(map(len, bands)) <= 0.4 * rows)


def _kept(band: list[tuple[float, float]], blocks: list[Block], columns: int) -> list[tuple[float, float]]:
    """A band between rules as one row, or as its rows where nearly all of several fill the columns."""
    fills = [len({block.column for block in blocks if block.beside(*stretch)}) for stretch in band]
    full = sum(fill >= FULL * columns for fill in fills)
    if (len(band) >= 3 and full >= 0.8 * len(band)) or fills == [columns, columns]:
        return band
    return [(band[0][0], band[-1][1])]
