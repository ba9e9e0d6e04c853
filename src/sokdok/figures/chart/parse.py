"""A chart's table: what a reader wrote, parsed to numbers, checked, and given as DataFrame, CSV, XLSX or a drawing.

- `parse_chart` takes an HTML or Markdown table. It never raises: what is no chart's table is `valid=False` with a
  reason; what looks wrong is a warning.
- Numbers are read as people write them (`figures.chart.numbers`): 1,234 and 12% and 3억 and (4.5).
- The first row names the columns, the first column the categories; both stay as written. Columns that a chart gives no
  name itself are called in the language of the texts that it shows.
- Drawn again, a single column of shares becomes a pie, five or more categories that count up become lines, anything
  else bars. Texts in Korean need an installed font that has it; the usual ones are looked for, those too that were
  installed after matplotlib listed the fonts. Where no font has them, the title says so, in place of boxes.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sokdok.errors import imported
from sokdok.figures.chart.numbers import Number, parse_number
from sokdok.files import replacing
from sokdok.pages.hangul import is_syllable
from sokdok.reasons import say
from sokdok.tables.markup import Cell
from sokdok.tables.parse import Table, parse_table

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes


def heads_for(texts: Iterable[str]) -> tuple[str, str, str]:
    """What categories, values and series are called, in Korean where any text of the chart is."""
    return ("항목", "값", "계열") if any(map(is_syllable, "".join(texts))) else ("Category", "Value", "Series")


_ROUNDING_PERCENT = 1.0  # that shares may differ from 100 by rounding
_WHOLE_PERCENT = (80.0, 120.0)  # between which the sum of a single column is that of parts of a whole
_MOST_NAMED = 5  # cells that a warning names
_LATIN = "DejaVu Sans"
_KOREAN = ("NanumGothic", "Noto Sans CJK KR", "Noto Sans KR", "Pretendard", "Malgun Gothic", "Apple SD Gothic Neo",
           "AppleGothic", "NanumBarunGothic", "UnDotum", "Baekmuk Gulim")  # fmt: skip
# In the names of files of such fonts.
_KOREAN_FILES = re.compile(r"nanum(barun)?gothic|notosans(cjk|kr)|pretendard|malgun|applesdgothic|undotum|gulim", re.I)
_LINE_FROM = 5  # categories from which a series is drawn as a line
_MOST_CATEGORIES, _MOST_SERIES = 200, 20  # that are drawn: nobody can distinguish more, and they take long
_MOST_LETTERS = 200  # of a name or a title


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
        """Draw the table as a chart, or why it is not valid; the suffix says the format.

        Raises MissingExtraError without matplotlib.
        """
        matplotlib = imported("matplotlib", "figures", "redrawing a chart")
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        with matplotlib.rc_context({"font.family": _installed_fonts()}):
            figure = Figure(figsize=(6, 4.5), layout="constrained")
            FigureCanvasAgg(figure)
            _draw(self, figure.subplots())
            # Warnings are of letters that no installed font has: the title says so.
            with warnings.catch_warnings(action="ignore", category=UserWarning), replacing(path) as temporary:
                figure.savefig(temporary, dpi=100, format=path.suffix.lstrip(".") or None)

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


# --- drawn again, for a person to compare with the original at a glance ---


def _draw(chart: Chart, axes: Axes) -> None:
    if not chart.valid:
        axes.axis("off")
        axes.text(0.5, 0.5, _plain(chart.reason), ha="center", va="center", wrap=True)
        return
    names = [_plain(name) for name in chart.categories[:_MOST_CATEGORIES]]
    series = [_plain(name) for name in chart.series[:_MOST_SERIES]]
    rows = [row[: len(series)] for row in chart.values[: len(names)]]
    columns = [[math.nan if value is None else value for value in column] for column in zip(*rows, strict=True)]
    numbers = [number.value for name in chart.categories[: len(names)] if (number := parse_number(name))]  # as of years
    if chart.total_of_shares is not None:
        axes.pie(columns[0], labels=names, startangle=90, counterclock=False)
    elif len(numbers) == len(names) >= _LINE_FROM and numbers in (sorted(numbers), sorted(numbers, reverse=True)):
        for name, column in zip(series, columns, strict=True):
            axes.plot(names, column, marker="o", label=name)
        axes.tick_params(axis="x", rotation=45)
    else:
        _bars(axes, names, series, columns)
    title = _plain(chart.title or (chart.series[0] if len(series) == 1 else ""))
    table = (chart.categories, _MOST_CATEGORIES, "categories"), (chart.series, _MOST_SERIES, "series")
    cut = [f"the first {most} of {len(names):,} {what}" for names, most, what in table if len(names) > most]
    title += f"\n({', '.join(cut)})" if cut else ""
    axes.set_title(f"{title}{_not_shown(''.join((title, *names, *series)))}")
    if len(series) > 1:
        axes.legend()


def _bars(axes: Axes, names: list[str], series: list[str], columns: list[list[float]]) -> None:
    """Draw groups of bars that lie, which leaves room for many and long names, the first on top."""
    thick = 0.8 / len(columns)
    for i, (name, column) in enumerate(zip(series, columns, strict=True)):
        axes.barh([j + (i - (len(columns) - 1) / 2) * thick for j in range(len(names))], column, thick, label=name)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()


def _not_shown(text: str) -> str:
    """A line for the title where no installed font has all letters of a chart."""
    from matplotlib import rcParams
    from matplotlib.font_manager import findfont, get_font

    fonts = [get_font(findfont(name)) for name in rcParams["font.family"]]
    if all(char.isspace() or any(font.get_char_index(ord(char)) for font in fonts) for char in text):
        return ""
    return f"\n(install a font with these letters, such as {_KOREAN[0]})"


def _plain(text: str) -> str:
    """A text as matplotlib is to take it: not too long, no dollar sign, which would begin a formula."""
    cut = text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS]}…"
    return cut.replace("$", r"\$")


def _installed_fonts() -> list[str]:
    """DejaVu Sans, and fonts with Korean; new ones are added to the list that matplotlib made once and keeps."""
    from matplotlib.font_manager import findSystemFonts, fontManager

    known = {font.name for font in fontManager.ttflist}
    if not known & set(_KOREAN):
        for path in findSystemFonts():
            if _KOREAN_FILES.search(Path(path).name):
                with suppress(OSError, RuntimeError):  # a file that is no font
                    fontManager.addfont(path)
        known = {font.name for font in fontManager.ttflist}
    return [_LATIN, *(name for name in _KOREAN if name in known)]
