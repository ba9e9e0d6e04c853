"""How a chart looks: fonts, palette, ground, grid, legend and labels, drawn at random."""

from __future__ import annotations

import colorsys
import random
from dataclasses import dataclass

from sokdok_lab.synth.charts.data import nice_step
from sokdok_lab.synth.charts.truth import ChartData
from sokdok_lab.synth.pages.fonts import Font, FontBook

Color = tuple[int, int, int]
_PALETTES = (
    "4c78a8 f58518 e45756 72b7b2 54a24b eeca3b b279a2 ff9da6 9d755d bab0ac",
    "1f77b4 ff7f0e 2ca02c d62728 9467bd 8c564b e377c2 7f7f7f bcbd22 17becf",
    "2876dd 0f283e bababa a60d0d 87bb24 e8b02c 5a2a6b 3aa6a6 d46f2c 6f8f3f",
    "66c2a5 fc8d62 8da0cb e78ac3 a6d854 ffd92f e5c494 b3b3b3 8dd3c7 80b1d3",
    "2e578c 949d48 d1a730 bf3b27 756a7e ea9e2c 8b7f5a b7ab8f 436983 cb4b3f",
    "3366cc dc3912 ff9900 109618 990099 0099c6 dd4477 66aa00 b82e2e 316395",
)

_LEAST_SPAN = 0.001  # share of the greatest value that a line's values lie apart where its axis does not begin at zero


@dataclass(frozen=True)
class Style:
    """How one chart looks."""

    size: tuple[int, int]  # width, height in pixels
    font: Font
    bold: Font
    text: float  # pixels per em of most texts
    colors: tuple[Color, ...]
    ground: Color
    plot_ground: Color
    ink: Color
    grid: str  # `none`, `value` or `both`
    legend: str  # `none`, `right`, `bottom`, `top` or `inside`
    labels: bool  # whether values stand at their marks
    separator: str  # between thousands
    angle: int  # of category names, degrees counter-clockwise
    bar: float  # share of its step that a bar or group fills

    def number(self, value: float, decimals: int, unit: str) -> str:
        """Write a value as the chart does."""
        return f"{value:,.{decimals}f}".replace(",", self.separator) + unit


def choose_style(data: ChartData, book: FontBook, rng: random.Random, korean: bool, web: bool = False) -> Style:
    """Choose a style that leaves the data readable: slanted names where they are long, a legend for several series."""
    family = book.pick(rng, korean)
    width = rng.randint(360, 820)
    crowded = max(map(len, data.categories)) * len(data.categories) > width / 9
    horizontal = data.kind in {"horizontal bar", "pie"} or not crowded
    several = len(data.series) > 1 or data.kind == "pie"
    places = ["right", "bottom", "top"] + (["inside"] if data.kind == "line" and not web else [])
    single = len(data.series) == 1 and data.kind != "scatter"
    dark = rng.random() < 0.05
    ground = (rng.randint(15, 40),) * 3 if dark else rng.choice([(255, 255, 255)] * 4 + [_tint(rng)])
    return Style(
        size=(width, round(width * rng.uniform(0.55, 0.85))),
        font=family.style("regular"),
        bold=family.style("bold"),
        text=rng.uniform(10, 15),
        colors=_colors(rng, max(len(data.series), len(data.categories) if data.kind == "pie" else 1), ground),
        ground=ground,
        plot_ground=ground if rng.random() < 0.8 else _tint(rng) if not dark else (50, 50, 55),
        ink=(225, 225, 225) if dark else (rng.randint(0, 90),) * 3,
        grid=rng.choice(["none", "value", "value", "both"]),
        legend=rng.choice(places) if several else "none",
        labels=rng.random() < (0.75 if single and len(data.categories) <= 12 else 0.2),
        separator=rng.choice([",", ",", ",", " ", ""]),
        angle=0 if horizontal else rng.choice([45, 60, 90, 90]),
        bar=rng.uniform(0.45, 0.95),
    )


def least_plot(data: ChartData, em: float, sideways: bool, slanted: bool) -> tuple[float, float]:
    """Return width and height in pixels that a plot needs so that its names and bars stand apart."""
    count = len(data.categories)
    step = max(1.6 * em, 8.0 * (len(data.series) if data.kind == "grouped" else 1))
    longest = max(map(len, data.categories)) * letter(data) * em
    if sideways:
        return 140, count * step
    across = step if slanted or data.kind in {"line", "area", "scatter"} else max(step, longest + 0.7 * em)
    return max(140, count * across), 110


def letter(data: ChartData) -> float:
    """Return the width of a letter in ems, roughly: Hangul is wide."""
    return 1.0 if max("".join((*data.categories, *data.series, "a"))) >= "가" else 0.6


def labels_fit(data: ChartData, style: Style, plot: tuple[float, float], sideways: bool) -> bool:
    """Say whether the values fit at their marks on a plot of a width and height in pixels."""
    longest = max(len(style.number(value, data.decimals, data.unit)) for row in data.values for value in row)
    parts = len(data.series) if data.kind == "grouped" else 1
    step: float = plot[sideways] / len(data.categories) / parts
    if data.kind not in {"line", "area"}:
        step = step * style.bar
    several_lines = data.kind == "line" and len(data.series) > 2
    return not several_lines and step > (1.1 if sideways else 0.6 * longest + 0.4) * style.text


def _tint(rng: random.Random) -> Color:
    return (rng.randint(235, 252), rng.randint(235, 252), rng.randint(235, 252))


def _colors(rng: random.Random, count: int, ground: Color) -> tuple[Color, ...]:
    """Choose colours that differ from each other and the ground: a palette's, random hues, or shades of one hue."""
    draw = rng.random()
    if draw < 0.6:
        names = rng.choice(_PALETTES).split()
        start = rng.randint(0, 3)
        found = [hex_color(names[(start + i) % len(names)]) for i in range(count)]
    elif draw < 0.85 or count > 4:
        first, saturation, value = rng.random(), rng.uniform(0.4, 0.95), rng.uniform(0.45, 0.9)
        found = [_from_hsv((first + i / count) % 1, saturation, value * (1 - 0.25 * (i % 2))) for i in range(count)]
    else:
        hue = rng.random()
        found = [_from_hsv(hue, 0.75 - 0.15 * i, 0.35 + 0.5 * i / max(1, count)) for i in range(count)]
    return tuple(color if _distance(color, ground) > 60 else (120, 120, 120) for color in found)


def _from_hsv(hue: float, saturation: float, value: float) -> Color:
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, value)
    return (round(255 * red), round(255 * green), round(255 * blue))


def _distance(one: Color, other: Color) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def hex_color(name: str) -> Color:
    """Parse a colour such as `4c78a8` to RGB."""
    return (int(name[:2], 16), int(name[2:4], 16), int(name[4:], 16))


def value_range(data: ChartData, rng: random.Random) -> tuple[float, float, float]:
    """Return least and greatest value of the axis and its step; bars and areas start at zero, lines may not."""
    stacked = data.kind in {"stacked", "area"}
    tops = [sum(column) for column in zip(*data.values, strict=True)] if stacked else [max(map(max, data.values))]
    high, low = max(0.0, *tops), min(0.0, min(map(min, data.values)))
    least = min(map(min, data.values))
    if data.kind == "line" and 0.4 * high < least < (1 - _LEAST_SPAN) * high:
        low = least
    step = nice_step(max(high - low, 1e-9), rng.randint(4, 8))
    first = step * (low // step)
    last = step * -(-(high * rng.choice([1.0, 1.04, 1.1])) // step)
    return first, max(last, first + step), step
