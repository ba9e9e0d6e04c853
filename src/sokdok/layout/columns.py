"""Reading order: columns one after the other, each from top to bottom.

- A gutter is a vertical strip of paper that few lines cross, with running text on both sides. What crosses it (a title,
  a wide figure's caption) divides the page into bands; in each band the left column comes before the right one. So
  again within each column.
- Cells of a table are no columns: running text fills its column's width, cells don't. They stay rows. Entries of an
  index don't either; those of its columns make no rows with each other.
- A table or picture that text runs beside is read after that text.
- The pages of an open book are looked at one by one.
- Where a page has no gutter from top to bottom, the widest gap between rows that has one above or below it divides it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from statistics import median

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import rows
from sokdok.layout.text_line import TextLine

SAME_ROW = 0.3  # heights of a line that the middles of lines side by side may be apart: type is raised and lowered
MIN_LINES = 4  # of a column beside a gutter
MIN_FILL_SHARE = 0.55  # of its column's width that running text covers, on average
FILL_IN_ROWS = 1.0
"""share by which a single line must fill its column better, and n lines by the n-th part, if the lines of two columns
stand side by side as those of a table do"""
MIN_FULL_SHARE = 0.6
"""of the lines of two columns that stand side by side as those of a table do, on which the next word had no room; of n
lines the n-th part less"""
MIN_CHARACTERS = 10  # in a line of running text, on average: numbers have fewer
MIN_GUTTER_EM = 0.3  # width of a gutter's empty strip
MAX_CROSSING_SHARE = 0.35  # of a page's units that may cross a gutter
MAX_IN_ROWS_SHARE = 0.6
"""of a side's lines that may stand beside one of the other side, where only one side is running text"""
LIST_LINES, MAX_CROSSING_LISTS = 20, 0.1
"""lines of either column, and share of them that may cross the gutter, where neither is running text: an index"""
CHANCE_EM = 4.0
"""by which a gutter must be wider beside a single line, and beside n by the n-th part: where gaps between words meet by
chance"""
SLACK_EM = 0.15  # that the ends of a line may reach into a gutter: italics, and what a detector is off by
PICTURE_SLACK_EM = 0.75  # that the sides of a picture may: its place is known coarsely
STRIP_WEIGHT = 1 / 6  # lines that may cross a gutter more for each em that its empty strip is wider
WIDE = 1.2
"""times the usual gap between rows, of one that may part columns from what has none: rows of a table are even"""
FACING, MIDDLE_SHARE = 1.1, 0.1
"""times their height that facing pages are wide, at least; share of the width that what parts them is off its middle"""
MAX_TRIES = 6  # gutters, and gaps between rows, that are looked at closely


@dataclass(frozen=True, eq=False)
class Unit:
    """What is put in order: a line, or a table or picture as a whole."""

    box: Box
    lines: tuple[TextLine, ...]
    kind: str = ""  # `table` or `image`; empty for a line

    @property
    def anchor(self) -> Box:
        """Where it stands among rows of lines: a table or picture where it begins."""
        return self.box._replace(bottom=self.box.top + 1e-3) if self.kind else self.box

    def span(self, em: float) -> tuple[float, float]:
        """Left and right end, drawn in by what they may reach into a gutter."""
        slack = (PICTURE_SLACK_EM if self.kind == "image" else SLACK_EM) * em
        return self.box.left + slack, self.box.right - slack


def unit_rows(units: Sequence[Unit]) -> list[list[Unit]]:
    """Units side by side, rows from top to bottom, each from left to right."""
    return rows(units, lambda unit: unit.anchor, SAME_ROW)


def facing_pages(units: Sequence[Unit], em: float) -> list[list[Unit]]:
    """Units of the two pages of an open book, left one first; all as one where nothing parts them in the middle.

    Whatever the pages hold, running text or not: nothing reaches over the middle, and what they hold makes no rows.
    """
    around = Box.around(unit.box for unit in units) if units else Box(0, 0, 0, 0)
    if around.width > FACING * around.height:
        for x in _candidates(units, em):
            left, right = _sides(units, x, em)
            middle = abs(x - around.middle[0]) < MIDDLE_SHARE * around.width
            if middle and len(left) + len(right) == len(units) and not _in_rows(*_abreast(left, right)):
                return [left, right]
    return [list(units)]


def columns(units: Sequence[Unit], em: float) -> Iterator[list[Unit]]:
    """Divide a page's units into columns, in reading order; `em` is the size of most of its type."""
    gutter = _find_gutter(units, em)
    if gutter is None:
        parts = _around_inset(units, em) or _above_and_below(units, em)
        for part in parts:
            yield from columns(part, em) if len(parts) > 1 else [part]
        return
    whole: list[Unit] = []  # bands that the gutter does not divide, as long as they follow each other
    for band in _bands(units, gutter, em):
        left, right = _sides(band, gutter, em)
        if len(left) + len(right) < len(band) or _is_table(left, right):
            whole += band
            continue
        if whole:
            yield whole
            whole = []
        yield from columns(left, em)
        yield from columns(right, em)
    if whole:
        yield whole


def _around_inset(units: Sequence[Unit], em: float) -> list[list[Unit]]:
    """What stands above a table or picture that text runs beside, that text, it and its caption, and what is below."""
    found = unit_rows(units)
    for inset in (unit for unit in units if unit.kind in ("table", "image")):
        text = [u for u in units if not u.kind and u.box.top < inset.box.bottom and u.box.bottom > inset.box.top]
        gutter = _gutter_beside(inset, text)
        if gutter is None:
            continue
        at = {number for number, row in enumerate(found) if inset in row or any(unit in text for unit in row)}
        first, last = min(at), max(at)
        while first and _has_sides(found[first - 1], gutter, em):
            first -= 1
        while last + 1 < len(found) and _has_sides(found[last + 1], gutter, em):
            last += 1
        above, band, below = ([*chain(*rows)] for rows in (found[:first], found[first : last + 1], found[last + 1 :]))
        left, right = _sides(band, gutter, em)
        if len(left) + len(right) == len(band):
            return [part for part in (above, left, right, below) if part]
    return []


def _gutter_beside(inset: Unit, text: Sequence[Unit]) -> float | None:
    """The x between a table or picture and running text left or right of it; None if that is none."""
    if len(text) < MIN_LINES or _fill(text) < MIN_FILL_SHARE or _full_share(text) < MIN_FULL_SHARE:
        return None
    box = Box.around(unit.box for unit in text)
    left, right = (box, inset.box) if box.left < inset.box.left else (inset.box, box)
    return (left.right + right.left) / 2 if left.right <= right.left else None


def _has_sides(row: Sequence[Unit], gutter: float, em: float) -> bool:
    """Whether a row has something on both sides of a gutter, and nothing across it."""
    left, right = _sides(row, gutter, em)
    return bool(left and right) and len(left) + len(right) == len(row)


def _sides(units: Sequence[Unit], gutter: float, em: float) -> tuple[list[Unit], list[Unit]]:
    """Units left of a gutter and right of it, without those that cross it."""
    left = [unit for unit in units if unit.span(em)[1] <= gutter]
    others = [unit for unit in units if unit.span(em)[1] > gutter]
    return left, [unit for unit in others if unit.span(em)[0] >= gutter]


def _find_gutter(units: Sequence[Unit], em: float) -> float | None:
    """The x of the gutter that the fewest units cross, or None."""
    for x in _candidates(units, em):
        left, right = _sides(units, x, em)
        fills = sorted(_fill(side) if len(side) >= MIN_LINES else 0.0 for side in (left, right))
        in_rows = _in_rows(*_abreast(left, right))
        few = min(len(left), len(right))
        if fills[0] >= MIN_FILL_SHARE + (FILL_IN_ROWS / few if in_rows else 0):
            if not in_rows or min(_full_share(side) for side in (left, right)) >= MIN_FULL_SHARE - 1 / few:
                return x
            continue
        crossing = len(units) - len(left) - len(right)
        if fills[1] >= MIN_FILL_SHARE and not crossing and not in_rows:
            return x
        if few >= LIST_LINES and crossing <= MAX_CROSSING_LISTS * few and not in_rows:
            return x
    return None


def _candidates(units: Sequence[Unit], em: float) -> list[float]:
    """Places right of a unit that few units cross, best first: little crossing, then a wide empty strip."""
    if len(units) < 2 * MIN_LINES:
        return []
    lefts, rights = np.array([unit.span(em) for unit in units]).T
    scored = []
    for x in np.unique((rights / em * 2).round()) * em / 2 + em / 2:
        left, right = rights <= x, lefts >= x
        crossing = int((~(left | right)).sum())
        if min(left.sum(), right.sum()) >= MIN_LINES and crossing <= MAX_CROSSING_SHARE * len(units):
            strip_em = float(lefts[right].min() - rights[left].max()) / em
            if strip_em >= MIN_GUTTER_EM + 2 * SLACK_EM + CHANCE_EM / min(left.sum(), right.sum()):
                scored.append((crossing - STRIP_WEIGHT * strip_em, float(x)))
    return [x for _, x in sorted(scored)[:MAX_TRIES]]


def _abreast(left: Sequence[Unit], right: Sequence[Unit]) -> tuple[list[Unit], list[Unit]]:
    """The units of two sides, without what one has above or below all of the other: it tells nothing of rows."""
    boxes = [Box.around(unit.box for unit in side) for side in (left, right)]
    top, bottom = max(box.top for box in boxes), min(box.bottom for box in boxes)
    left, right = ([unit for unit in side if top <= unit.box.middle[1] <= bottom] for side in (left, right))
    return left, right


def _in_rows(left: Sequence[Unit], right: Sequence[Unit]) -> bool:
    """Whether most units of the shorter side stand beside one of the other: rows, rather than columns."""
    short, long = sorted((left, right), key=len)
    middles = np.array([unit.box.middle[1] for unit in long])
    beside = [np.abs(middles - unit.box.middle[1]).min() < 0.2 * unit.box.height for unit in short]
    return sum(beside) > MAX_IN_ROWS_SHARE * len(short)


def _is_table(left: Sequence[Unit], right: Sequence[Unit]) -> bool:
    """Whether the sides of a band are parts of rows, or one is empty."""
    if not (left and right):
        return True
    return min(_fill(left), _fill(right)) < MIN_FILL_SHARE and _in_rows(left, right)


def _fill(units: Sequence[Unit]) -> float:
    """Share of the rows' full width that units fill: much of it in running text; 0 if they are as short as numbers."""
    lines = [unit for unit in units if not unit.kind]
    if not lines:
        return 0.0
    characters = sum(len(line.text) for unit in lines for line in unit.lines)
    full_px = len(unit_rows(lines)) * Box.around(unit.box for unit in lines).width
    return sum(unit.box.width for unit in lines) / full_px if characters >= MIN_CHARACTERS * len(lines) else 0.0


def _full_share(units: Sequence[Unit]) -> float:
    """Share of a side's lines on which the first word of the next one had no room; 1 where places of words are unknown.

    Lines of running text are full but for a paragraph's last; cells of a table end where they have said enough.
    """
    found = unit_rows([unit for unit in units if not unit.kind])
    pairs = [(a[-1].box.right, b[0].lines[0]) for a, b in pairwise(found) if b[0].lines[0].words]
    if len(pairs) < MIN_LINES:
        return 1.0
    right = max(row[-1].box.right for row in found)
    return sum(end + line.words[0].box.width + line.em / 2 > right for end, line in pairs) / len(pairs)


def _above_and_below(units: Sequence[Unit], em: float) -> list[list[Unit]]:
    """Units above and below the widest gap that parts columns from what has none, such as a table; else all as one."""
    found = unit_rows(units)
    tops = [min(unit.box.top for unit in row) for row in found]
    bottoms = [max(unit.box.bottom for unit in row) for row in found]
    gaps = [top - bottom for top, bottom in zip(tops[1:], bottoms, strict=False)]
    wide = [at for at, gap in enumerate(gaps, 1) if gap > WIDE * median(gaps)]
    for at in sorted(wide, key=lambda at: -gaps[at - 1])[:MAX_TRIES]:
        parts = [[unit for row in half for unit in row] for half in (found[:at], found[at:])]
        if any(_find_gutter(part, em) is not None for part in parts):
            return parts
    return [list(units)] if units else []


def _bands(units: Sequence[Unit], gutter: float, em: float) -> Iterator[list[Unit]]:
    """From top to bottom, runs of rows with a unit across the gutter, and runs without."""
    band: list[Unit] = []
    last_wide = False
    for row in unit_rows(units):
        left, right = _sides(row, gutter, em)
        wide = len(left) + len(right) < len(row)
        if band and wide != last_wide:
            yield band
            band = []
        band += row
        last_wide = wide
    if band:
        yield band
