"""How a chart looks: fonts, palette, ground, grid, legend, labels and notes, drawn at random.

- `plain`: what a plotting library draws, in any mixture.
- `spreadsheet`: a title in the middle, a pale grid, values at the marks, the legend below.
- `layered`: a grey panel with a white grid, marks of ticks, the legend with its title on the right.
- `newsroom`: a bold headline, names and values in the colours of their marks, rings on lines, numbers of the axis on
  its lines, notes below.
"""

from __future__ import annotations

import colorsys
import math
import random

from sokdok_lab.synth.charts.data import ChartData
from sokdok_lab.synth.pages.fonts import FontBook

Color = tuple[int, int, int]
WHITE: Color = (255, 255, 255)
LOOKS = {"plain": 3, "spreadsheet": 1, "layered": 1, "newsroom": 1}  # and how often they come
_PALETTES = (
    "4c78a8 f58518 e45756 72b7b2 54a24b eeca3b b279a2 ff9da6 9d755d bab0ac",
    "1f77b4 ff7f0e 2ca02c d62728 9467bd 8c564b e377c2 7f7f7f bcbd22 17becf",
    "2876dd 0f283e bababa a60d0d 87bb24 e8b02c 5a2a6b 3aa6a6 d46f2c 6f8f3f",
    "66c2a5 fc8d62 8da0cb e78ac3 a6d854 ffd92f e5c494 b3b3b3 8dd3c7 80b1d3",
    "2e578c 949d48 d1a730 bf3b27 756a7e ea9e2c 8b7f5a b7ab8f 436983 cb4b3f",
    "3366cc dc3912 ff9900 109618 990099 0099c6 dd4477 66aa00 b82e2e 316395",
)
_LEAST_SPAN = 0.001  # share of the greatest value that a line's values lie apart where its axis does not begin at zero
_LEAST_DISTANCE = 60  # levels between a mark's colour and the ground
_TIGHT_SHARE = 0.5  # of the charts but plain ones: names stand as close to each other as names ever do


class Style:
    """How one chart looks, so that the data stays readable: slanted names where they are long, a legend for several."""

    def __init__(self, data: ChartData, book: FontBook, rng: random.Random, korean: bool) -> None:
        self.look = rng.choices(list(LOOKS), list(LOOKS.values()))[0]
        plain, family, width = self.look == "plain", book.pick(rng, korean), rng.randint(360, 820)
        longest = max(map(len, data.categories))
        turned = longest * len(data.categories) > width / 9
        turned = turned if plain else rng.random() < (0.5 if longest < 4 else 0.15)  # reports turn short names, too
        several = len(data.series) > 1 or data.kind == "pie"
        legends = {"spreadsheet": ["bottom"], "layered": ["right"], "newsroom": ["direct"]}.get(self.look)
        legends = legends or ["right", "bottom", "top", *(["inside"] if data.kind == "line" else [])]
        legend = rng.choice(legends) if several else "none"
        self.legend = "top" if legend == "direct" and data.kind not in {"line", "pie"} else legend
        """`none`, `right`, `bottom`, `top`, `inside` or `direct`: names at the ends of lines"""
        single = len(data.series) == 1 and data.kind != "scatter"
        dark = plain and rng.random() < 0.05
        ground = (rng.randint(15, 40),) * 3 if dark else rng.choice([WHITE] * 4 + [_tint(rng)]) if plain else WHITE
        panel = ground if not plain or rng.random() < 0.8 else (50, 50, 55) if dark else _tint(rng)
        self.ground: Color = ground
        self.plot_ground: Color = (235, 235, 235) if self.look == "layered" else panel
        self.size = width, round(width * rng.uniform(0.55, 0.85))  # width, height in pixels
        self.font, self.bold = family.style("regular"), family.style("bold")
        self.text = rng.uniform(10, 15)  # pixels per em of most texts
        count = max(len(data.series), len(data.categories) if data.kind == "pie" else 1)
        self.colors = _colors(rng, count, ground)
        self.ink: Color = (225, 225, 225) if dark else (rng.randint(0, 90),) * 3
        self.grid = rng.choice(["none", "value", "value", "both"]) if plain else "value"
        usual = 0.75 if single and len(data.categories) <= 12 else 0.2
        self.labels = self.look == "newsroom" or rng.random() < usual  # whether values stand at their marks
        self.separator = rng.choice([",", ",", ",", " ", ""])  # between thousands
        slanted = turned and data.kind not in {"horizontal bar", "pie"}
        self.angle = rng.choice((45, 60, 90, 90, 30, -30, -45, -90)) if slanted else 0  # of names, counter-clockwise
        self.bar = rng.uniform(0.45, 0.95)  # share of its step that a bar or group fills
        self.tight = rng.uniform(0.25, 1.3) if not plain and rng.random() < _TIGHT_SHARE else None
        """ems between neighbours among level names, or beyond their height among turned ones"""
        self.notes = rng.randint(0, 2) if self.look in {"layered", "newsroom"} else 0  # lines below the chart

    def number(self, value: float, decimals: int, unit: str) -> str:
        """Write a value as the chart does."""
        return f"{value:,.{decimals}f}".replace(",", self.separator) + unit


def least_plot(data: ChartData, em: float, sideways: bool, slanted: bool) -> tuple[float, float]:
    """Return width and height in pixels that a plot needs so that its names and bars stand apart."""
    count = len(data.categories)
    step = max(1.6 * em, 8.0 * (len(data.series) if data.kind == "grouped" else 1))
    if sideways:
        return 140, count * step
    letter_em = 1.0 if max("".join((*data.categories, *data.series, "a"))) >= "가" else 0.6  # roughly: Hangul is wide
    longest = max(map(len, data.categories)) * letter_em * em
    across = step if slanted or data.kind in {"line", "area", "scatter"} else max(step, longest + 0.7 * em)
    return max(140, count * across), 110


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
    draw, hue = rng.random(), rng.random()
    if draw < 0.6:
        names, start = rng.choice(_PALETTES).split(), rng.randint(0, 3)
        codes = [bytes.fromhex(names[(start + i) % len(names)]) for i in range(count)]
        found = [(code[0], code[1], code[2]) for code in codes]
    elif draw < 0.85 or count > 4:
        saturation, value = rng.uniform(0.4, 0.95), rng.uniform(0.45, 0.9)
        found = [_from_hsv((hue + i / count) % 1, saturation, value * (1 - 0.25 * (i % 2))) for i in range(count)]
    else:
        found = [_from_hsv(hue, 0.75 - 0.15 * i, 0.35 + 0.5 * i / max(1, count)) for i in range(count)]
    apart = [max(abs(a - b) for a, b in zip(color, ground, strict=True)) for color in found]
    return tuple(color if far > _LEAST_DISTANCE else (120, 120, 120) for color, far in zip(found, apart, strict=True))


def _from_hsv(hue: float, saturation: float, value: float) -> Color:
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, value)
    return (round(255 * red), round(255 * green), round(255 * blue))


def value_range(data: ChartData, rng: random.Random) -> tuple[float, float, float]:
    """Return least and greatest value of the axis and its step; bars and areas start at zero, lines may not."""
    stacked = data.kind in {"stacked", "area"}
    tops = [sum(column) for column in zip(*data.values, strict=True)] if stacked else [max(map(max, data.values))]
    least = min(map(min, data.values))
    high, low = max(0.0, *tops), min(0.0, least)
    if data.kind == "line" and 0.4 * high < least < (1 - _LEAST_SPAN) * high:
        low = least
    step = nice_step(max(high - low, 1e-9), rng.randint(4, 8))
    first = step * (low // step)
    last = step * -(-(high * rng.choice([1.0, 1.04, 1.1])) // step)
    return first, max(last, first + step), step


def nice_step(span: float, ticks: int) -> float:
    """Return a step of 1, 2 or 5 times a power of ten that divides a span into about that many ticks."""
    rough = span / max(1, ticks)
    power = 10 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= rough)
