"""Charts drawn by matplotlib, with what was drawn where.

- One figure is cleared and used again: making figures is a good part of what a small chart costs.
- Positions are set from the lengths of the labels, not by a layout engine, which would draw everything twice.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from PIL import ImageFont

from sokdok.errors import MissingExtraError
from sokdok.imaging.box import Box
from sokdok_lab.synth.charts.style import Color, Style, labels_fit, least_plot, letter, value_range
from sokdok_lab.synth.charts.truth import ChartData, ChartText, Mark, Point, Role, SyntheticChart, line_from

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from matplotlib.text import Text

DPI = 100  # pixels per inch of the figure
_POINT = 72 / DPI  # points per pixel


def draw_with_matplotlib(data: ChartData, style: Style, rng: random.Random) -> SyntheticChart:
    """Draw facts in a style. Raises MissingExtraError without matplotlib."""
    return _Drawing(data, style, rng).finish()


@lru_cache(maxsize=1)
def _figure() -> tuple[Figure, FigureCanvasAgg]:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("figures", "drawing charts") from None
    figure = Figure(dpi=DPI)
    return figure, FigureCanvasAgg(figure)


@lru_cache(maxsize=512)
def _opened(path: str, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def _unit_color(color: Color) -> tuple[float, float, float]:
    red, green, blue = color
    return red / 255, green / 255, blue / 255


class _Drawing:
    """One chart on the shared figure."""

    def __init__(self, data: ChartData, style: Style, rng: random.Random) -> None:
        self.data, self.style, self.rng = data, style, rng
        self.figure, self.canvas = _figure()
        self.figure.clear()
        self.figure.set_facecolor(_unit_color(style.ground))
        self.texts: list[tuple[Text, Role]] = []
        self.shown: list[tuple[Any, int, int]] = []
        """what stands for a value: a patch or a point (x, y) in data units; its series and category"""
        self.sideways = data.kind == "horizontal bar" or (data.kind in {"grouped", "stacked"} and rng.random() < 0.3)
        left, down, right, top = self._margins()
        least = least_plot(data, style.text, self.sideways, bool(style.angle))
        width = max(style.size[0], round(left + right + least[0]))
        height = max(style.size[1], round(top + down + least[1]))
        plot = width - left - right, height - top - down
        self.style = replace(
            style, size=(width, height), labels=style.labels and labels_fit(data, style, plot, self.sideways)
        )
        self.figure.set_size_inches(width / DPI, height / DPI)
        self.axes: Axes = self.figure.add_axes((left / width, down / height, plot[0] / width, plot[1] / height))
        self.axes.set_facecolor(_unit_color(style.plot_ground))
        self.pie = data.kind == "pie"
        self.colors = [_unit_color(color) for color in style.colors]

    def _font(self, scale: float = 1.0, bold: bool = False) -> FontProperties:
        from matplotlib.font_manager import FontProperties

        font = self.style.bold if bold else self.style.font
        return FontProperties(fname=str(font.path), size=self.style.text * scale * _POINT)

    def _margins(self) -> tuple[float, float, float, float]:
        """Pixels left of, below, right of and above the axes, for names, ticks, titles and the legend."""
        data, style, em = self.data, self.style, self.style.text
        longest = max(map(len, data.categories)) * em * letter(data)
        ticks = (len(style.number(max(map(max, data.values)), 0, data.unit)) * 0.6 + 0.8) * em
        left = (longest if self.sideways else ticks) + 2.8 * em
        down = (longest if style.angle and not self.sideways else 1.5 * em) + 3.2 * em
        top = (3.2 if data.title else 1.2) * em + (2.2 * em if style.legend == "top" else 0)
        down += 2.2 * em if style.legend == "bottom" else 0
        legend = max(map(len, data.series if data.kind != "pie" else data.categories)) * em * letter(data) + 4 * em
        right = legend if style.legend == "right" else longest if data.kind == "pie" else 1.5 * em
        return left, down, right, top

    def finish(self) -> SyntheticChart:
        """Draw everything and collect the truth."""
        draw = {"pie": self._pie, "line": self._lines, "area": self._areas, "scatter": self._scatter}
        draw.get(self.data.kind, self._bars)()
        if not self.pie:
            self._axes()
        self._title()
        self._legend()
        self.canvas.draw()
        pixels = np.asarray(self.canvas.buffer_rgba())[..., :3].copy()
        height = pixels.shape[0]
        marks = tuple(self._mark(shown, series, category, height) for shown, series, category in self.shown)
        plot = self._box(self.axes.get_window_extent(), height)
        return SyntheticChart(pixels, self.data, tuple(self._texts(height)), marks, plot, "matplotlib")

    @staticmethod
    def _box(extent: Any, height: int) -> Box:
        return Box(float(extent.x0), float(height - extent.y1), float(extent.x1), float(height - extent.y0))

    def _texts(self, height: int) -> list[ChartText]:
        shown = [(text, role) for text, role in self.texts if text.get_visible() and text.get_text().strip()]
        return [self._text(text, role, height) for text, role in shown]

    def _text(self, text: Text, role: Role, height: int) -> ChartText:
        """Place a text; matplotlib's box reaches as high and as deep as `lp` at least."""
        box, angle = self._box(text.get_window_extent(), height), text.get_rotation()
        em = float(text.get_fontsize()) / _POINT
        path = text.get_fontproperties().get_file()
        font = _opened(path, round(em, 1))
        inks = [font.getbbox(ink, anchor="ls") for ink in (text.get_text(), "lp")]
        descent = max(ink[3] for ink in inks)
        down = (max(ink[3] - ink[1] for ink in inks)) / 2 - descent  # from the middle to the baseline
        width = inks[0][2] - inks[0][0]
        sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
        x, y = box.middle
        start: Point = (x - width / 2 * cosine + down * sine, y + width / 2 * sine + down * cosine)
        return ChartText(text.get_text(), box, role, *line_from(start, width, em, angle), em, angle)

    def _mark(self, shown: Any, series: int, category: int, height: int) -> Mark:
        if isinstance(shown, tuple):
            x, y = self.axes.transData.transform(shown)
            return Mark("point", series, category, Box(float(x), float(height - y), float(x), float(height - y)))
        return Mark("sector" if self.pie else "bar", series, category, self._box(shown.get_window_extent(), height))

    # --- kinds ---

    def _bars(self) -> None:
        data, style, rng = self.data, self.style, self.rng
        at = np.arange(len(data.categories))
        stacked = data.kind == "stacked"
        thick = style.bar / (1 if stacked else len(data.series))
        base = np.zeros(len(at))
        edge: dict[str, Any] = {}
        if rng.random() < 0.2:
            edge = {"edgecolor": rng.choice(["white", "black"]), "linewidth": 0.6}
        for i, row in enumerate(data.values):
            place = at if stacked else at + (i - (len(data.values) - 1) / 2) * thick
            draw = self.axes.barh if self.sideways else self.axes.bar
            start: dict[str, Any] = {"left": base} if self.sideways else {"bottom": base}
            bars = draw(place, row, thick, color=self.colors[i], zorder=3, **edge, **(start if stacked else {}))
            self.shown += [(bar, i, j) for j, bar in enumerate(bars)]
            if style.labels:
                self._bar_labels(bars, row, stacked)
            base = base + np.array(row)

    def _bar_labels(self, bars: Any, row: Sequence[float], inside: bool) -> None:
        texts = [self.style.number(value, self.data.decimals, self.data.unit) for value in row]
        color = "white" if inside else _unit_color(self.style.ink)
        place: Literal["center", "edge"] = "center" if inside else "edge"
        for text in self.axes.bar_label(
            bars, texts, label_type=place, padding=0 if inside else 2, color=color, fontproperties=self._font(0.9)
        ):
            self.texts.append((text, "value label"))

    def _lines(self) -> None:
        data, rng = self.data, self.rng
        marker = rng.choice([None, None, "o", "s", "^"])
        width, dashed = rng.uniform(1, 2.6), rng.random() < 0.15
        for i, row in enumerate(data.values):
            dash = "--" if dashed and i % 2 else "-"
            self.axes.plot(range(len(row)), row, dash, color=self.colors[i], linewidth=width, marker=marker, zorder=3)
            self._points(i, row, 1)

    def _areas(self) -> None:
        base = np.zeros(len(self.data.categories))
        for i, row in enumerate(self.data.values):
            top = base + np.array(row)
            self.axes.fill_between(range(len(row)), base, top, color=self.colors[i], linewidth=0, zorder=3)
            self._points(i, top.tolist(), 1 if i == len(self.data.values) - 1 and len(self.data.values) == 1 else 0)
            base = top

    def _points(self, series: int, row: Sequence[float], labelled: int) -> None:
        self.shown += [((j, value), series, j) for j, value in enumerate(row)]
        if self.style.labels and labelled:
            for j, value in enumerate(row):
                text = self.style.number(value, self.data.decimals, self.data.unit)
                self._annotate(text, (j, value))

    def _annotate(self, text: str, place: tuple[float, float]) -> None:
        drawn = self.axes.annotate(
            text, place, (0, 5), textcoords="offset points", ha="center", fontproperties=self._font(0.85),
            color=_unit_color(self.style.ink), zorder=5,
        )  # fmt: skip
        self.texts.append((drawn, "value label"))

    def _scatter(self) -> None:
        across = [float(name) for name in self.data.categories]
        row = self.data.values[0]
        self.axes.scatter(across, row, self.rng.uniform(15, 50), color=self.colors[0], zorder=3)
        self.shown += [((x, y), 0, j) for j, (x, y) in enumerate(zip(across, row, strict=True))]

    def _pie(self) -> None:
        data, rng = self.data, self.rng
        direct = self.style.legend == "none" or rng.random() < 0.4
        hole = {"width": rng.uniform(0.35, 0.6)} if rng.random() < 0.3 else {}
        edges = {"edgecolor": "white", "linewidth": 1.0} if rng.random() < 0.5 else {}
        parts, *labels = self.axes.pie(
            data.values[0],
            labels=data.categories if direct else None,
            colors=self.colors,
            startangle=rng.choice([90, 0, rng.randint(0, 360)]),
            counterclock=rng.random() < 0.5,
            wedgeprops={**hole, **edges},
            autopct=(lambda _: "") if self.style.labels else None,
            pctdistance=0.8 if hole else 0.6,
            textprops={"fontproperties": self._font(), "color": _unit_color(self.style.ink)},
        )  # fmt: skip
        self.shown += [(part, 0, j) for j, part in enumerate(parts)]
        self.handles = parts
        if direct:
            self.texts += [(text, "category") for text in labels[0]]
        if self.style.labels:
            for text, value in zip(labels[1], data.values[0], strict=True):
                text.set_text(self.style.number(value, data.decimals, data.unit))
                text.set_color("white")
                self.texts.append((text, "value label"))

    # --- around the marks ---

    def _axes(self) -> None:
        data, style, axes = self.data, self.style, self.axes
        values, names = (axes.xaxis, axes.yaxis) if self.sideways else (axes.yaxis, axes.xaxis)
        low, high, step = value_range(data, self.rng)
        (axes.set_xlim if self.sideways else axes.set_ylim)(low, high)
        ticks = np.arange(low, high + step / 2, step)
        decimals = max(0, -int(np.floor(np.log10(step) + 1e-9)))
        values.set_ticks(ticks, [style.number(tick, decimals, data.unit) for tick in ticks])
        if data.kind == "scatter":
            axes.set_xlim(0, 105)
            names.set_ticks(range(0, 101, 20), [str(x) for x in range(0, 101, 20)])
        else:
            self._names(names)
        if self.sideways:
            axes.invert_yaxis()
        self._axis_texts(values, "value tick", data.value_title, 0)
        angle = 0 if self.sideways else style.angle
        self._axis_texts(names, "value tick" if data.kind == "scatter" else "category", data.category_title, angle)
        self._lines_around(values, names)

    def _names(self, names: Any) -> None:
        count = len(self.data.categories)
        every = 2 if self.data.kind in {"line", "area"} and count > 10 and self.rng.random() < 0.5 else 1
        names.set_ticks(range(0, count, every), self.data.categories[::every])

    def _axis_texts(self, axis: Any, role: Role, title: str, angle: int) -> None:
        ink = _unit_color(self.style.ink)
        for text in axis.get_ticklabels():
            text.set(fontproperties=self._font(), color=ink)
            if angle:
                anchor = "default" if angle == 90 else "anchor"
                text.set(rotation=angle, ha="center" if angle == 90 else "right", va="top", rotation_mode=anchor)
            self.texts.append((text, role))
        if title:
            self.texts.append((axis.set_label_text(title, fontproperties=self._font(), color=ink), "axis title"))

    def _lines_around(self, values: Any, names: Any) -> None:
        style, axes = self.style, self.axes
        grey = _unit_color((225, 225, 225) if sum(style.ground) > 400 else (80, 80, 80))
        axes.set_axisbelow(True)
        if style.grid != "none":
            values.grid(True, color=grey, linewidth=0.7, linestyle=self.rng.choice(["-", "-", "--", ":"]))
        if style.grid == "both":
            names.grid(True, color=grey, linewidth=0.7)
        shown = self.rng.choice([(), ("left", "bottom"), ("left", "bottom", "top", "right"), ("bottom",)])
        for name, spine in axes.spines.items():
            spine.set_visible(name in shown)
            spine.set_color(_unit_color(style.ink))
            spine.set_linewidth(0.8)
        axes.tick_params(length=self.rng.choice([0, 0, 3, 4]), color=_unit_color(style.ink))

    def _title(self) -> None:
        if self.data.title:
            x = self.rng.choice([0.02, 0.5])
            text = self.figure.text(
                x, 1 - 0.5 * self.style.text / self.style.size[1], self.data.title, va="top",
                ha="center" if x == 0.5 else "left", fontproperties=self._font(1.25, self.rng.random() < 0.6),
                color=_unit_color(self.style.ink),
            )  # fmt: skip
            self.texts.append((text, "title"))

    def _legend(self) -> None:
        from matplotlib.patches import Patch

        if self.style.legend == "none":
            return
        names = self.data.categories if self.pie else self.data.series
        entry = (max(map(len, names)) * letter(self.data) + 4) * self.style.text
        columns = max(1, min(len(names), int(self.style.size[0] / entry)))
        handles: list[Any] = [Patch(color=color) for color in self.colors[: len(names)]]
        if self.data.kind == "line":
            handles = list(self.axes.get_lines())
        places: dict[str, dict[str, Any]] = {
            "right": {"loc": "center left", "bbox_to_anchor": (1.02, 0.5)},
            "bottom": {"loc": "lower center", "bbox_to_anchor": (0.5, 0), "ncols": columns},
            "top": {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "ncols": columns},
            "inside": {"loc": "best"},
        }
        place = places[self.style.legend]
        if self.style.legend == "bottom":
            place["bbox_transform"] = self.figure.transFigure
        ink, ground = _unit_color(self.style.ink), _unit_color(self.style.ground)
        place |= {"prop": self._font(), "labelcolor": ink, "facecolor": ground, "frameon": self.rng.random() < 0.3}
        legend = self.axes.legend(handles, names, **place)
        self.texts += [(text, "legend") for text in legend.get_texts()]
