"""Charts that look like those of web libraries, drawn by pillow: what most real charts look like.

- `portal`: shaded columns, a value above every mark, a legend of discs below, grey buttons at the side.
- `pollster`: a bold headline over horizontal bars that carry their numbers, no axis, notes below.
- `grammar`: thin grid, short ticks, bold axis titles, a legend of squares on the right.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace

from sokdok.imaging.box import Box
from sokdok.synth.charts.canvas import ChartCanvas, text_size
from sokdok.synth.charts.style import Color, Style, labels_fit, least_plot, value_range
from sokdok.synth.charts.truth import ChartData, Mark, Role, SyntheticChart

_GREY: Color = (221, 221, 221)
_WHITE: Color = (255, 255, 255)


@dataclass(frozen=True)
class _Design:
    """What the charts of one web library have in common."""

    name: str
    legend: str
    axis: bool
    """whether values have an axis"""
    bands: bool
    bold_titles: bool


_DESIGNS = {
    "portal": _Design("portal", "bottom", True, True, False),
    "pollster": _Design("pollster", "top", False, False, True),
    "grammar": _Design("grammar", "right", True, False, True),
}


def draw_like_web(data: ChartData, style: Style, rng: random.Random) -> SyntheticChart:
    """Draw facts as a web library would, in the fonts, colours, size and separator of a style."""
    sideways = data.kind == "horizontal bar" or (data.kind in {"grouped", "stacked"} and rng.random() < 0.4)
    names = ["portal", "grammar"] if not sideways else ["portal", "grammar", "pollster", "pollster"]
    design = _DESIGNS[rng.choice(names)]
    data = data if design.axis else replace(data, category_title="", value_title="")
    style = replace(style, ground=_WHITE, ink=(rng.randint(0, 80),) * 3)
    return _Chart(data, style, design, sideways, rng).finish()


class _Chart:
    """One chart being drawn."""

    def __init__(self, data: ChartData, style: Style, design: _Design, sideways: bool, rng: random.Random) -> None:
        self.data, self.style, self.design, self.sideways, self.rng = data, style, design, sideways, rng
        self.em = style.text
        self.marks: list[Mark] = []
        self.labels = design.name != "grammar" and (style.labels or not design.axis or data.kind == "pie")
        self.low, self.high, self.step = (0.0, 100.0, 20.0) if data.kind == "pie" else value_range(data, rng)
        self.across = [float(name) for name in data.categories] if data.kind == "scatter" else []
        self.longest = max(self._width(name) for name in data.categories)
        self.angle = 0 if sideways or self.across else self._name_angle()
        self._fit()
        self.canvas = ChartCanvas(self.style.size, style.ground)

    def _width(self, text: str, scale: float = 1.0) -> float:
        return text_size(text, self.style.font, self.em * scale)[0]

    def _name_angle(self) -> int:
        step = self.style.size[0] * 0.75 / len(self.data.categories)
        crowded = self.longest > step * 0.95
        return (90 if self.design.name == "grammar" else 45) if crowded else 0

    def _fit(self) -> None:
        """Set the inside of the axes, and the picture's size so that all around it fits."""
        left, top, right, bottom = self._margins()
        least = least_plot(self.data, self.em, self.sideways, bool(self.angle))
        legend = sum(self._width(name) + 2.6 * self.em for name in self.data.series) + 2 * self.em
        legend = legend if self.design.legend != "right" else 0
        width = max(self.style.size[0], round(left + right + least[0]), round(legend))
        height = max(self.style.size[1], round(top + bottom + least[1]))
        self.style = replace(self.style, size=(width, height))
        self.plot = Box(left, top, width - right, height - bottom)
        if self.data.kind == "pie":
            side = max(110, min(height - top - bottom, width - 2.2 * self.longest - 10 * self.em))
            self.plot = Box((width - side) / 2, top, (width + side) / 2, top + side)
        elif self.design.axis:
            self.labels &= labels_fit(
                self.data, self.style, (width - left - right, height - top - bottom), self.sideways
            )

    def _margins(self) -> tuple[float, float, float, float]:
        """Pixels left of, above, right of and below the axes."""
        em, data = self.em, self.data
        title = bool(data.title) * 2.4 * em + (1.8 * em if self.design.name == "pollster" else 0)
        several = len(data.series) > 1
        top = title + em + (2.4 * em if several and self.design.legend == "top" else 0)
        ticks = self._width(self._tick(self.high)) + 0.8 * em
        left = (self.longest if self.sideways else ticks) + 2.8 * em
        right = max(map(self._width, data.series)) + 3 * em if several and self.design.legend == "right" else 2.2 * em
        right += 2 * em if self.design.name == "portal" else 0
        right = max(right, self._width(self._label(self.high)) + em) if self.sideways else right
        names = self.longest * math.sin(math.radians(self.angle)) + 1.5 * em if not self.sideways else 1.5 * em
        bottom = names + (2.2 if data.category_title else 1) * em + em
        bottom += 3.5 * em if self.design.name != "grammar" else 0
        return left, top, right, bottom

    def _write(
        self,
        place: tuple[float, float],
        text: str,
        role: Role,
        anchor: str,
        scale: float = 1.0,
        *,
        bold: bool = False,
        angle: int = 0,
    ) -> None:
        font = self.style.bold if bold else self.style.font
        self.canvas.text(place, text, font, self.em * scale, self.style.ink, role, anchor, angle)

    def finish(self) -> SyntheticChart:
        """Draw everything and collect the truth."""
        self._around()
        if self.data.kind != "pie":
            self._axes()
        draw = {"pie": self._pie, "line": self._lines, "area": self._areas, "scatter": self._scatter}
        draw.get(self.data.kind, self._bars)()
        pixels, texts = self.canvas.finish()
        return SyntheticChart(pixels, self.data, texts, tuple(self.marks), self.plot, self.design.name)

    # --- scales ---

    def _tick(self, value: float) -> str:
        decimals = max(0, -math.floor(math.log10(self.step) + 1e-9))
        return self.style.number(value, decimals, self.data.unit)

    def _label(self, value: float) -> str:
        return self.style.number(value, self.data.decimals, self.data.unit)

    def _along(self, value: float) -> float:
        """Find the pixel of a value on its axis."""
        left, top, right, bottom = self.plot
        share = (value - self.low) / (self.high - self.low)
        return left + share * (right - left) if self.sideways else bottom - share * (bottom - top)

    def _at(self, category: float) -> float:
        """Find the pixel of a category's middle on its axis."""
        left, top, right, bottom = self.plot
        if self.across:
            return left + self.across[int(category)] / 105 * (right - left)
        begin, end = (top, bottom) if self.sideways else (left, right)
        if self.data.kind in {"line", "area"} and self.design.name == "grammar":
            return begin + category / (len(self.data.categories) - 1) * (end - begin)
        return begin + (category + 0.5) / len(self.data.categories) * (end - begin)

    def _bar_box(self, middle: float, thick: float, start: float, end: float) -> Box:
        one, other = sorted((self._along(start), self._along(end)))
        if self.sideways:
            return Box(one, middle - thick / 2, other, middle + thick / 2)
        return Box(middle - thick / 2, one, middle + thick / 2, other)

    # --- marks ---

    def _bars(self) -> None:
        data, stacked = self.data, self.data.kind == "stacked"
        step = abs(self._at(1) - self._at(0)) if len(data.categories) > 1 else 80
        group = step * self.style.bar
        thick = group if stacked else group / len(data.series)
        for j in range(len(data.categories)):
            base = 0.0
            for i, row in enumerate(data.values):
                middle = self._at(j) + (0 if stacked else (i - (len(data.series) - 1) / 2) * thick)
                box = self._bar_box(middle, max(2, thick - 1), base, base + row[j])
                self.canvas.rectangle(box, self.style.colors[i])
                self.marks.append(Mark("bar", i, j, box))
                self._bar_label(box, row[j], self.style.colors[i], stacked)
                base += row[j] if stacked else 0

    def _bar_label(self, box: Box, value: float, color: Color, inside: bool) -> None:
        if not self.labels:
            return
        text, em = self._label(value), self.em * 0.9
        width, height = self._width(text, 0.9), em
        middle = box.middle
        fits = box.width > width + 4 and box.height > height
        inside = inside or (self.design.name == "pollster" and fits and self.rng.random() < 0.7)
        if inside:
            ink = _WHITE if sum(color) < 450 else (0, 0, 0)
            if fits:
                self.canvas.text(middle, text, self.style.font, em, ink, "value label")
            return
        if self.sideways:
            place, anchor = ((box.right + 4, middle[1]), "lm") if value >= 0 else ((box.left - 4, middle[1]), "rm")
        else:
            place, anchor = ((middle[0], box.top - 3), "mb") if value >= 0 else ((middle[0], box.bottom + 3), "mt")
        self._write(place, text, "value label", anchor, 0.9, bold=True)

    def _lines(self) -> None:
        dots = self.design.name == "portal"
        for i, row in enumerate(self.data.values):
            points = [(self._at(j), self._along(value)) for j, value in enumerate(row)]
            self.canvas.lines(points, self.style.colors[i], 2)
            for j, (x, y) in enumerate(points):
                if dots:
                    self.canvas.disc((x, y), 3, self.style.colors[i])
                if self.labels:
                    self._write((x, y - 6), self._label(row[j]), "value label", "mb", 0.85, bold=True)
                self.marks.append(Mark("point", i, j, Box(x, y, x, y)))

    def _areas(self) -> None:
        base = [0.0] * len(self.data.categories)
        for i, row in enumerate(self.data.values):
            top = [low + value for low, value in zip(base, row, strict=True)]
            upper = [(self._at(j), self._along(value)) for j, value in enumerate(top)]
            lower = [(self._at(j), self._along(value)) for j, value in enumerate(base)]
            self.canvas.polygon([*upper, *reversed(lower)], self.style.colors[i])
            self.marks += [Mark("point", i, j, Box(x, y, x, y)) for j, (x, y) in enumerate(upper)]
            base = top

    def _scatter(self) -> None:
        for j, value in enumerate(self.data.values[0]):
            place = (self._at(j), self._along(value))
            self.canvas.disc(place, 3.5, self.style.colors[0])
            self.marks.append(Mark("point", 0, j, Box(*place, *place)))

    def _pie(self) -> None:
        left, top, right, bottom = self.plot
        center, radius = ((left + right) / 2, (top + bottom) / 2), (right - left) / 2
        total, start = sum(self.data.values[0]), -90.0
        for j, value in enumerate(self.data.values[0]):
            end = start + 360 * value / total
            self.canvas.sector(center, radius, start, end, self.style.colors[j])
            self.marks.append(Mark("sector", 0, j, self.plot))
            self._pie_label(center, radius, math.radians((start + end) / 2), j)
            start = end
        if self.rng.random() < 0.25:
            self.canvas.disc(center, radius * self.rng.uniform(0.4, 0.65), self.style.ground)

    def _pie_label(self, center: tuple[float, float], radius: float, angle: float, category: int) -> None:
        x, y = center[0] + 1.12 * radius * math.cos(angle), center[1] + 1.12 * radius * math.sin(angle)
        text = f"{self.data.categories[category]} {self._label(self.data.values[0][category])}"
        anchor = "lm" if math.cos(angle) > 0 else "rm"
        near = (center[0] + radius * math.cos(angle), center[1] + radius * math.sin(angle))
        self.canvas.lines([near, (x, y)], _GREY)
        self._write((x, y), text, "category", anchor, 0.9)

    # --- around the marks ---

    def _axes(self) -> None:
        left, top, right, bottom = self.plot
        if self.design.bands:
            self._bands()
        count = round((self.high - self.low) / self.step)
        for value in [self.low + i * self.step for i in range(count + 1)] if self.design.axis else []:
            at = self._along(value)
            self.canvas.lines([(at, top), (at, bottom)] if self.sideways else [(left, at), (right, at)], _GREY)
            place, anchor = ((at, bottom + 6), "mt") if self.sideways else ((left - 7, at), "rm")
            self._write(place, self._tick(value), "value tick", anchor, 0.9)
        zero = self._along(max(0.0, self.low))
        line = [(zero, top), (zero, bottom)] if self.sideways else [(left, zero), (right, zero)]
        self.canvas.lines(line, (136, 136, 136))
        self._names()
        self._axis_titles()

    def _bands(self) -> None:
        left, top, right, bottom = self.plot
        half = abs(self._at(1) - self._at(0)) / 2 if len(self.data.categories) > 1 and not self.across else 0
        for j in range(0, len(self.data.categories), 2):
            low, high = self._at(j) - half, self._at(j) + half
            box = Box(left, low, right, high) if self.sideways else Box(low, top, high, bottom)
            self.canvas.rectangle(box, (250, 250, 250))

    def _names(self) -> None:
        left, _, _, bottom = self.plot
        if self.across:
            for x in range(0, 101, 20):
                at = left + x / 105 * (self.plot[2] - left)
                self._write((at, bottom + 6), str(x), "value tick", "mt")
            return
        for j, name in enumerate(self.data.categories):
            at = self._at(j)
            place, anchor = ((left - 8, at), "rm") if self.sideways else ((at, bottom + 8), "mt")
            if self.angle == 45:
                place, anchor = (at + self.em / 2, bottom + 6), "rt"
            self._write(place, name, "category", anchor, angle=self.angle)

    def _axis_titles(self) -> None:
        left, top, right, bottom = self.plot
        below, beside = self.data.category_title, self.data.value_title
        if self.sideways:
            below, beside = beside, below
        bold = self.design.bold_titles
        names = self.longest * math.sin(math.radians(self.angle)) if not self.sideways else 0
        shown = self.design.axis
        if below and shown:
            place = ((left + right) / 2, bottom + 6 + max(names, 1.4 * self.em) + 0.6 * self.em)
            self._write(place, below, "axis title", "mt", bold=bold)
        if beside and shown:
            self._write((0.9 * self.em, (top + bottom) / 2), beside, "axis title", "mm", bold=bold, angle=90)

    def _around(self) -> None:
        em, (width, height), data = self.em, self.style.size, self.data
        if data.title:
            place = (em, 0.7 * em)
            self.canvas.text(place, data.title, self.style.bold, em * 1.3, (0, 0, 0), "title", "lt")
        if self.design.name == "pollster":
            subtitle = f"% who say … in {data.title or 'a typical week'}"
            self.canvas.text((em, 3 * em), subtitle, self.style.font, em, (120, 120, 120), "note", "lt")
            self.canvas.text((em, height - em), "RESEARCH CENTER", self.style.bold, em * 0.8, (0, 0, 0), "note", "lb")
        if self.design.name == "portal":
            for i in range(5):
                top = em + i * 2.4 * em
                button = Box(width - 2.2 * em, top, width - 0.5 * em, top + 1.7 * em)
                self.canvas.rectangle(button, (235, 238, 240), 3)
            self.canvas.text((width - 3 * em, height - em), "Show source", self.style.font, em * 0.9, (0, 119, 204),
                             "note", "rb")  # fmt: skip
        if len(data.series) > 1:
            self._legend()

    def _legend(self) -> None:
        em, (width, height) = self.em, self.style.size
        left, top, right, _ = self.plot
        widths = [self._width(name) + 2.6 * em for name in self.data.series]
        x = right + em if self.design.legend == "right" else max(em, (width - sum(widths)) / 2)
        y = {"right": top + em, "bottom": height - 3.2 * em, "top": top - 1.4 * em}[self.design.legend]
        for i, name in enumerate(self.data.series):
            if self.design.legend == "bottom":
                self.canvas.disc((x + em / 2, y), em * 0.4, self.style.colors[i])
            else:
                self.canvas.rectangle(Box(x, y - em * 0.4, x + em * 0.8, y + em * 0.4), self.style.colors[i])
            self._write((x + 1.3 * em, y), name, "legend", "lm")
            x, y = (x, y + 1.6 * em) if self.design.legend == "right" else (x + widths[i], y)
