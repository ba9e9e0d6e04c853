"""What charts show, made up, and what is known of a drawn one: its table and every text, to the pixel.

- Categories are years, months, quarters, ages, names from short lists or invented words, so that a reader can't guess.
- Values are random walks for lines and areas, independent for bars, shares of 100 for pies and some stacks.
"""

from __future__ import annotations

import math
import random
import tomllib
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase
from typing import Literal

import numpy as np

from sokdok.figures.chart.parse import heads_for
from sokdok.imaging.box import Box
from sokdok.tables.markup import html_table

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
        titles = (self.title, self.category_title, self.value_title)
        category, value, _ = heads_for((*titles, *self.categories, *self.series))
        single = [self.value_title or value]
        header = [self.category_title or category, *(self.series if len(self.series) > 1 else single)]
        columns = zip(*self.values, strict=True)
        return [header, *([name, *map(self.cell, row)] for name, row in zip(self.categories, columns, strict=True))]

    @property
    def html(self) -> str:
        """The table as the family writes it."""
        return html_table(self.rows)


@dataclass(frozen=True)
class ChartText:
    """A text drawn on a chart."""

    text: str
    role: Role
    left: Point  # middle of its em box where it begins
    right: Point  # middle of its em box where it ends
    em: float  # pixels per em of its type
    angle: float = 0.0  # degrees counter-clockwise
    ends: tuple[float, ...] = ()  # where its symbols end, as a share of its length; () if not known

    @property
    def box(self) -> Box:
        """Around its em boxes."""
        turn, half = math.radians(self.angle), self.em / 2
        ends = Box.around(((*self.left, *self.left), (*self.right, *self.right)))
        return ends.grown(half * abs(math.sin(turn)), half * abs(math.cos(turn)))


def line_from(baseline: Point, width: float, em: float, angle: float) -> tuple[Point, Point]:
    """Place the ends of a text in the middle of its em box.

    baseline: where its baseline begins. width: its pixels. angle: degrees counter-clockwise.
    """
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    x, y = baseline[0] - _MIDDLE_EM * em * sine, baseline[1] - _MIDDLE_EM * em * cosine
    return (x, y), (x + width * cosine, y - width * sine)


@dataclass(frozen=True, eq=False)
class SyntheticChart:
    """A drawn chart and its truth."""

    pixels: np.ndarray  # (H, W, 3) uint8 RGB
    data: ChartData
    texts: tuple[ChartText, ...]


# --- facts ---

_WEIGHTS = {
    "bar": 5, "horizontal bar": 5, "grouped": 4, "stacked": 4, "line": 6, "area": 2, "pie": 3, "scatter": 1
}  # fmt: skip
_TEXTS = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WORDS = (
    *("Ann", "Otto", "Ida", "Max", "Eve", "Lea", "red", "blue", "green", "oak", "elm", "ash", "fir", "A1", "B2", "C3"),
    *("am", "pm", "hot", "cold", "left", "right", "Bern", "Oslo", "Rome", "Lima"),
)
_LETTERS = (ascii_uppercase, ascii_lowercase)


def choose_data(rng: random.Random, language: str = "en", kind: str | None = None) -> ChartData:
    """Make up facts of a kind, a random one if None. language: `en` or `ko`."""
    kind = kind or rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
    if kind == "scatter":
        return _scatter(rng, language)
    categories = _categories(rng, language, kind)
    count = {"grouped": (2, 4), "stacked": (2, 5), "line": (1, 5), "area": (1, 3)}.get(kind, (1, 1))
    series = labels(rng, language, rng.randint(*count))
    shares = kind == "pie" or (kind == "stacked" and rng.random() < 0.4)
    decimals = rng.choice([0, 0, 1, 2])
    if kind == "pie":
        values = [_parts(rng, len(categories))]
    elif shares:
        values = [list(row) for row in zip(*(_parts(rng, len(series)) for _ in categories), strict=True)]
    else:
        values = _levels(rng, kind, categories, series)
    units = ["", "", "", "%"] if language == "en" else ["", "", "", "%", "억", "만"]
    unit = "%" if shares and rng.random() < 0.7 else rng.choice(units)
    if not shares and max(map(max, values)) > 1000:
        decimals = 0
    rounded = tuple(tuple(round(value, decimals) for value in row) for row in values)
    measure, group = _measure(rng, language), _one_of("category_titles", rng, language)
    measure, group = (measure, group) if kind != "pie" else ("", "")  # a pie has no axes to name
    return ChartData(kind, _title(rng, language), group, measure, categories, series, rounded, decimals, unit)


def _scatter(rng: random.Random, language: str) -> ChartData:
    count, slope = rng.randint(5, 16), rng.uniform(-1, 1)
    across = sorted(rng.sample(range(5, 100), count))
    top = 10 ** rng.randint(1, 3)
    values = [top * min(0.98, max(0.03, 0.5 + slope * (x / 100 - 0.5) + rng.gauss(0, 0.15))) for x in across]
    names = _measure(rng, language), _measure(rng, language)
    return ChartData(
        "scatter", _title(rng, language), *names, tuple(map(str, across)), (names[1],), (tuple(map(round, values)),)
    )


def _categories(rng: random.Random, language: str, kind: str) -> tuple[str, ...]:
    if kind == "pie":
        return labels(rng, language, rng.randint(2, 8))
    ordered = kind in {"line", "area"} or rng.random() < 0.4
    if not ordered:
        return labels(rng, language, rng.randint(3, 8 if kind != "horizontal bar" else 12))
    style = rng.choice(["year", "year", "year", "month", "quarter", "number", "age"])
    count = rng.randint(4, 16 if kind in {"line", "area"} else 12)
    if style == "year":
        step = rng.choice([1, 1, 1, 2, 5])
        first = rng.randint(1950, 2030 - count * step)
        mark = rng.choice(["", "", "", "*"]) if step == 1 else ""
        projected = count - rng.randint(1, 3)
        suffix = "년" if language == "ko" and rng.random() < 0.4 else ""
        return tuple(f"{first + i * step}{suffix}{mark if i >= projected else ''}" for i in range(count))
    if style == "month":
        names = [f"{i}월" for i in range(1, 13)] if language == "ko" else _MONTHS
        return tuple(names[: min(count, 12)])
    if style == "quarter":
        first = rng.randint(8, 22)
        return tuple(f"Q{i % 4 + 1} '{first + i // 4:02d}" for i in range(count))
    if style == "age":
        return ("18-29", "30-49", "50-64", "65+")
    return tuple(str(i) for i in range(1, count + 1))


def labels(rng: random.Random, language: str, count: int) -> tuple[str, ...]:
    """Choose distinct names: from a list, invented, or letters."""
    draw = rng.random()
    if draw < 0.1 and count <= 14:
        return tuple("ABCDEFGHIJKLMN"[:count])
    pool = rng.choice(_TEXTS[language]["names"]).split("|")
    if draw < 0.7 and len(pool) >= count:
        return tuple(rng.sample(pool, count))
    syllables, names, fewest = _TEXTS[language]["syllables"].split(), dict[str, None](), 1 + (language != "ko")
    while len(names) < count:
        words = ["".join(rng.choices(syllables, k=rng.randint(fewest, 4))) for _ in range(rng.randint(1, 3))]
        names[" ".join(words).capitalize()] = None
    return tuple(names)


def short_names(rng: random.Random, count: int) -> list[str]:
    """Choose letters, numbers that count up, or short words."""
    step = rng.choice([1, 2, 5, 10])
    pools = (list(rng.choice(_LETTERS)), [str(step * i) for i in range(count)], list(_WORDS))
    pool = rng.choice(pools) + [f"n{i}" for i in range(count)]
    return pool[:count] if rng.random() < 0.7 else rng.sample(pool, count)


def _measure(rng: random.Random, language: str) -> str:
    return f"{_one_of('measures', rng, language)} {_one_of('scales', rng, language)}".strip()


def _one_of(what: str, rng: random.Random, language: str) -> str:
    return rng.choice(_TEXTS[language][what].split("|"))


def _title(rng: random.Random, language: str) -> str:
    if rng.random() < 0.35:
        return ""
    measure, place = _one_of("measures", rng, language), rng.choice(rng.choice(_TEXTS[language]["names"]).split("|"))
    year = rng.randint(1990, 2030)
    forms = (
        (f"{measure} by group, {place} {year}", f"{measure}: {place}", f"{place} leads in {measure.lower()}")
        if language == "en"
        else (f"{place} {measure} 추이", f"{year}년 {place} {measure}", f"{measure} ({place})")
    )
    return rng.choice(forms)


def _parts(rng: random.Random, count: int) -> list[float]:
    """Divide 100."""
    weights = [rng.uniform(0.08, 1) ** 1.5 for _ in range(count)]
    return [100 * weight / sum(weights) for weight in weights]


def _levels(rng: random.Random, kind: str, categories: tuple[str, ...], series: tuple[str, ...]) -> list[list[float]]:
    top = 10 ** rng.uniform(0.8, 6.5)
    if kind in {"line", "area"}:  # random walks; those of lines may stay far from zero
        walks = list[list[float]]()
        for _ in series:
            most, level, rough = top * rng.uniform(0.3, 1), rng.uniform(0.3, 0.8), rng.uniform(0.03, 0.2)
            floor, walk = rng.choice([0.0, 0.0, 0.6]) if kind == "line" else 0.0, list[float]()
            for _ in categories:
                level = min(1.0, max(0.05, level + rng.gauss(0, rough)))
                walk.append(most * (floor + (1 - floor) * level))
            walks.append(walk)
        return walks
    negative = kind in {"bar", "horizontal bar"} and rng.random() < 0.1
    signs = [-1, 1] if negative else [1]
    return [[top * rng.uniform(0.06, 1) * rng.choice(signs) for _ in categories] for _ in series]
