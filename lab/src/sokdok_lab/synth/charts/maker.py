"""Charts of every common kind with their exact truth: table and texts (marks: `lab/scripts/charts/chart_marks.py`).

- Facts are made up (`data`), so nothing can be guessed; a style (`style`) says how they look; matplotlib draws them.
- Positions are set from the lengths of the texts, not by a layout engine, which would draw everything twice; one figure
  is cleared and used again, since making figures is a good part of what a small chart costs.
- Everything depends on the seed alone: the same seed and fonts give the same chart.

    chart = ChartMaker(FontBook(folder)).chart(seed=7)
    chart.pixels, chart.data.html, chart.texts
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from PIL import Image

from sokdok.figures.chart.read.find_texts import FoundText, Point, level_strips
from sokdok_lab.synth.charts.data import ChartData, ChartText, Role, SyntheticChart, choose_data, line_from, short_names
from sokdok_lab.synth.charts.style import WHITE, Color, Style, labels_fit, least_plot, value_range
from sokdok_lab.synth.pages.fonts import FontBook, opened
from sokdok_lab.synth.pages.truth import Block, SyntheticPage
from sokdok_lab.synth.wear import Wear

KOREAN = 0.4  # share of the charts with Korean texts, where the book has a font for them
SHORT_SHARE = 0.15  # of the charts, whose names are letters, numbers or short words, as in data files
BROKEN_SHARE = 0.3  # of the names of two or three words of reports, each of which stands on a line of its own
BUTTONS_SHARE = 0.4  # of the spreadsheets' and newsrooms' charts: signs stand at their side where no text is
DPI = 100  # pixels per inch of the figure
_POINT = 72 / DPI  # points per pixel
_GREY: Color = (130, 130, 130)
_NOTES = {
    "en": ("Source: survey of 2019", "Note: figures are rounded", "Base: 1,024 adults", "* estimate"),
    "ko": ("출처: 통계 자료", "주: 반올림한 값", "* 잠정치"),
}
_GROUPS = {"en": ("Group", "series", "Type"), "ko": ("구분", "항목")}


class ChartMaker:
    """Draws charts in the fonts of a book."""

    def __init__(self, book: FontBook) -> None:
        self.book = book

    def chart(self, seed: int | str, kind: str | None = None) -> SyntheticChart:
        """Draw one chart of a kind (see `truth.KINDS`), a random one if None."""
        rng = random.Random(seed)
        korean = bool(self.book.korean) and rng.random() < KOREAN
        language = "ko" if korean else "en"
        data = choose_data(rng, language, kind)
        if data.kind != "scatter" and rng.random() < SHORT_SHARE:
            data = replace(data, categories=tuple(short_names(rng, len(data.categories))))
        return _Drawing(data, Style(data, self.book, rng, korean), language, rng).finish()


@lru_cache(maxsize=1)
def shared_figure() -> tuple[Figure, FigureCanvasAgg]:
    """Return the figure that every chart is drawn on, with its canvas."""
    figure = Figure(dpi=DPI)
    return figure, FigureCanvasAgg(figure)


def lines_of(text: Any, role: Role, figure: Any) -> Iterator[ChartText]:
    """Place each line of a matplotlib text of a figure that was drawn, where its layout has it."""
    _, lines, _ = text._get_layout(figure.canvas.get_renderer())
    at = text.get_transform().transform(text.get_unitless_position())
    em, angle, high = text.get_fontsize() * figure.dpi / 72, text.get_rotation(), float(figure.bbox.height)
    for line, (width, *_), (x, y) in lines:
        if line.strip():
            left, right = line_from((float(at[0] + x), high - float(at[1] + y)), float(width), em, angle)
            yield ChartText(line, role, left, right, em, angle)


def _unit_color(color: Color) -> tuple[float, float, float]:
    red, green, blue = color
    return red / 255, green / 255, blue / 255


class _Drawing:
    """One chart on the shared figure."""

    def __init__(self, data: ChartData, style: Style, language: str, rng: random.Random) -> None:
        self.data, self.style, self.language, self.rng, self.em = data, style, language, rng, style.text
        self.plain, self.pie = style.look == "plain", data.kind == "pie"
        self.figure, self.canvas = shared_figure()
        self.figure.clear()
        self.figure.set_facecolor(_unit_color(style.ground))
        self.texts: list[tuple[Text, Role, bool]] = []  # whether it is bold
        self.sideways = data.kind == "horizontal bar" or (data.kind in {"grouped", "stacked"} and rng.random() < 0.3)
        self.names = list(data.categories) if self.plain or style.angle else list(map(self._broken, data.categories))
        # Whether numbers stand on the grid's lines.
        self.inside = style.look == "newsroom" and not self.sideways and rng.random() < 0.5
        titled = {"layered": True, "plain": None}.get(style.look, False)
        self.titles = (data.category_title, data.value_title) if titled is None else ("", "")
        self.titles = (data.category_title or "Category", data.value_title or "Value") if titled else self.titles
        self.subtitle = f"{data.value_title or '%'}, {rng.randint(1990, 2030)}" if style.look == "newsroom" else ""
        self.buttons = rng.randint(1, 5) if titled is False and rng.random() < BUTTONS_SHARE else 0
        self._lay_out()
        self.colors = [_unit_color(color) for color in self.style.colors]
        self.ink = _unit_color(style.ink)

    # --- where everything stands ---

    def _broken(self, name: str) -> str:
        """Put each word of a name on a line of its own, now and then."""
        words = name.split()
        return "\n".join(words) if 1 < len(words) < 4 and self.rng.random() < BROKEN_SHARE else name

    def _length(self, text: str) -> float:
        """Measure the longest line of a text in pixels."""
        font = opened(self.style.font, round(self.em, 1))
        return max(map(font.getlength, text.split("\n")))

    def _lay_out(self) -> None:
        """Set the size of the picture from that of the plot and of what stands around it."""
        data, style = self.data, self.style
        left, down, right, top = self._margins()
        least = least_plot(data, self.em, self.sideways, bool(style.angle))
        width = max(style.size[0], round(left + right + least[0]))
        height = max(style.size[1], round(top + down + least[1]))
        if style.tight is not None and data.kind not in {"pie", "scatter"}:
            # From name to name as close as names stand.
            step, lengths = (style.tight + 1.0) * self.em, list(map(self._length, self.names))
            if self.sideways:
                step += 1.1 * self.em * max(name.count("\n") for name in self.names)
            elif not style.angle:
                step = 3 * self.em
                if lengths[1:]:
                    step = style.tight * self.em + max((a + b) / 2 for a, b in pairwise(lengths))
            step = max(step, (0.8 if data.kind == "grouped" else 0.3) * self.em * len(data.series))
            along = self.rng.uniform(130, 330)
            plot = (along, step * len(self.names)) if self.sideways else (step * len(self.names), along)
            wide = max(left + max(plot[0], 90) + right, 1.25 * self._length(data.title) + self.em)
            width, height = round(wide), round(top + down + plot[1])
        plot = width - left - right, height - top - down
        fit = labels_fit(data, style, plot, self.sideways)
        style.size, style.labels = (width, height), style.labels and fit
        self.figure.set_size_inches(width / DPI, height / DPI)
        self.axes: Axes = self.figure.add_axes((left / width, down / height, plot[0] / width, plot[1] / height))
        self.axes.set_facecolor(_unit_color(style.plot_ground))

    def _margins(self) -> tuple[float, float, float, float]:
        """Pixels left of, below, right of and above the axes, for names, ticks, titles, notes and the legend."""
        data, style, em = self.data, self.style, self.em
        names, lines = max(map(self._length, self.names)), 1 + max(name.count("\n") for name in self.names)
        ticks = self._length(style.number(max(map(max, data.values)), 0, data.unit)) + 0.8 * em
        left = (names if self.sideways else 0 if self.inside else ticks) + 2.8 * em
        down = (names if style.angle and not self.sideways else 1.2 * lines * em) + 3.2 * em + 1.4 * style.notes * em
        top = (3.2 if data.title else 1.2) * em + (1.6 * em if self.subtitle else 0)
        top, down = top + 2.2 * em * (style.legend == "top"), down + 2.2 * em * (style.legend == "bottom")
        series = max(map(self._length, data.categories if self.pie else data.series))
        right = series + 4 * em if style.legend in {"right", "direct"} else names if self.pie else 1.5 * em
        return left, down, right + (2.4 * em if self.buttons else 0), top

    def _font(self, scale: float = 1.0, bold: bool = False) -> FontProperties:
        font = self.style.bold if bold else self.style.font
        return FontProperties(fname=str(font.path), size=self.em * scale * _POINT)

    # --- what was drawn where ---

    def finish(self) -> SyntheticChart:
        """Draw everything and collect the truth."""
        draw = {"pie": self._pie, "line": self._lines, "area": self._areas, "scatter": self._scatter}
        draw.get(self.data.kind, self._bars)()
        if not self.pie:
            self._axes()
        self._around()
        self._legend()
        self.canvas.draw()
        pixels = np.asarray(self.canvas.buffer_rgba())[..., :3].copy()
        texts = tuple(line for text in self.texts if text[0].get_visible() for line in self._placed(*text))
        return SyntheticChart(pixels, self.data, texts)

    def _placed(self, text: Text, role: Role, bold: bool) -> Iterator[ChartText]:
        """Place the lines of a text, and say where their symbols end."""
        font = opened(self.style.bold if bold else self.style.font, round(float(text.get_fontsize()) / _POINT, 2))
        for line in lines_of(text, role, self.figure):
            lengths = [font.getlength(line.text[:end]) for end in range(1, len(line.text) + 1)]
            yield replace(line, ends=tuple(length / lengths[-1] for length in lengths))

    # --- kinds ---

    def _label(self, value: float) -> str:
        return self.style.number(value, self.data.decimals, self.data.unit)

    def _bars(self) -> None:
        data, style, rng = self.data, self.style, self.rng
        stacked, at = data.kind == "stacked", np.arange(len(data.categories))
        thick, base = style.bar / (1 if stacked else len(data.series)), np.zeros(len(at))
        edge: dict[str, Any] = {}
        if self.plain and rng.random() < 0.2:
            edge = {"edgecolor": rng.choice(["white", "black"]), "linewidth": 0.6}
        draw, along = (self.axes.barh, "left") if self.sideways else (self.axes.bar, "bottom")
        for i, row in enumerate(data.values):
            place = at if stacked else at + (i - (len(data.values) - 1) / 2) * thick
            start: dict[str, Any] = {along: base} if stacked else {}
            bars = draw(place, row, thick, color=self.colors[i], zorder=3, **edge, **start)
            if style.labels:
                color = "white" if sum(style.colors[i]) < 420 else "black"
                written = self.axes.bar_label(
                    bars, list(map(self._label, row)), label_type="center" if stacked else "edge",
                    padding=0 if stacked else 2, color=color if stacked else self.ink, fontproperties=self._font(0.9),
                )  # fmt: skip
                self.texts += [(text, "value label", False) for text in written]
            base = base + np.array(row)

    def _lines(self) -> None:
        """Draw lines with markers, rings or nothing at their points; their names at their ends, where that is asked."""
        data, rng, direct = self.data, self.rng, self.style.legend == "direct"
        marker, hollow = rng.choice([None, None, "o", "s", "^"]), not self.plain and rng.random() < 0.4
        width, dashed = rng.uniform(1, 2.6), self.plain and rng.random() < 0.15
        filling: dict[str, Any] = {"markerfacecolor": _unit_color(self.style.plot_ground)} if hollow else {}
        for i, (row, color) in enumerate(zip(data.values, self.colors, strict=False)):
            dash = "--" if dashed and i % 2 else "-"
            self.axes.plot(range(len(row)), row, dash, color=color, linewidth=width, marker=marker, zorder=3, **filling)
            self._labels(row if self.style.labels else (), color if direct else self.ink)
            if direct:
                bold, place = rng.random() < 0.5, (len(row) - 1, row[-1])
                name = self.axes.annotate(
                    data.series[i], place, (5, 0), textcoords="offset points", va="center", color=color,
                    fontproperties=self._font(1, bold),
                )  # fmt: skip
                self.texts.append((name, "legend", bold))

    def _areas(self) -> None:
        base = np.zeros(len(self.data.categories))
        for i, row in enumerate(self.data.values):
            top = base + np.array(row)
            self.axes.fill_between(range(len(row)), base, top, color=self.colors[i], linewidth=0, zorder=3)
            self._labels(top.tolist() if self.style.labels and len(self.data.values) == 1 else (), self.ink)
            base = top

    def _labels(self, row: Sequence[float], color: Any) -> None:
        for j, value in enumerate(row):
            label = self.axes.annotate(
                self._label(value), (j, value), (0, 5), textcoords="offset points", ha="center", color=color, zorder=5,
                fontproperties=self._font(0.85),
            )  # fmt: skip
            self.texts.append((label, "value label", False))

    def _scatter(self) -> None:
        across, row = [float(name) for name in self.data.categories], self.data.values[0]
        self.axes.scatter(across, row, self.rng.uniform(15, 50), color=self.colors[0], zorder=3)

    def _pie(self) -> None:
        data, rng, style = self.data, self.rng, self.style
        direct = style.legend in {"none", "direct"} or rng.random() < 0.4
        hole = {"width": rng.uniform(0.35, 0.6)} if rng.random() < 0.3 else {}
        edges = {"edgecolor": "white", "linewidth": 1.0} if rng.random() < 0.5 else {}
        _, *labels = self.axes.pie(
            data.values[0],
            labels=self.names if direct else None,
            colors=self.colors,
            startangle=rng.choice([90, 0, rng.randint(0, 360)]),
            counterclock=rng.random() < 0.5,
            wedgeprops={**hole, **edges},
            autopct=(lambda _: "") if style.labels else None,
            pctdistance=0.8 if hole else 0.6,
            textprops={"fontproperties": self._font(), "color": self.ink},
        )
        self.texts += [(text, "category", False) for text in labels[0]] if direct else []
        for text, value in zip(labels[1], data.values[0], strict=True) if style.labels else ():
            text.set(text=self._label(value), color="white")
            self.texts.append((text, "value label", False))

    # --- around the marks ---

    def _axes(self) -> None:
        data, style, axes, rng = self.data, self.style, self.axes, self.rng
        values, names = (axes.xaxis, axes.yaxis) if self.sideways else (axes.yaxis, axes.xaxis)
        low, high, step = value_range(data, rng)
        (axes.set_xlim if self.sideways else axes.set_ylim)(low, high)
        ticks = np.arange(low, high + step / 2, step)[:: 1 if self.plain else rng.choice([1, 1, 2])]
        decimals = max(0, -int(np.floor(np.log10(step) + 1e-9)))
        values.set_ticks(ticks, [style.number(tick, decimals, data.unit) for tick in ticks])
        if data.kind == "scatter":
            axes.set_xlim(0, 105)
            names.set_ticks(range(0, 101, 20), [str(x) for x in range(0, 101, 20)])
        else:
            many = data.kind in {"line", "area"} and len(self.names) > 10
            every = 2 if many and style.tight is None and rng.random() < 0.5 else 1
            names.set_ticks(range(0, len(self.names), every), self.names[::every])
            if style.tight is not None:
                (axes.set_ylim if self.sideways else axes.set_xlim)(-0.5, len(self.names) - 0.5)
        if self.sideways:
            axes.invert_yaxis()
        self._axis_texts(values, "value tick", self.titles[1], 0)
        angle = 0 if self.sideways else style.angle
        self._axis_texts(names, "value tick" if data.kind == "scatter" else "category", self.titles[0], angle)
        self._lines_around(values, names)

    def _axis_texts(self, axis: Any, role: Role, title: str, angle: int) -> None:
        bold = abs(angle) == 90 and not self.plain and self.rng.random() < 0.15
        for text in axis.get_ticklabels():
            text.set(fontproperties=self._font(1, bold), color=self.ink)
            if angle:
                side = "center" if abs(angle) == 90 else "right" if angle > 0 else "left"
                text.set(rotation=angle, ha=side, va="top", rotation_mode="default" if side == "center" else "anchor")
            self.texts.append((text, role, bold))
        if title:
            self.texts.append(
                (axis.set_label_text(title, fontproperties=self._font(), color=self.ink), "axis title", False)
            )

    def _lines_around(self, values: Any, names: Any) -> None:
        style, axes, rng = self.style, self.axes, self.rng
        pale: Color = (225, 225, 225) if sum(style.ground) > 400 else (80, 80, 80)
        grid = _unit_color(WHITE if style.look == "layered" else pale)
        axes.set_axisbelow(True)
        if style.grid != "none":
            values.grid(
                True, color=grid, linewidth=0.7, linestyle=rng.choice(["-", "-", "--", ":"] if self.plain else ["-"])
            )
        if style.grid == "both":
            names.grid(True, color=grid, linewidth=0.7)
        plain = rng.choice([(), ("left", "bottom"), ("left", "bottom", "top", "right"), ("bottom",)])
        sides = plain if self.plain else () if style.look == "layered" else ("left" if self.sideways else "bottom",)
        for name, spine in axes.spines.items():
            spine.set(visible=name in sides, color=self.ink, linewidth=0.8)
        axes.tick_params(
            length=rng.choice([0, 0, 3, 4]) if self.plain else 4 * (style.look == "layered"), color=self.ink
        )
        if self.inside:
            axes.tick_params(axis="y", pad=-2)
            for text in values.get_ticklabels():
                text.set(ha="left", va="bottom")

    def _around(self) -> None:
        """Write title, subtitle and notes, and draw what is no text: signs in a column at the side."""
        data, style, rng, em, (width, height) = self.data, self.style, self.rng, self.em, self.style.size
        bold = rng.random() < 0.6 if self.plain else style.look == "newsroom"
        middle = rng.random() < 0.5 if self.plain else style.look == "spreadsheet"
        x, align = (0.5, "center") if middle else (0.02, "left")

        def write(
            x: float, up: float, text: str, role: Role, scale: float, color: Any, bold: bool, **place: Any
        ) -> None:
            font = self._font(scale, bold)
            self.texts.append((self.figure.text(x, up, text, fontproperties=font, color=color, **place), role, bold))

        if data.title:
            write(x, 1 - 0.5 * em / height, data.title, "title", 1.25, self.ink, bold, va="top", ha=align)
        if self.subtitle:
            below = (2.4 if data.title else 0.5) * em
            write(x, 1 - below / height, self.subtitle, "note", 1.0, self.ink, False, va="top", ha=align)
        for i in range(style.notes):
            note = rng.choice(_NOTES[self.language])
            write(0.02, (0.5 + 1.3 * i) * em / height, note, "note", 0.85, _unit_color(_GREY), False, va="bottom")
        for i in range(self.buttons):
            place = [1 - 1.1 * em / width], [1 - (1 + 2.2 * i) * em / height]
            for shape, size, grey in (("s", 1.6, 0.95), (rng.choice("oDs^*+x"), 0.8, rng.uniform(0.35, 0.75))):
                self.figure.add_artist(Line2D(*place, marker=shape, ms=size * em * _POINT, color=(grey,) * 3))

    def _heads(self) -> bool:
        """Write names above the parts of the first of stacked bars, in two lines; whether they have room there."""
        if self.data.kind != "stacked" or not self.sideways or self.style.legend != "top" or self.plain:
            return False
        ends = np.cumsum([0.0, *(row[0] for row in self.data.values)])
        across = self.axes.transData.transform(np.stack([ends, 0 * ends], 1))[:, 0]
        names = [name.replace(" ", "\n", 1) for name in self.data.series]
        if any(self._length(name) > b - a for name, (a, b) in zip(names, pairwise(across), strict=True)):
            return False
        for name, color, (a, b) in zip(names, self.colors, pairwise(ends), strict=False):
            head = self.axes.annotate(
                name, ((a + b) / 2, -self.style.bar / 2), (0, 2), textcoords="offset points", ha="center", color=color,
                fontproperties=self._font(), annotation_clip=False,
            )  # fmt: skip
            self.texts.append((head, "legend", False))
        return True

    def _legend(self) -> None:
        if self.style.legend in {"none", "direct"} or self._heads():
            return
        names = self.names if self.pie else [*map(self._broken, self.data.series)]
        columns = int(self.style.size[0] / (max(map(self._length, names)) + 4 * self.em))
        handles: list[Any] = [Patch(color=color) for color in self.colors[: len(names)]]
        handles = list(self.axes.get_lines()) if self.data.kind == "line" else handles
        places: dict[str, dict[str, Any]] = {
            "right": {"loc": "center left", "bbox_to_anchor": (1.02, 0.5)},
            "bottom": {
                "loc": "lower center", "bbox_to_anchor": (0.5, 0), "bbox_transform": self.figure.transFigure,
            },
            "top": {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0)},
            "inside": {"loc": "best"},
        }  # fmt: skip
        place = places[self.style.legend]
        if self.style.legend in {"bottom", "top"}:
            place["ncols"] = max(1, min(len(names), columns))
        if self.style.look == "layered":
            place |= {"title": self.rng.choice(_GROUPS[self.language]), "title_fontproperties": self._font()}
        frame = self.plain and self.rng.random() < 0.3
        place |= {"prop": self._font(), "labelcolor": self.ink, "frameon": frame}
        legend = self.axes.legend(handles, names, facecolor=_unit_color(self.style.ground), **place)
        self.texts += [(text, "legend", False) for text in legend.get_texts()]
        if "title" in place:
            self.texts.append((legend.get_title(), "legend title", False))


SCALES = (0.75, 1.5)  # of a chart, half of the time
WEAR = Wear(
    blurred=(0.3, 0.3, 0.7), toned=(0.2, (0, 70), (190, 255)), noisy=(0.15, 0, 6), jpeg=(0.4, 30, 90), inverted=0.05
)
OFF_EM, OFF_SIZE = 0.08, 0.07  # deviations of where a text is found, and of its size


def chart_strips(maker: ChartMaker, seed: int | str) -> SyntheticPage:
    """The texts of a chart, laid level one above the other as the reader of charts has them; boxes of their symbols."""
    rng, chart = random.Random(f"chart strips {seed}"), maker.chart(f"strips {seed}")
    scale = rng.uniform(*SCALES) if rng.random() < 0.5 else 1.0
    gray = Image.fromarray(chart.pixels).convert("L")
    seen = gray.resize((round(gray.width * scale), round(gray.height * scale)), Image.Resampling.BILINEAR)

    def found(place: Point, em: float) -> Point:
        return place[0] + rng.gauss(0, OFF_EM) * em, place[1] + rng.gauss(0, OFF_EM) * em

    places = [
        FoundText(found(t.left, t.em), found(t.right, t.em), t.em * rng.gauss(1, OFF_SIZE), t.angle, t.role, 1.0)
        for t in chart.texts
    ]
    worn = Image.fromarray(WEAR(np.asarray(seen), rng))
    pixels, lines = level_strips(worn, [place.scaled(scale) for place in places])
    symbols, boxes = "", [np.zeros((0, 4))]
    for text, line in zip(chart.texts, lines, strict=True):
        (left, y), (right, _), half = line.left, line.right, line.em / 2
        ends = left + (right - left) * np.array([0.0, *text.ends, 1.0])  # a line feed has no width
        rows = np.full(len(ends) - 1, y)
        boxes.append(np.stack([ends[:-1], rows - half, ends[1:], rows + half], 1))
        symbols += text.text + "\n"
    block = Block("paragraph", 0, len(symbols))
    return SyntheticPage(pixels, symbols, np.concatenate(boxes).astype(np.float32), (block,))
