"""A chart's table: what a reader wrote, parsed to numbers, checked, and given as DataFrame, CSV, XLSX or a drawing.

- `parse_chart` takes an HTML or Markdown table. It never raises: what is no chart's table is `valid=False` with a
  reason; what looks wrong is a warning.
- Numbers are read as people write them (`figures.chart.numbers`): 1,234 and 12% and 3억 and (4.5).
- The first row names the columns, the first column the categories; both stay as written. Columns that a chart gives no
  name itself are called in the language of the texts that it shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sokdok.errors import imported
from sokdok.figures.chart.numbers import Number, parse_number
from sokdok.pages.hangul import is_syllable
from sokdok.reasons import say
from sokdok.tables.markup import Cell
from sokdok.tables.parse import Table, parse_table

if TYPE_CHECKING:
    import pandas


def heads_for(texts: Iterable[str]) -> tuple[str, str, str]:
    """What categories, values and series are called, in Korean where any text of the chart is."""
    return ("항목", "값", "계열") if any(map(is_syllable, "".join(texts))) else ("Category", "Value", "Series")


_ROUNDING_PERCENT = 1.0  # that shares may differ from 100 by rounding
_WHOLE_PERCENT = (80.0, 120.0)  # between which the sum of a single column is that of parts of a whole
_MOST_NAMED = 5  # cells that a warning names


@dataclass(frozen=True)
class Chart:
    """The table behind a chart."""

    table: Table
    title: str = ""
    valid: bool = True
    reason: str = ""  # why it is not valid
    warnings: tuple[str, ...] = ()
    confidence: float | None = None  # 0 to 1, if the reader says

    @cached_property
    def _grid(self) -> list[list[str]]:
        return self.table.grid(repeat=True)

    @property
    def header(self) -> list[str]:
        """What the columns are called, the column of the categories first."""
        return self._grid[0] if self._grid else []

    @property
    def rows(self) -> list[list[str]]:
        """The rows below the header, as written."""
        return self._grid[1:]

    @property
    def categories(self) -> list[str]:
        return [row[0] for row in self.rows]

    @property
    def series(self) -> list[str]:
        return self.header[1:]

    @cached_property
    def cells(self) -> list[list[Number | None]]:
        """Of each row the numbers of its series; None where a cell holds none."""
        return [[parse_number(cell) for cell in row[1:]] for row in self.rows]

    @property
    def values(self) -> list[list[float | None]]:
        """As `cells`, the numbers alone, scaled by their unit: 3억 is 300,000,000, 12% is 12."""
        return [[number.value if number else None for number in row] for row in self.cells]

    @property
    def total_of_shares(self) -> float | None:
        """The sum of a single column of percentages that looks like parts of a whole; None if there is no such."""
        numbers = [row[0] for row in self.cells if len(row) == 1 and row[0]]
        whole = len(numbers) == len(self.cells) >= 2 and all(n.unit in ("%", "％") and n.value >= 0 for n in numbers)
        total = sum(number.value for number in numbers)
        return total if whole and _WHOLE_PERCENT[0] <= total <= _WHOLE_PERCENT[1] else None

    def to_dataframe(self) -> pandas.DataFrame:
        """Categories as index, a column of numbers a series, NaN where there is none.

        Raises MissingExtraError without pandas.
        """
        pandas = imported("pandas", "pandas", "making a DataFrame")
        index = pandas.Index(self.categories, name=self.header[0] if self.header else None)
        return pandas.DataFrame(self.values, index=index, columns=self.series, dtype=float)

    def html(self) -> str:
        """Write one `<table>`, texts escaped."""
        return self.table.html()

    def csv(self) -> str:
        """Write header and rows, numbers plain (1234.5) and with their unit's scale; other cells as written."""
        return replace(self.table, cells=tuple(map(self._plain, self.table.cells))).csv()

    def _plain(self, cell: Cell) -> Cell:
        number = parse_number(cell.text) if cell.row and cell.column else None
        return replace(cell, text=f"{number.value:.12g}") if number else cell

    @property
    def sheet(self) -> Table:
        """Its table for a workbook: numbers plain, but for percentages, which have a format there."""
        plain = (cell if cell.text.rstrip()[-1:] in ("%", "％") else self._plain(cell) for cell in self.table.cells)
        return replace(self.table, cells=tuple(plain))

    def redraw(self, path: Path) -> None:
        """Draw the table as a chart; the suffix says the format. Raises MissingExtraError without matplotlib."""
        from sokdok.figures.chart.redraw import redraw

        shown = (self.title, self.categories, self.series, self.values) if self.valid else (self.reason, (), (), ())
        redraw(path, *shown, is_whole=self.total_of_shares is not None)

    def to_dict(self) -> dict[str, Any]:
        """Convert to what JSON holds."""
        return {
            "kind": "chart",
            "title": self.title,
            "header": self.header,
            "rows": self.rows,
            "values": self.values,
            "html": self.html() if self.valid else "",
            "valid": self.valid,
            "reason": self.reason,
            "warnings": list(self.warnings),
            "confidence": self.confidence,
        }


def parse_chart(text: str, confidence: float | None = None) -> Chart:
    """Parse the table that a reader wrote of a chart. Never raises: see `valid`, `reason` and `warnings`."""
    table = parse_table(text)
    if not table.valid:
        return Chart(table, table.caption, False, table.reason, table.warnings, confidence)
    chart = Chart(table, table.caption, confidence=confidence)
    if table.rows < 2 or table.columns < 2:
        return replace(chart, valid=False, reason=say("chart_size"))
    if not any(number for row in chart.cells for number in row):
        return replace(chart, valid=False, reason=say("chart_numbers"))
    return replace(chart, warnings=(*table.warnings, *_warnings(chart)))


def _warnings(chart: Chart) -> list[str]:
    found = [] if chart.table.rectangular else [say("chart_rows")]
    texts = [cell for row, numbers in zip(chart.rows, chart.cells, strict=True)
             for cell, number in zip(row[1:], numbers, strict=True) if cell.strip() and number is None]  # fmt: skip
    empty = sum(not cell.strip() for row in chart.rows for cell in row[1:])
    if texts:
        named = ", ".join(repr(text) for text in texts[:_MOST_NAMED])
        found.append(say("no_number", cells=f"{named}{' …' if len(texts) > _MOST_NAMED else ''}"))
    if empty:
        found.append(say("empty_cell") if empty == 1 else say("empty_cells", count=empty))
    doubled = len(chart.categories) - len(set(chart.categories))
    if doubled:
        found.append(say("category_twice") if doubled == 1 else say("categories_twice", count=doubled))
    total = chart.total_of_shares
    if total is not None and abs(total - 100) > _ROUNDING_PERCENT:
        found.append(say("shares_sum", total=f"{total:.1f}"))
    return found
