"""From lines to blocks in reading order.

- Columns are parted at gutters: upright strips of paper that few lines cross, with text of some width on both sides.
  What crosses a gutter (a title, a wide figure's caption) parts the page into bands, each read column by column.
- Lines that the finder takes for table cells, side by side, are one region that nothing parts.
- Lines join into a block while they are of one kind and size, below one another, and evenly spaced.

Boxes are (left, top, right, bottom) in pixels of the page, origin top left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sokdok.layout.text_line import FoundLine

Box = tuple[float, float, float, float]
_APART, _MOST_HEAD = 1.0, 3
"""ems between a running head and the text; pieces it may have"""
_FEWEST = 4
"""lines of a column"""
_GUTTER, _WIDE = 0.7, 7.0
"""least width of a gutter and of half of a column's lines, ems"""


@dataclass(frozen=True)
class ReadLine:
    """A line of a page and what it says."""

    line: FoundLine
    text: str
    confidence: float

    @property
    def box(self) -> Box:
        return self.line.box


@dataclass
class LayoutBlock:
    """Lines that belong together, in reading order."""

    kind: str
    """of `model.nano.formats.text_detector.KINDS`, or `image`"""
    lines: list[ReadLine]
    area: Box | None = None
    """of a table or picture, which is more than its lines"""

    @property
    def box(self) -> Box:
        return self.area or around([line.box for line in self.lines])

    @property
    def text(self) -> str:
        """Lines one below the other; pieces of one line are parted by a space."""
        return "\n".join(" ".join(line.text for line in row) for row in rows_of(self.lines))


@dataclass
class _Unit:
    """What is ordered: a line, or a table or picture as a whole."""

    box: Box
    lines: list[ReadLine]
    kind: str = ""
    """empty for a line"""

    @property
    def middle(self) -> float:
        return (self.box[1] + self.box[3]) / 2


def around(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds all boxes."""
    sides = np.array(boxes)
    left, top = sides[:, :2].min(0).tolist()
    right, bottom = sides[:, 2:].max(0).tolist()
    return left, top, right, bottom


def overlap(a: Box, b: Box) -> float:
    """Pixels that two boxes share."""
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def layout(lines: Sequence[ReadLine], figures: Sequence[Box] = (), tables: Sequence[Box] = ()) -> list[LayoutBlock]:
    """The blocks of a page in reading order, around its pictures and ruled tables, whose places are known."""
    lines = [line for line in lines if line.text]
    em = float(np.median([line.line.em for line in lines])) if lines else 16.0
    units: list[_Unit] = []
    for kind, boxes in (("image", figures), ("table", tables)):
        for box in boxes:
            held = [line for line in lines if _inside(line.box, box)]
            lines = [line for line in lines if not _inside(line.box, box)]
            units += [_Unit(box, held, kind)] if held or kind == "image" else []
    regions, others = table_regions(lines)
    units += [_Unit(around([line.box for line in region]), region, "table") for region in regions]
    units += [_Unit(line.box, [line]) for line in others]
    head, body, foot = _parted(units, em)
    return _blocks(_by_rows(head, em) + _ordered(body, em) + _by_rows(foot, em))


def _parted(units: list[_Unit], em: float) -> tuple[list[_Unit], list[_Unit], list[_Unit]]:
    """The first row, the rest, the last row, if first and last stand apart: heads and feet of all columns."""
    by_top, by_bottom = sorted(units, key=lambda u: u.box[1]), sorted(units, key=lambda u: -u.box[3])
    head = _alone(by_top, em, lambda a, b: b.box[1] - a.box[3])
    foot = _alone(by_bottom, em, lambda a, b: a.box[1] - b.box[3])
    if len(head) + len(foot) >= len(units):
        return [], units, []
    return head, [u for u in units if not any(u is other for other in head + foot)], foot


def _alone(units: list[_Unit], em: float, gap: Callable[[_Unit, _Unit], float]) -> list[_Unit]:
    """The first few units, if a gap of `_APART` ems follows them."""
    for count in range(1, min(_MOST_HEAD + 1, len(units))):
        if all(gap(unit, units[count]) > _APART * em for unit in units[:count]):
            return [] if any(unit.kind for unit in units[:count]) else units[:count]
    return []


def table_regions(lines: Sequence[ReadLine]) -> tuple[list[list[ReadLine]], list[ReadLine]]:
    """Neighbouring cells as regions, and the lines that are in none.

    A region has at least two rows with cells side by side; lines of any kind inside its box belong to it.
    """
    cells = [line for line in lines if line.line.kind == "table"]
    regions = [r for r in _clusters(cells) if sum(len(row) > 1 for row in rows_of(r)) >= 2]
    rest = list(lines)
    for region in regions:
        box = around([line.box for line in region])
        region += [line for line in rest if line not in region and _inside(line.box, box)]
        rest = [line for line in rest if line not in region]
    return regions, rest


def _clusters(cells: list[ReadLine]) -> list[list[ReadLine]]:
    """Cells connected by nearness: in one row, or one below the other within two ems."""
    clusters: list[list[ReadLine]] = []
    for cell in cells:
        near = [cluster for cluster in clusters if any(_neighbours(cell, other) for other in cluster)]
        clusters = [cluster for cluster in clusters if not any(cluster is other for other in near)]
        clusters.append([line for cluster in near for line in cluster] + [cell])
    return clusters


def _neighbours(a: ReadLine, b: ReadLine) -> bool:
    em = max(a.line.em, b.line.em)
    across = max(a.box[0], b.box[0]) - min(a.box[2], b.box[2])
    down = max(a.box[1], b.box[1]) - min(a.box[3], b.box[3])
    return (down < 0 and across < 24 * em) or (down < 2 * em and across < 0)


def _inside(box: Box, outer: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return outer[0] < x < outer[2] and outer[1] < y < outer[3]


def rows_of(lines: Sequence[ReadLine]) -> list[list[ReadLine]]:
    """Lines that share most of their height, from left to right, row by row."""
    rows: list[list[ReadLine]] = []
    for line in sorted(lines, key=lambda line: (line.box[1] + line.box[3]) / 2):
        middle = (line.box[1] + line.box[3]) / 2
        last = rows[-1][0] if rows else None
        if last is not None and abs(middle - (last.box[1] + last.box[3]) / 2) < 0.5 * min(line.line.em, last.line.em):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.box[0]) for row in rows]


def _ordered(units: list[_Unit], em: float) -> list[_Unit]:
    gutter = find_gutter(units, em)
    if gutter is None:
        return _by_rows(units, em)
    crossing = sorted((u for u in units if _crosses(u, gutter, em)), key=lambda u: u.middle)
    beside = [u for u in units if not _crosses(u, gutter, em)]
    ordered: list[_Unit] = []
    for band, wide in zip(_bands(beside, crossing), [*crossing, None], strict=True):
        for right in (False, True):
            ordered += _ordered([u for u in band if (u.box[0] + u.box[2] > 2 * gutter) == right], em)
        ordered += [wide] if wide else []
    return ordered


def _crosses(unit: _Unit, gutter: float, em: float) -> bool:
    return unit.box[0] + 0.15 * em < gutter < unit.box[2] - 0.15 * em


def _bands(units: list[_Unit], crossing: list[_Unit]) -> list[list[_Unit]]:
    """Units above the first crossing one, between it and the second, and so on."""
    bands: list[list[_Unit]] = [[] for _ in range(len(crossing) + 1)]
    edges = [unit.middle for unit in crossing]
    for unit in units:
        bands[int(np.searchsorted(edges, unit.middle))].append(unit)
    return bands


def _by_rows(units: list[_Unit], em: float) -> list[_Unit]:
    """From top to bottom; what stands in one row from left to right."""
    rows: list[list[_Unit]] = []
    for unit in sorted(units, key=lambda u: u.box[1]):
        if rows and not unit.kind and not rows[-1][0].kind and abs(unit.middle - rows[-1][0].middle) < 0.5 * em:
            rows[-1].append(unit)
        else:
            rows.append([unit])
    return [unit for row in rows for unit in sorted(row, key=lambda u: u.box[0])]


def find_gutter(units: Sequence[_Unit], em: float) -> float | None:
    """Where a column ends and the next begins: the x of the middle of the best strip of paper, None if there is none.

    At least `_FEWEST` lines stand on each side over a common height, half of them wide; few units cross.
    """
    if len(units) < 2 * _FEWEST:
        return None
    boxes = np.array([unit.box for unit in units])
    slack = 0.15 * em  # what the ends of lines are off by
    lefts, rights = np.sort(boxes[:, 0] + slack), np.sort(boxes[:, 2] - slack)
    xs = np.arange(lefts[0], rights[-1], em / 4)
    after = len(units) - np.searchsorted(lefts, xs, "left")
    before = np.searchsorted(rights, xs, "right")
    crossing = len(units) - after - before
    score = np.minimum(after, before) - 3 * crossing
    for at in np.argsort(-score, kind="stable")[: len(xs) // 2]:
        if score[at] < _FEWEST - 3:
            return None
        start, stop = _stretch(crossing, int(at))
        x = float(xs[start] + xs[stop - 1]) / 2
        if (stop - start) * em / 4 >= _GUTTER * em and _two_columns(boxes, x, em):
            return x
    return None


def _stretch(crossing: np.ndarray, at: int) -> tuple[int, int]:
    """How far to both sides hardly more is crossed than at a place."""
    narrow = np.nonzero(crossing > crossing[at] + 2)[0]
    edge = int(np.searchsorted(narrow, at))
    return int(narrow[edge - 1]) + 1 if edge else 0, int(narrow[edge]) if edge < len(narrow) else len(crossing)


def _two_columns(boxes: np.ndarray, x: float, em: float) -> bool:
    left, right = boxes[boxes[:, 2] <= x + 0.15 * em], boxes[boxes[:, 0] >= x - 0.15 * em]
    if min(len(left), len(right)) < _FEWEST:
        return False
    shared = min(left[:, 3].max(), right[:, 3].max()) - max(left[:, 1].min(), right[:, 1].min())
    widths = [float(np.median(side[:, 2] - side[:, 0])) for side in (left, right)]
    return shared > 4 * em and min(widths) > _WIDE * em


def _blocks(units: Sequence[_Unit]) -> list[LayoutBlock]:
    blocks: list[LayoutBlock] = []
    for unit in units:
        if unit.kind:
            blocks.append(LayoutBlock(unit.kind, unit.lines, unit.box))
        elif blocks and not blocks[-1].area and _belongs(blocks[-1], unit.lines[0]):
            blocks[-1].lines.append(unit.lines[0])
        else:
            kind = unit.lines[0].line.kind
            blocks.append(LayoutBlock("text" if kind == "table" else kind, list(unit.lines)))
    return blocks


def _belongs(block: LayoutBlock, line: ReadLine) -> bool:
    """Whether a line goes on with a block: same kind, size and column, no wider a gap than between its lines."""
    last, kind = block.lines[-1], "text" if line.line.kind == "table" else line.line.kind
    em = last.line.em
    if kind != block.kind or not 0.8 < line.line.em / em < 1.25:
        return False
    pitch = (line.box[1] + line.box[3] - last.box[1] - last.box[3]) / 2
    if abs(pitch) < 0.5 * em:
        return line.box[0] > last.box[0]  # the same row
    usual = _pitch(block) or 2.0 * em
    column = block.box
    overlap = min(line.box[2], column[2]) - max(line.box[0], column[0])
    indented = line.box[0] > column[0] + 0.8 * em and len(block.lines) > 1 and kind == "text"
    return (
        0 < pitch < 1.25 * usual
        and overlap > 0.5 * min(line.box[2] - line.box[0], column[2] - column[0])
        and not indented
    )


def _pitch(block: LayoutBlock) -> float | None:
    """From line to line, None for a single row."""
    rows = rows_of(block.lines)
    middles = [(row[0].box[1] + row[0].box[3]) / 2 for row in rows]
    return float(np.median(np.diff(middles))) if len(middles) > 1 else None
