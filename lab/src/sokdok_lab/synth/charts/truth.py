"""What is known of a synthetic chart: its table, every text, every mark, to the pixel."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sokdok.figures.chart.parse import heads_for
from sokdok.imaging.box import Box

Role = Literal["title", "axis title", "category", "value tick", "value label", "legend", "legend title", "note"]
Point = tuple[float, float]  # x, y in pixels
_MIDDLE_EM = 0.3  # from the baseline up to the middle of the em box
KINDS = ("bar", "horizontal bar", "grouped", "stacked", "line", "area", "pie", "scatter")


@dataclass(frozen=True)
class ChartData:
    """The facts that a chart shows."""

    kind: str  # one of `KINDS`
    title: str
    category_title: str
    value_title: str
    categories: tuple[str, ...]  # as written below the axis; of a scatter the x values
    series: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]  # of each series one a category
    decimals: int = 0
    unit: str = ""  # written behind values: %, 억, 만, or nothing

    def cell(self, value: float) -> str:
        """Write a value as the table does: no separators, the unit as the chart shows it."""
        return f"{value:.{self.decimals}f}{self.unit}"

    @property
    def rows(self) -> list[list[str]]:
        """The header, then a row a category: its name and the value of each series."""
        heads = heads_for([self.title, self.category_title, self.value_title, *self.categories, *self.series])
        single = [self.value_title or heads.value]
        header = [self.category_title or heads.category, *(self.series if len(self.series) > 1 else single)]
        columns = zip(*self.values, strict=True)
        return [header, *([name, *map(self.cell, row)] for name, row in zip(self.categories, columns, strict=True))]

    @property
    def html(self) -> str:
        """The table as the family writes it."""
        rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in self.rows)
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


@dataclass(frozen=True)
class ChartText:
    """A text drawn on a chart."""

    text: str
    box: Box
    role: Role
    left: Point  # middle of its em box where it begins
    right: Point  # middle of its em box where it ends
    em: float  # pixels per em of its type
    angle: float = 0.0  # degrees counter-clockwise


def line_from(baseline: Point, width: float, em: float, angle: float) -> tuple[Point, Point]:
    """Place the ends of a text in the middle of its em box.

    baseline: where its baseline begins. width: its pixels. angle: degrees counter-clockwise.
    """
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    x, y = baseline[0] - _MIDDLE_EM * em * sine, baseline[1] - _MIDDLE_EM * em * cosine
    return (x, y), (x + width * cosine, y - width * sine)


@dataclass(frozen=True)
class Mark:
    """What stands for one value: a bar, a sector, or a point of a line, an area or a scatter."""

    kind: Literal["bar", "point", "sector"]
    series: int
    category: int
    box: Box  # around a bar or sector; around a point an empty one


@dataclass(frozen=True, eq=False)
class SyntheticChart:
    """A drawn chart and its truth."""

    pixels: np.ndarray  # (H, W, 3) uint8 RGB
    data: ChartData
    texts: tuple[ChartText, ...]
    marks: tuple[Mark, ...]
    plot: Box  # inside the axes; of a pie the square around it
