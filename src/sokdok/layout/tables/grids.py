"""The grid of a table: places of its lines, whoever found them. Points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sokdok.imaging.box import Box
from sokdok.layout.blocks import GAP_EM
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Rule, Word

SAME = 1.6  # points: lines and ends no further apart are in one place
MEET = 2.5  # points: ends no further from a line touch it
MIN_LINES_PER_CELL = 0.3  # lines of text for each cell; the grid of a chart has fewer


@dataclass(frozen=True)
class Grid:
    """The lines of a table."""

    xs: tuple[float, ...]
    """borders of columns, both outer ones included; only these two where nothing tells the inner ones"""
    ys: tuple[float, ...]  # borders of rows, both outer ones included
    horizontal: tuple[Rule, ...]  # pieces as they are drawn
    vertical: tuple[Rule, ...]

    @property
    def box(self) -> Box:
        return Box(self.xs[0], self.ys[0], self.xs[-1], self.ys[-1])


@dataclass(frozen=True, eq=False)
class Line:
    """Pieces of one line, end to end."""

    pieces: tuple[Rule, ...]
    horizontal: bool
    at: float
    start: float
    end: float


def distinct(rules: Sequence[Rule]) -> list[Rule]:
    """Without lines that are drawn over others: the borders of two cells, or the inner lines of a thick one."""
    seen: set[tuple[bool, int, int, int]] = set()
    kept = []
    for rule in rules:
        key = (rule.horizontal, round(rule.at / SAME), round(rule.start / SAME), round(rule.end / SAME))
        if key not in seen:
            seen.add(key)
            kept.append(rule)
    return kept


def whole_lines(rules: Iterable[Rule]) -> list[Line]:
    """Pieces that go on with each other as whole lines."""
    found: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda rule: (rule.horizontal, round(rule.at / SAME), rule.start)):
        last = found[-1] if found else []
        if (
            last
            and last[0].horizontal == rule.horizontal
            and abs(last[0].at - rule.at) <= SAME
            and rule.start <= max(piece.end for piece in last) + MEET
        ):
            last.append(rule)
        else:
            found.append([rule])
    return [
        Line(
            tuple(group),
            group[0].horizontal,
            group[0].at,
            min(piece.start for piece in group),
            max(piece.end for piece in group),
        )
        for group in found
    ]


def places(values: Iterable[float]) -> tuple[float, ...]:
    """Values in rising order, those that are nearly the same as one: nothing stands between lines that are so close."""
    groups: list[list[float]] = []
    for value in sorted(values):
        if groups and value - groups[-1][-1] <= SAME + 0.4:
            groups[-1].append(value)
        else:
            groups.append([value])
    middles = [sum(group) / len(group) for group in groups]
    kept = middles[:1]
    for middle in middles[1:]:
        if middle - kept[-1] > 2 * MEET:
            kept.append(middle)
    return tuple(kept)


def has_text(grid: Grid, lines: Sequence[TextLine]) -> bool:
    """Whether a grid has the lines of text that a table has; the grid of a chart has fewer."""
    cells = (len(grid.xs) - 1) * (len(grid.ys) - 1)
    return sum(grid.box.holds(*line.box.middle) for line in lines) >= MIN_LINES_PER_CELL * cells


def cut(line: TextLine, at: Sequence[float]) -> list[TextLine]:
    """A line cut between words where its words stand in several columns."""
    if len(line.words) < 2 or not any(line.box.left < x < line.box.right for x in at):
        return [line]
    parts: list[list[int]] = []
    last = -1
    for index, word in enumerate(line.words):
        column = sum(x <= word.box.middle[0] for x in at)
        if column != last:
            parts.append([])
        parts[-1].append(index)
        last = column
    return [line.part(part[0], part[-1] + 1) for part in parts] if len(parts) > 1 else [line]


def cut_at_gaps(line: TextLine) -> list[TextLine]:
    """A line cut where its words stand as far from each other as cells do."""
    starts = [
        number for number, (a, b) in enumerate(pairwise(line.words), 1) if b.box.left - a.box.right >= GAP_EM * line.em
    ]
    ends = [*starts, len(line.words)]
    return [line.part(a, b) for a, b in zip([0, *starts], ends, strict=True)] if starts else [line]


def crosses(word: Word, x: float) -> bool:
    """Whether a word stands on both sides of a border."""
    slack = 0.2 * word.em
    return word.box.left + slack < x < word.box.right - slack
