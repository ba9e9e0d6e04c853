"""Redraw a chart from its table: what a person compares with the original at a glance.

- A single column of shares becomes a pie, five or more categories that count up become lines, anything else bars.
- Texts in Korean need an installed font that has it; the usual ones are looked for, those too that were installed after
  matplotlib listed the fonts. Where no font has them, the title says so, in place of boxes that say nothing.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sokdok.errors import imported
from sokdok.figures.chart.numbers import parse_number
from sokdok.files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Names = Sequence[str]
Rows = Sequence[Sequence[float | None]]

_LATIN = "DejaVu Sans"
_KOREAN = ("NanumGothic", "Noto Sans CJK KR", "Noto Sans KR", "Pretendard", "Malgun Gothic", "Apple SD Gothic Neo",
           "AppleGothic", "NanumBarunGothic", "UnDotum", "Baekmuk Gulim")  # fmt: skip
# In the names of files of such fonts.
_KOREAN_FILES = re.compile(r"nanum(barun)?gothic|notosans(cjk|kr)|pretendard|malgun|applesdgothic|undotum|gulim", re.I)
_LINE_FROM = 5  # categories from which a series is drawn as a line
_MOST_CATEGORIES, _MOST_SERIES = 200, 20  # that are drawn: nobody can distinguish more, and they take long
_MOST_LETTERS = 200  # of a name or a title


def redraw(path: Path, title: str, categories: Names, series: Names, values: Rows, is_whole: bool = False) -> None:
    """Draw a chart, or its title alone where it has no categories. Raises MissingExtraError without matplotlib.

    values: a row a category; None where there is no number. is_whole: whether a single series has parts of a whole.
    """
    matplotlib = imported("matplotlib", "figures", "redrawing a chart")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"font.family": _installed_fonts()}):
        figure = Figure(figsize=(6, 4.5), layout="constrained")
        FigureCanvasAgg(figure)
        _draw(figure.subplots(), title, categories, series, values, is_whole)
        # Warnings are of letters that no installed font has: the title says so.
        with warnings.catch_warnings(action="ignore", category=UserWarning), replacing(path) as temporary:
            figure.savefig(temporary, dpi=100, format=path.suffix.lstrip(".") or None)


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


def _draw(axes: Axes, title: str, categories: Names, heads: Names, values: Rows, is_whole: bool) -> None:
    if not categories:
        axes.axis("off")
        axes.text(0.5, 0.5, _plain(title), ha="center", va="center", wrap=True)
        return
    names = [_plain(name) for name in categories[:_MOST_CATEGORIES]]
    series = [_plain(name) for name in heads[:_MOST_SERIES]]
    rows = [row[: len(series)] for row in values[: len(names)]]
    columns = [[math.nan if value is None else value for value in column] for column in zip(*rows, strict=True)]
    numbers = [number.value for name in categories[: len(names)] if (number := parse_number(name))]  # as of years
    if is_whole:
        axes.pie(columns[0], labels=names, startangle=90, counterclock=False)
    elif len(numbers) == len(names) >= _LINE_FROM and numbers in (sorted(numbers), sorted(numbers, reverse=True)):
        for name, column in zip(series, columns, strict=True):
            axes.plot(names, column, marker="o", label=name)
        axes.tick_params(axis="x", rotation=45)
    else:
        _bars(axes, names, series, columns)
    title = _plain(title or (heads[0] if len(series) == 1 else ""))
    table = (categories, _MOST_CATEGORIES, "categories"), (heads, _MOST_SERIES, "series")
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
