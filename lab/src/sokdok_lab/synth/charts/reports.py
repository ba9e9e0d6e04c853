"""Charts that look like those of reports, drawn by pillow: of spreadsheets, of layered grammars, of newsrooms.

- `spreadsheet`: a title in the middle, a pale grid, values at the marks, the legend below.
- `layered`: a grey panel with a white grid, marks of ticks, the legend with its title on the right.
- `newsroom`: a bold headline, names and values in the colours of their marks, rings on lines, numbers of the axis on
  its lines, notes below.
- Names stand as close as names do: a quarter of an em apart, level, or turned though they are short. Buttons, rings and
  rules stand where no text is, so that a net learns what is none.
"""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import dataclass, replace

import numpy as np

from sokdok.imaging.box import Box
from sokdok_lab.synth.charts.canvas import ChartCanvas, text_size
from sokdok_lab.synth.charts.data import choose_data, short_names
from sokdok_lab.synth.charts.style import Color, Style, choose_style, value_range
from sokdok_lab.synth.charts.truth import ChartData, ChartText, Mark, Role, SyntheticChart
from sokdok_lab.synth.pages.fonts import FontBook

_WHITE: Color = (255, 255, 255)
KINDS = {"bar": 3, "horizontal bar": 3, "grouped": 2, "stacked": 2, "line": 5, "area": 1}
_GAPS_EM = (0.25, 1.3)  # between neighbours among level names
_STEPS_EM = (1.15, 2.6)  # between turned names, or those beside bars
_NOTES = {
    "en": ("Source: survey of 2019", "Note: figures are rounded", "Base: 1,024 adults", "* estimate"),
    "ko": ("출처: 통계 자료", "주: 반올림한 값", "* 잠정치"),
}
_GROUPS = {"en": ("Group", "series", "Type"), "ko": ("구분", "항목")}


@dataclass(frozen=True)
class _Look:
    """What the charts of one kind of report have in common."""

    panel: Color
    grid: Color
    legend: str  # `below`, `right` or `direct`
    centered: bool  # whether the title stands in the middle
    titled: bool  # whether the axes have titles
    marked: bool  # whether ticks have marks


_LOOKS = (
    _Look(_WHITE, (217, 217, 217), "below", centered=True, titled=False, marked=False),
    _Look((235, 235, 235), _WHITE, "right", centered=False, titled=True, marked=True),
    _Look(_WHITE, (225, 225, 225), "direct", centered=False, titled=False, marked=False),
)


class ReportDrawer:
    """Draws charts in the fonts of a book."""

    def __init__(self, book: FontBook) -> None:
        self.book = book

    def chart(self, seed: int | str, korean: bool = False) -> tuple[np.ndarray, tuple[ChartText, ...]]:
        """Draw one chart: pixels (H, W, 3) uint8 and its texts."""
        rng = random.Random(seed)
        language = "ko" if korean else "en"
        data = choose_data(rng, language, rng.choices(list(KINDS), list(KINDS.values()))[0])
        if rng.random() < 0.35:
            data = replace(data, categories=tuple(short_names(rng, len(data.categories))))
        style = choose_style(data, self.book, rng, korean, web=True)
        chart = draw_like_report(data, style, rng, language)
        return chart.pixels, chart.texts


def draw_like_report(data: ChartData, style: Style, rng: random.Random, language: str) -> SyntheticChart:
    """Draw facts of `KINDS` as a report or a web library would, in the fonts, colours and size of a style."""
    style = replace(style, ground=_WHITE, ink=(rng.randint(0, 110),) * 3)
    return _Report(data, style, rng.choice(_LOOKS), language, rng).finish()


class _Report:
    """One chart being drawn."""

    def __init__(self, data: ChartData, style: Style, look: _Look, language: str, rng: random.Random) -> None:
        self.data, self.style, self.look, self.rng, self.em = data, style, look, rng, style.text
        self.language = language
        self.marks: list[Mark] = []
        self.sideways = data.kind == "horizontal bar" or (data.kind in {"grouped", "stacked"} and rng.random() < 0.4)
        self.low, self.high, self.step = value_range(data, rng)
        self.lines = [self._broken(name) for name in data.categories]
        self.widths = [max(map(self._width, lines)) for lines in self.lines]
        short = max(self.widths) < 2 * self.em
        self.angle = 90 if not self.sideways and rng.random() < (0.5 if short else 0.15) else 0
        self.inside = look.legend == "direct" and not self.sideways and rng.random() < 0.5
        """whether the numbers of the axis stand on its lines"""
        self._place()

    def _broken(self, name: str) -> list[str]:
        """Break a name into lines, now and then."""
        words = name.split()
        return words if 1 < len(words) < 4 and self.rng.random() < 0.3 else [name]

    def _width(self, text: str, scale: float = 1.0) -> float:
        return text_size(text, self.style.font, self.em * scale)[0]

    def _place(self) -> None:
        """Set the inside of the axes from the names, and the picture's size from what stands around."""
        em, rng, count = self.em, self.rng, len(self.lines)
        tall = max(map(len, self.lines)) * em
        if self.angle:
            self.lines = [[name] for name in self.data.categories]
            self.widths = [self._width(name) for name in self.data.categories]
        step = rng.uniform(*_STEPS_EM) * em + (tall - em)
        if not self.sideways and not self.angle:
            step = rng.uniform(*_GAPS_EM) * em + max((a + b) / 2 for a, b in itertools.pairwise(self.widths))
        step = max(step, (0.8 if self.data.kind == "grouped" else 0.3) * em * len(self.data.series))
        along = rng.uniform(130, 330)
        longest, ticks = max(self.widths), self._width(self._number(self.high))
        width, height = (along, step * count) if self.sideways else (step * count, along)
        left = (longest if self.sideways else ticks * (not self.inside)) + (2.8 if self.look.titled else 1.2) * em
        names = longest if self.angle else tall
        below = (em if self.sideways else names) + (3 if self.look.titled else 1) * em
        several = len(self.data.series) > 1
        series = max(map(self._width, self.data.series)) if several else 0
        beside = several and self.look.legend != "below"
        right = series + 2.5 * em if beside else self._width(self._label(self.high)) + em
        self.top = (4.5 if self.data.title else 1) * em
        self.notes = rng.randint(0, 2) if not self.look.centered else 0
        legend = sum(self._width(name) + 2.4 * em for name in self.data.series) if self.look.legend == "below" else 0
        title = text_size(self.data.title, self.style.bold, 1.5 * em)[0]
        wide = max(left + width + right, legend * several, title, 150) + em
        high = self.top + height + below + (2.5 + 1.4 * self.notes) * em
        self.plot = Box(left, self.top, left + width, self.top + height)
        self.size = round(wide), round(high)
        self.canvas = ChartCanvas(self.size, self.style.ground)

    def _write(
        self,
        x: float,
        y: float,
        text: str,
        role: Role,
        anchor: str,
        color: Color | None = None,
        scale: float = 1.0,
        *,
        bold: bool = False,
        angle: int = 0,
    ) -> None:
        font = self.style.bold if bold else self.style.font
        self.canvas.text((x, y), text, font, self.em * scale, color or self.style.ink, role, anchor, angle)

    def _number(self, value: float) -> str:
        return self.style.number(value, max(0, -math.floor(math.log10(self.step) + 1e-9)), self.data.unit)

    def _label(self, value: float) -> str:
        return self.style.number(value, self.data.decimals, self.data.unit)

    def _along(self, value: float) -> float:
        """Find the pixel of a value on its axis."""
        share = (value - self.low) / (self.high - self.low)
        left, top, right, bottom = self.plot
        return left + share * (right - left) if self.sideways else bottom - share * (bottom - top)

    def _at(self, category: float) -> float:
        """Find the pixel of a category's middle on its axis."""
        begin, end = (self.plot.top, self.plot.bottom) if self.sideways else (self.plot.left, self.plot.right)
        return begin + (category + 0.5) / len(self.data.categories) * (end - begin)

    def finish(self) -> SyntheticChart:
        """Draw everything and collect the truth."""
        self.canvas.rectangle(self.plot, self.look.panel)
        self._axis()
        draw = {"line": self._lines, "area": self._lines}
        draw.get(self.data.kind, self._bars)()
        self._names()
        self._around()
        if len(self.data.series) > 1 and (self.look.legend != "direct" or self.data.kind != "line"):
            self._legend()
        pixels, texts = self.canvas.finish()
        return SyntheticChart(pixels, self.data, texts, tuple(self.marks), self.plot, "report")

    def _axis(self) -> None:
        """Draw the grid and the numbers of the axis, all of them or every second one."""
        em, (left, top, right, bottom) = self.em, self.plot
        count, stride = round((self.high - self.low) / self.step), self.rng.choice([1, 1, 2])
        for i in range(count + 1):
            value = self.low + i * self.step
            at, text = self._along(value), self._number(value)
            self.canvas.lines([(at, top), (at, bottom)] if self.sideways else [(left, at), (right, at)], self.look.grid)
            if self.look.marked:
                mark = [(at, bottom), (at, bottom + 4)] if self.sideways else [(left - 4, at), (left, at)]
                self.canvas.lines(mark, self.style.ink)
            if i % stride:
                continue
            if self.sideways:
                wide = self.step / (self.high - self.low) * (right - left) * stride
                if self._width(self._number(self.high), 0.9) + 0.3 * em < wide or i in (0, count):
                    self._write(at, bottom + 0.6 * em, text, "value tick", "mt", scale=0.9)
            elif self.inside:
                self._write(left, at - 2, text, "value tick", "lb", scale=0.9)
            else:
                self._write(left - 0.5 * em, at, text, "value tick", "rm", scale=0.9)

    def _bars(self) -> None:
        data, stacked = self.data, self.data.kind == "stacked"
        step = abs(self._at(1) - self._at(0))
        thick = step * self.style.bar / (1 if stacked else len(data.series))
        written = self.look.legend == "direct" or self.style.labels
        base = [0.0] * len(data.categories)
        for (i, row), color in zip(enumerate(data.values), self.style.colors, strict=False):
            for j, value in enumerate(row):
                middle = self._at(j) + (0 if stacked else (i - (len(data.series) - 1) / 2) * thick)
                start, end = sorted((self._along(base[j]), self._along(base[j] + value)))
                across = middle - thick / 2, middle + thick / 2
                box = Box(start, across[0], end, across[1]) if self.sideways else Box(across[0], start, across[1], end)
                self.canvas.rectangle(box, color)
                self.marks.append(Mark("bar", i, j, box))
                if written:
                    self._bar_label(box, value, color, stacked)
                base[j] += value if stacked else 0

    def _bar_label(self, box: Box, value: float, color: Color, stacked: bool) -> None:
        """Write a bar's value inside or at its end, where it fits."""
        text, em = self._label(value), 0.9 * self.em
        width = self._width(text, 0.9)
        if stacked:
            if box.width > width and box.height > em:
                self._write(*box.middle, text, "value label", "mm", _WHITE if sum(color) < 420 else (0, 0, 0), 0.9)
        elif self.sideways and box.height > 0.8 * em:
            self._write(box.right + 3, box.middle[1], text, "value label", "lm", scale=0.9)
        elif not self.sideways and box.width > width - em:
            self._write(box.middle[0], box.top - 2, text, "value label", "mb", scale=0.9)

    def _lines(self) -> None:
        """Draw lines with rings, discs or nothing at their points, or areas on each other."""
        data, rng, (_, _, right, _) = self.data, self.rng, self.plot
        point, direct = rng.choice(["ring", "disc", ""]), self.look.legend == "direct"
        written = direct and len(data.series) < 3
        base = np.full(len(data.categories), 0.0)
        for i, (row, color, name) in enumerate(zip(data.values, self.style.colors, data.series, strict=False)):
            top = base + row if data.kind == "area" else np.array(row)
            places = [(self._at(j), self._along(float(value))) for j, value in enumerate(top)]
            self.marks += [Mark("point", i, j, Box(x, y, x, y)) for j, (x, y) in enumerate(places)]
            if data.kind == "area":
                floor = [(self._at(j), self._along(float(value))) for j, value in enumerate(base)]
                self.canvas.polygon([*places, *reversed(floor)], color)
                base = top
                continue
            self.canvas.lines(places, color, rng.choice([1, 2, 3]))
            for (x, y), value in zip(places, row, strict=True):
                if point:
                    self.canvas.disc((x, y), 0.3 * self.em, color)
                if point == "ring":
                    self.canvas.disc((x, y), 0.2 * self.em, self.look.panel)
                if written:
                    self._write(x, y - 0.6 * self.em, self._label(value), "value label", "mb", color, 0.9)
            if direct and len(data.series) > 1:
                self._write(right + 0.4 * self.em, places[-1][1], name, "legend", "lm", color, bold=rng.random() < 0.5)

    def _names(self) -> None:
        """Write the names of the categories, in as many lines as they have."""
        em, (left, _, right, bottom) = self.em, self.plot
        self.canvas.lines([(left, bottom), (right, bottom)], self.style.ink)
        bold = self.rng.random() < 0.15 and self.angle == 90
        for j, lines in enumerate(self.lines):
            at = self._at(j)
            if self.look.marked and not self.sideways:
                self.canvas.lines([(at, bottom), (at, bottom + 4)], self.style.ink)
            for i, line in enumerate(lines):
                if self.sideways:
                    self._write(left - 0.5 * em, at + (i - (len(lines) - 1) / 2) * 1.1 * em, line, "category", "rm")
                else:
                    self._write(at, bottom + (0.5 + 1.1 * i) * em, line, "category", "mt", angle=self.angle, bold=bold)

    def _around(self) -> None:
        """Write the titles and the notes, and draw what is no text: buttons and rules."""
        em, data, (width, height), rng = self.em, self.data, self.size, self.rng
        x, anchor = (width / 2, "mt") if self.look.centered else (0.5 * em, "lt")
        if data.title:
            scale = rng.uniform(1.1, 1.5)
            self._write(x, 0.5 * em, data.title, "title", anchor, scale=scale, bold=not self.look.centered)
            if not self.look.centered and rng.random() < 0.7:
                self._write(x, 2.4 * em, f"{data.value_title or '%'}, {rng.randint(1990, 2030)}", "note", anchor)
        for i in range(self.notes):
            y, note = height - (0.5 + 1.3 * i) * em, rng.choice(_NOTES[self.language])
            self._write(0.5 * em, y, note, "note", "lb", (130,) * 3, 0.85)
        if self.look.titled:
            left, top, right, bottom = self.plot
            below, beside = data.category_title or "Category", data.value_title or "Value"
            below, beside = (beside, below) if self.sideways else (below, beside)
            names = em if self.sideways else max(self.widths) if self.angle else 1.1 * em * max(map(len, self.lines))
            self._write((left + right) / 2, bottom + names + em, below, "axis title", "mt")
            self._write(0.8 * em, (top + bottom) / 2, beside, "axis title", "mm", angle=90)
        elif rng.random() < 0.4:
            self._buttons()

    def _buttons(self) -> None:
        """Draw a column of small signs at the picture's side."""
        em, x = self.em, self.size[0] - 1.1 * self.em
        for i in range(self.rng.randint(1, 5)):
            y, grey, r = (1 + 2.2 * i) * em, (self.rng.randint(90, 190),) * 3, 0.35 * em
            self.canvas.rectangle(Box(x - 0.8 * em, y - 0.8 * em, x + 0.8 * em, y + 0.8 * em), (243, 244, 246), 3)
            sign = self.rng.choice(["disc", "ring", "bars", "peak"])
            if sign in ("disc", "ring"):
                self.canvas.disc((x, y), r, grey)
                self.canvas.disc((x, y), r / 2, grey if sign == "disc" else (243, 244, 246))
            elif sign == "bars":
                for k in (-1, 0, 1):
                    self.canvas.lines([(x + k * r, y - r * self.rng.random()), (x + k * r, y + r)], grey)
            else:
                self.canvas.polygon([(x - r, y + r), (x, y - r), (x + r, y + r)], grey)

    def _legend(self) -> None:
        """Draw swatches, squares or bits of line, with their names."""
        em, data, (_, top, right, _) = self.em, self.data, self.plot
        below = self.look.legend == "below"
        widths = [self._width(name) + 2.2 * em for name in data.series]
        x, y = ((self.size[0] - sum(widths)) / 2, self.size[1] - em) if below else (right + 0.6 * em, top + 2 * em)
        if not below and self.look.titled:
            self._write(x, y - 1.4 * em, self.rng.choice(_GROUPS[self.language]), "legend title", "lm")
        for name, color, width in zip(data.series, self.style.colors, widths, strict=False):
            if data.kind == "line":
                self.canvas.lines([(x - 0.2 * em, y), (x + em, y)], color, 2)
            else:
                self.canvas.rectangle(Box(x, y - 0.4 * em, x + 0.8 * em, y + 0.4 * em), color)
            self._write(x + 1.2 * em, y, name, "legend", "lm")
            x, y = (x + width, y) if below else (x, y + 1.4 * em)
