"""Charts drawn by Vega-Lite, with where each text and each mark is: its SVG names the role and the place of all.

- Specifications are made up: kinds of marks, of axes, of legends, and how they look. A good part of the names are
  single letters and short words, as in data files, since those are hardest to find.
- Pixels and places come from one and the same SVG.
- A text's length is measured in its font file, so only families that the renderer finds by name are used.
"""

from __future__ import annotations

import io
import math
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import numpy as np
from chart_marks import Marks
from PIL import Image, ImageFont

from sokdok.errors import InputError
from sokdok.figures.chart.numbers import parse_number
from sokdok.imaging.box import Box
from sokdok_lab.synth.charts.data import ChartData, ChartText, Role, choose_data, line_from, short_names
from sokdok_lab.synth.pages.fonts import Family, Font, FontBook, opened

KOREAN = 0.45  # share of the charts with Korean texts, where the book has a font for them
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_MOVE = re.compile(r"(translate|rotate|scale)\(([^)]*)\)")
_ROLES: dict[str, Role] = {
    "role-axis-title": "axis title", "role-legend-title": "legend title", "role-legend-label": "legend",
    "role-title-text": "title", "role-title-subtitle": "note", "heads_marks": "legend", "role-mark": "value label",
    "role-column-header": "category", "role-row-header": "category",
    "role-column-title": "axis title", "role-row-title": "axis title",
}  # fmt: skip
_HEADERS = {"role-column-header", "role-row-header", "role-column-title", "role-row-title"}  # of charts side by side
_CONTINUOUS = re.compile(r"for a (linear|log|sqrt|pow|symlog) scale")
"""how the label of an axis of numbers speaks of it"""
_PROBE, _PROBE_PX, _PROBE_ERROR = "Hamburg 1234", 40, 0.04
"""what is drawn to see whether the renderer finds a family, and by how much its length may differ"""
_TRIES = 200  # families that are tried for one chart, at most
_LEAST_CONTRAST = 40  # levels between ink and ground of a text that can be seen
CURVE_POINTS = 9  # along a piece of a curved line
_SVG = "http://www.w3.org/2000/svg"


class VegaDrawer:
    """Draws charts in the families of a book that the renderer finds."""

    def __init__(self, book: FontBook) -> None:
        converter = _converter()
        for folder in sorted({str(family.style("regular").path.parent) for family in book.latin}):
            converter.register_font_directory(folder)
        self.book = book

    def chart(self, seed: int | str) -> tuple[np.ndarray, tuple[ChartText, ...], Marks]:
        """Draw one chart: pixels (H, W, 3) uint8, its texts and marks."""
        rng = random.Random(seed)
        korean = bool(self.book.korean) and rng.random() < KOREAN
        family = self.family(rng, korean)
        spec, theme, scale = make_spec(rng, family.name, korean)
        svg, pixels = rendered(spec, theme, scale)
        texts = tuple(text for text in _texts(svg, family, scale) if _shows(pixels, text.box))
        return pixels, texts, marks_of_svg(svg, scale)

    def family(self, rng: random.Random, korean: bool) -> Family:
        """Choose a family that the renderer finds. Raises InputError if it seems to find none."""
        for _ in range(_TRIES):
            family = self.book.pick(rng, korean)
            if all(_same_length(family.name, family.style(style), style) for style in ("regular", "bold")):
                return family
        raise InputError("Vega-Lite's renderer finds none of these fonts by their names; name another folder of fonts")


def rendered(spec: dict[str, Any], theme: str | None, scale: float) -> tuple[str, np.ndarray]:
    """Draw a specification: its SVG, and the same in pixels (H, W, 3) uint8."""
    svg = _converter().vegalite_to_svg(spec, theme=theme)
    return svg, _pixels(svg, scale)


def _pixels(svg: str, scale: float = 1.0) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(_converter().svg_to_png(svg, scale=scale))).convert("RGB"))


def _converter() -> Any:
    import vl_convert

    return vl_convert


@lru_cache(maxsize=4096)
def _same_length(name: str, font: Font, style: str) -> bool:
    """Check whether the renderer, asked for a family's style by name, draws a text as long as a font file has it."""
    weight = "bold" if style == "bold" else "normal"
    svg = (
        f'<svg xmlns="{_SVG}" width="900" height="90"><rect width="900" height="90" fill="white"/><text x="10" y="60" '
        f'font-family={quoteattr(name)} font-weight="{weight}" font-size="{_PROBE_PX}px">{_PROBE}</text></svg>'
    )
    ink = _pixels(svg)[..., 0] < 128
    left, _, right, _ = font.at(_PROBE_PX).getbbox(_PROBE)
    drawn = np.flatnonzero(ink.any(0))
    return len(drawn) > 0 and abs(int(np.ptp(drawn)) - (right - left)) < _PROBE_ERROR * (right - left)


def _shows(pixels: np.ndarray, box: Box) -> bool:
    """Check whether there is anything to see in a box: themes write white on white now and then."""
    left, top, right, bottom = (max(0, round(side)) for side in box)
    inside = pixels[top : bottom + 1, left : right + 1].astype(np.int16)
    return inside.size > 0 and int(np.ptp(inside, axis=(0, 1)).max()) > _LEAST_CONTRAST


def _texts(svg: str, family: Family, scale: float) -> Iterator[ChartText]:
    """Place the texts of a drawing in pixels of the picture."""
    for element, matrix, part, labels in _leaves(svg, scale):
        role = labels if "role-axis-label" in part else next((_ROLES[name] for name in _ROLES if name in part), None)
        if role is None or element.tag != f"{{{_SVG}}}text":
            continue
        size = float(element.get("font-size", "10px").removesuffix("px"))
        bold = element.get("font-weight", "normal") not in ("normal", "400", "300", "lighter")
        font = opened(family.style("bold" if bold else "regular"), size)
        down = 0.0
        for line in element if len(element) else (element,):  # texts of several lines have a `tspan` for each
            down += float(line.get("dy", "0")) if len(element) else 0.0
            text, moved = (line.text or "").strip(), matrix @ _translation(0.0, down)
            if text:
                said: Role = "category" if role == "value label" and not parse_number(text) else role
                yield _place(text, element.get("text-anchor", "start"), moved, font, said)


def _place(text: str, anchor: str, matrix: np.ndarray, font: ImageFont.FreeTypeFont, role: Role) -> ChartText:
    """Place one text, whose origin lies at (0, 0) of a matrix."""
    scale = math.hypot(matrix[0, 0], matrix[1, 0])
    angle = -math.degrees(math.atan2(matrix[1, 0], matrix[0, 0]))
    length, em = font.getlength(text), font.size
    start = -length * {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
    x, y = (matrix @ (start, 0.0, 1.0))[:2]
    ends = line_from((float(x), float(y)), length * scale, em * scale, angle)
    return ChartText(text, role, *ends, em * scale, angle)


def _leaves(svg: str, scale: float) -> Iterator[tuple[ElementTree.Element, np.ndarray, list[str], Role]]:
    """Yield what an SVG shows: its matrix to pixels, the classes of its mark, and what labels are on its axis."""

    def walk(
        element: ElementTree.Element, matrix: np.ndarray, part: list[str], labels: Role
    ) -> Iterator[tuple[ElementTree.Element, np.ndarray, list[str], Role]]:
        matrix = matrix @ _matrix(element.get("transform", ""))
        names = element.get("class", "").split()
        if "role-axis" in names:
            labels = "value tick" if _CONTINUOUS.search(element.get("aria-label", "")) else "category"
        if any(name.startswith("role-") for name in names) and not (_HEADERS & {*part} and "role-title" in names[-1]):
            part = names
        if not len(element) or element.tag == f"{{{_SVG}}}text":
            # What would overlap others is there, but not shown.
            if element.get("opacity") != "0" and names not in (["background"], ["foreground"]):
                yield element, matrix, part, labels
            return
        for child in element:
            yield from walk(child, matrix, part, labels)

    return walk(ElementTree.fromstring(svg), np.diag([scale, scale, 1.0]), [], "category")


def _matrix(transform: str) -> np.ndarray:
    """Multiply the moves of a `transform` to one matrix (3, 3)."""
    matrix = np.eye(3)
    for name, values in _MOVE.findall(transform):
        numbers = [float(value) for value in re.split(r"[ ,]+", values.strip())]
        step = np.eye(3)
        if name == "translate":
            step = _translation(*(*numbers, 0.0)[:2])
        elif name == "scale":
            step[0, 0], step[1, 1] = numbers[0], numbers[-1]
        else:
            sine, cosine = math.sin(math.radians(numbers[0])), math.cos(math.radians(numbers[0]))
            step[:2, :2] = ((cosine, -sine), (sine, cosine))
        matrix = matrix @ step
    return matrix


def _translation(x: float, y: float) -> np.ndarray:
    return np.array([(1.0, 0.0, x), (0.0, 1.0, y), (0.0, 0.0, 1.0)])


# --- marks ---


def marks_of_svg(svg: str, scale: float) -> Marks:
    """Collect the marks of an SVG that Vega drew, in pixels of a picture `scale` as large."""
    found = Marks()
    for element, matrix, part, _ in _leaves(svg, scale):
        path = element.get("d", "")

        def placed(points: Any, matrix: np.ndarray = matrix) -> np.ndarray:
            return np.asarray(points, float).reshape(-1, 2) @ matrix[:2, :2].T + matrix[:2, 2]

        if element.tag.endswith("line"):
            end = float(element.get("x2", 0)), float(element.get("y2", 0))
            if "role-axis-grid" in part or "role-axis-domain" in part:
                found.stroke("grid" if "grid" in part else "axis", placed([(0, 0), end]))
            elif "role-axis-tick" in part:
                side = "left" if end[0] < 0 else "right" if end[0] > 0 else "above" if end[1] < 0 else "below"
                found.add("tick", placed((0, 0)), side)
        elif "role-legend-symbol" in part:
            found.add("key", placed((0, 0)), "patch" if element.get("fill") else "line")
        elif "role-mark" in part and path:
            _mark(found, element, path, part, placed)
    return found


def _mark(found: Marks, element: ElementTree.Element, path: str, part: str, placed: Any) -> None:
    numbers = [float(number) for number in _NUMBER.findall(path)]
    if "mark-rect" in part:
        if len(numbers) == 5:  # a place, three sides: corners that are not rounded
            x, y, wide, high, _ = numbers
            numbers = [x, y, x + wide, y + high]
        corners = placed(numbers)
        kind = "bar" if element.get("aria-roledescription") == "bar" else "cell"
        found.rectangle([*corners.min(0), *corners.max(0)], kind)
    elif "mark-symbol" in part:
        found.add("point", placed((0, 0)), "marker")
    elif "mark-line" in part:
        ends, way = _way(path)
        found.line(placed(ends), marked=False, stroke="")
        found.stroke("line", placed(way))
    elif "mark-area" in part and set("MLZ") >= set(re.sub(r"[^A-Za-z]", "", path)):
        points = placed(numbers)
        for edge in np.array_split(points, 2):
            found.line(edge, False, "edge")
    elif "mark-arc" in part and len(numbers) >= 9:
        middle = placed((0, 0))[0].tolist()
        ends = [numbers[:2], numbers[7:9]]
        found.add("rim", placed(ends), "", *middle) if math.hypot(*ends[0]) else None


def _way(path: str) -> tuple[np.ndarray, np.ndarray]:
    """Follow a path of straight lines and of cubic curves: where its pieces end (N, 2), and points along it (M, 2)."""
    ends: list[np.ndarray] = []
    way: list[np.ndarray] = []
    for name, text in re.findall(r"([MLC])([^A-Za-z]*)", path):
        places = np.array([float(number) for number in _NUMBER.findall(text)]).reshape(-1, 2)
        if name == "C":
            t = np.linspace(0, 1, CURVE_POINTS)[1:, None]
            weights = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
            way.extend(weights @ np.vstack([ends[-1], places]))
        else:
            way.extend(places)
        ends.append(places[-1])
    return np.array(ends), np.array(way)


# --- specifications ---

Spec = dict[str, Any]
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
THEMES = (
    *(None, None, None, None, "excel", "ggplot2", "fivethirtyeight", "latimes", "quartz", "vox", "urbaninstitute"),
    *("googlecharts", "powerbi", "dark"),
)  # None is the library's own
_MARKS = {
    "bar": 3, "grouped": 1, "stacked": 1, "line": 2, "area": 1, "point": 1, "arc": 1, "histogram": 1, "scatter": 1,
}  # fmt: skip
_KINDS = {
    "grouped": "grouped", "stacked": "stacked", "line": "line", "area": "area", "arc": "pie",
    "point": "line", "scatter": "line",
}  # fmt: skip
"""kinds of facts behind marks; bars behind the others"""
_FIELDS = (
    *("a", "b", "c", "k", "m", "n", "p", "q", "r", "s", "t", "w", "z", "id", "no", "qty", "kg", "val", "code", "size"),
    *("Item", "Shop", "total_cost", "net_weight", "avg_speed", "Length", "Crop", "shift", "Mean of height"),
)
_NUMBER_FORMATS = (",.0f", ".1f", "s", "%", "$,.0f", "d", ".2f")
_TIME_FORMATS = ("%Y", "%b %Y", "%b %d", "%b", "%m/%d", "%Y-%m-%d")
SCHEMES = ("tableau10", "category10", "set2", "dark2", "blues", "viridis", "accent", "pastel1", "oranges")
_LEGENDS = ("right", "right", "right", "top", "bottom", "left", "top-left", "bottom-right")
_ANGLES = (None, None, None, 0, 0, 0, -45, 45, -90, 270, -30, 15, 90, 30, 30, 60)
"""of names below a chart, degrees clockwise; None as the library has it"""
_SCALES = (1.0, 1.0, 1.0, 1.0, 1.5, 2.0)  # pixels per unit
_INTERPOLATED = ("linear", "linear", "monotone", "step-after", "cardinal")  # lines between their values
_MOST_SCATTERED = 60  # points of a series
_SHORT_SHARE = 0.7  # of the charts have names as data files have them
_LINES_SHARE = 0.3  # of the legends, heads and names of sectors have each word on a line of its own


def make_spec(rng: random.Random, font: str, korean: bool) -> tuple[Spec, str | None, float]:
    """Make up a specification, the theme to draw it in, and pixels per unit."""
    mark = rng.choices(list(_MARKS), list(_MARKS.values()))[0]
    data = choose_data(rng, "ko" if korean else "en", _KINDS.get(mark, "bar"))
    layers = _Encoder(rng, data, mark).layers()
    stepped = mark not in ("arc", "histogram", "scatter") and len(layers) == 1
    rows, looks = _rows(rng, data, mark), config(rng, font)
    spec: Spec = {
        "$schema": SCHEMA,
        "data": {"values": rows},
        "config": looks,
        **_size(rng, stepped, len(data.categories)),
        **(layers[0] if len(layers) == 1 else {"layer": layers}),
    }
    level = stepped and layers[0]["encoding"]["x"].get("axis", {}).get("labelAngle") == 0
    if level and rng.random() < 0.6:  # names as close to each other as names ever are
        longest = max(len(str(row.get("name"))) for row in rows) * (1.0 if korean else 0.55)
        spec["width"] = {"step": round(longest * looks["axis"]["labelFontSize"] + rng.uniform(3, 12))}
    elif stepped and len(data.series) > 1 and rng.random() < 0.2:
        spec["encoding"]["column" if rng.random() < 0.7 else "row"] = {"field": "series", "type": "nominal"}
        spec |= {"width": {"step": rng.randint(12, 22)}, "height": rng.randint(60, 160)}
    if rng.random() < 0.45:
        spec["title"] = title(rng, data)
    return spec, rng.choice(THEMES), rng.choice(_SCALES)


def _rows(rng: random.Random, data: ChartData, mark: str) -> list[Spec]:
    """Write the facts as a data file does: a row a value, with its name, its place on an axis and its series."""
    if mark == "histogram":
        spread = rng.uniform(5, 30)
        return [{"value": rng.gauss(50, spread)} for _ in range(60)]
    if mark == "scatter":
        slope, apart, units = rng.uniform(-1, 1), rng.uniform(0.1, 1.5), [10 ** rng.randint(-1, 4) for _ in "xy"]
        places = [(name, rng.gauss(3, 1)) for name in data.series for _ in range(rng.randint(8, _MOST_SCATTERED))]
        return [
            {"series": name, "x": x * units[0], "y": (4 + slope * x + rng.gauss(0, apart)) * units[1]}
            for name, x in places
        ]
    names = short_names(rng, len(data.categories)) if rng.random() < _SHORT_SHARE else data.categories
    first, step = rng.randint(0, 5), rng.choice([1, 1, 2, 0.5, 10])
    began, apart_ms = rng.randint(3 * 10**11, 17 * 10**11), rng.choice([1, 7, 30, 365]) * 86_400_000
    return [
        {
            "name": name, "at": first + index * step, "when": began + index * apart_ms,
            "series": series, "value": value, "last": name == names[-1],
        }
        for series, row in zip(data.series, data.values, strict=True)
        for index, (name, value) in enumerate(zip(names, row, strict=True))
    ]  # fmt: skip


def _size(rng: random.Random, stepped: bool, count: int) -> Spec:
    """Choose width and height; stepped: whether the width may follow from the number of names."""
    if stepped and rng.random() < 0.35:
        return {"width": {"step": rng.randint(16, 50)}, "height": rng.randint(80, 320)}
    return {"width": rng.randint(max(120, 14 * count), 560), "height": rng.randint(90, 380)}


def title(rng: random.Random, data: ChartData) -> Spec:
    """Make up a title, in two lines if it is long, with or without a subtitle."""
    text = data.title or data.value_title or "A chart"
    title: Spec = {"text": text, "anchor": rng.choice(["start", "middle", "end"])}
    if rng.random() < 0.3:
        title["subtitle"] = data.value_title or "per year"
    words = text.split()
    if len(words) > 3 and rng.random() < 0.3:
        title["text"] = [" ".join(words[:3]), " ".join(words[3:])]
        title["subtitle"] = [text, " ".join(reversed(words))]
    return title


def config(rng: random.Random, font: str) -> Spec:
    """Choose fonts, sizes, grid and ticks for all of a chart."""
    config: Spec = {"font": font, "view": {"stroke": rng.choice(["transparent", "#ddd", "#888"])}}
    for part in ("axis", "legend"):
        size = rng.uniform(8, 15) if rng.random() < 0.5 else 10
        config[part] = {
            "labelFont": font,
            "titleFont": font,
            "labelFontSize": size,
            "titleFontSize": size * rng.uniform(1, 1.3),
            "titleFontWeight": rng.choice(["bold", "bold", "normal"]),
        }
    config["title"] = {"fontSize": rng.uniform(12, 20), "font": font, "subtitleFont": font}
    config["text"] = {"font": font}
    config["axis"] |= {"grid": rng.random() < 0.6, "ticks": rng.random() < 0.8, "domain": rng.random() < 0.7}
    if rng.random() < 0.3:
        config["axis"] |= {"gridDash": [2, 2], "labelColor": rng.choice(["#444", "#888", "#1a5276"])}
    if rng.random() < 0.15:
        config["background"] = rng.choice(["#f4f4f0", "#eef4fa", "#fffbea"])
    return config


@dataclass(frozen=True)
class _Encoder:
    """Chooses marks and what they show of the facts."""

    rng: random.Random
    data: ChartData
    mark: str

    def layers(self) -> list[Spec]:
        """Choose the layers of a chart; a second one writes the values."""
        rng, several = self.rng, len(self.data.series) > 1
        if self.mark == "arc":
            theta = {"field": "value", "type": "quantitative", "stack": True}
            wide, encoding = rng.randint(50, 110), {"theta": theta, "color": self._color("name")}
            mark = {"type": "arc", "innerRadius": rng.choice([0, 0, 40]), "outerRadius": wide} | self._outline()
            if rng.random() < 0.4:
                return [{"mark": mark, "encoding": encoding}]
            encoding["color"]["legend"] = None
            words = rng.choice(("datum.name", "datum.name", "[datum.name, format(datum.value, ',')]", "datum.value"))
            named = {"theta": theta, "detail": {"field": "name"}}
            return [
                {"mark": mark, "encoding": encoding},
                self._written(words, named, radius=wide + rng.randint(16, 40)),
            ]
        if self.mark == "histogram":
            binned = {"field": "value", "bin": {"maxbins": rng.randint(5, 20)}, "title": self._called("Value")}
            counted = {"aggregate": "count", "title": self._called("Count")}
            return [{"mark": self._looks("bar"), "encoding": {"x": binned, "y": counted}}]
        if self.mark == "scatter":
            places = {name: {"field": name, "type": "quantitative", "title": self._called(name)} for name in ("x", "y")}
            for place in places.values():
                place["scale"] = {"zero": rng.random() < 0.5}
            if several:
                places["color"] = self._color("series")
                if rng.random() < 0.3:
                    places["shape"] = {"field": "series", "type": "nominal", "legend": places["color"]["legend"]}
            return [{"mark": self._looks("point"), "encoding": places}]
        sideways = self.mark in ("bar", "grouped", "stacked") and rng.random() < 0.4
        numbered = self.mark in ("line", "area", "point") and rng.random() < 0.5
        names = self._numbers_or_times() if numbered else self._names(turned=not sideways)
        values = self._values()
        encoding: Spec = {"x": values, "y": names} if sideways else {"x": names, "y": values}
        if several:
            encoding["color"] = self._color("series")
        if self.mark == "grouped":
            encoding["yOffset" if sideways else "xOffset"] = {"field": "series"}
        kind = {"grouped": "bar", "stacked": "bar"}.get(self.mark, self.mark)
        layers: list[Spec] = [{"mark": self._looks(kind), "encoding": encoding}]
        if kind == "line" and several and rng.random() < 0.35:
            encoding["color"]["legend"] = None
            heads = self._written("datum.series", encoding, align="left", dx=4, baseline="middle")
            heads["transform"].append({"filter": "datum.last"})
            layers.append({"name": "heads"} | heads)
        if kind in ("bar", "line") and not several and rng.random() < 0.4:
            place = {"align": "left", "dx": 3, "baseline": "middle"} if sideways else {"baseline": "bottom", "dy": -2}
            text = {"type": "text", "fontSize": rng.uniform(8, 12)} | place
            written = {"field": "value", "type": "quantitative", "format": rng.choice(_NUMBER_FORMATS)}
            layers.append({"mark": text, "encoding": encoding | {"text": written}})
        return layers

    def _looks(self, kind: str) -> Spec:
        """Choose how a mark looks: what follows from no datum."""
        rng, looks = self.rng, Spec(type=kind)
        if rng.random() < 0.5:
            return looks | ({"point": True} if kind == "line" and rng.random() < 0.4 else {})
        if kind == "bar":
            looks |= self._outline() | ({"cornerRadiusEnd": rng.randint(2, 6)} if rng.random() < 0.3 else {})
        elif kind == "line":
            looks |= {"interpolate": rng.choice(_INTERPOLATED), "strokeWidth": rng.uniform(1, 4)}
            looks |= {"point": rng.choice((True, {"filled": False, "fill": "white"}))} if rng.random() < 0.4 else {}
            looks |= {"strokeDash": rng.choice(([4, 2], [1, 2], [6, 3]))} if rng.random() < 0.2 else {}
        elif kind == "point":
            looks |= {"filled": rng.random() < 0.6, "size": rng.uniform(15, 150), "opacity": rng.uniform(0.5, 1)}
            looks["shape"] = rng.choice(("circle", "circle", "square", "diamond", "triangle-up", "cross"))
        elif kind == "area":
            looks |= {"opacity": rng.uniform(0.4, 1), "line": rng.random() < 0.5}
        return looks

    def _outline(self) -> Spec:
        """Choose whether shapes have an outline."""
        outline: Spec = {"stroke": self.rng.choice(("white", "white", "black", "#888")), "strokeWidth": 1}
        return outline if self.rng.random() < 0.4 else {}

    def _written(self, words: str, encoding: Spec, **place: Any) -> Spec:
        """Make a layer of texts; words: what they say, as an expression, at times each word on a line of its own."""
        if self.rng.random() < _LINES_SHARE and words.startswith("datum"):
            words = f"split({words}, ' ')"
        mark = {"type": "text", "fontSize": self.rng.uniform(8, 12)} | place
        return {
            "mark": mark, "transform": [{"calculate": words, "as": "words"}],
            "encoding": encoding | {"text": {"field": "words"}},
        }  # fmt: skip

    def _called(self, name: str) -> str:
        """Name a title: as a data file does, or as a report does."""
        return self.rng.choice(_FIELDS) if self.rng.random() < 0.5 else name

    def _color(self, field: str) -> Spec:
        legend = {"orient": self.rng.choice(_LEGENDS)} if self.rng.random() < 0.9 else None
        if legend and self.rng.random() < _LINES_SHARE:
            legend["labelExpr"] = "split(datum.label, ' ')"
        scale = {"scheme": self.rng.choice(SCHEMES)}
        return {"field": field, "type": "nominal", "title": self._called("Series"), "legend": legend, "scale": scale}

    def _names(self, turned: bool = True) -> Spec:
        """Choose an axis of names, at some angle if they may be turned, or each word on a line of its own."""
        axis: Spec = {}
        angle = self.rng.choice(_ANGLES)
        if turned and angle is not None:
            axis["labelAngle"] = angle
        if self.rng.random() < 0.2:
            axis = {"labelExpr": "split(datum.label, ' ')", "labelAngle": 0}
        title = self._called(self.data.category_title or "Category")
        return {"field": "name", "type": "nominal", "title": title, "sort": None, "axis": axis}

    def _values(self) -> Spec:
        """Choose an axis of values, now and then a logarithmic one or one that does not begin at zero."""
        rng = self.rng
        axis: Spec = {"tickCount": rng.randint(3, 12)} if rng.random() < 0.5 else {}
        if rng.random() < 0.7:
            axis["format"] = rng.choice(_NUMBER_FORMATS)
        values: Spec = {
            "field": "value",
            "type": "quantitative",
            "title": self._called(self.data.value_title or "Value"),
        }
        if rng.random() < 0.12:
            positive = min(map(min, self.data.values)) > 0
            values["scale"] = {"type": "log"} if self.mark in ("line", "point") and positive else {"zero": False}
        return values | {"axis": axis}

    def _numbers_or_times(self) -> Spec:
        """Choose an axis of numbers or of time."""
        rng, title = self.rng, self._called(self.data.category_title or "Time")
        if rng.random() < 0.5:
            scale: Spec = {"zero": rng.random() < 0.5}
            return {"field": "at", "type": "quantitative", "title": title, "axis": {}, "scale": scale}
        axis = {"format": rng.choice(_TIME_FORMATS), "labelAngle": rng.choice([0, 0, -45, 15])}
        return {"field": "when", "type": "temporal", "timeUnit": "yearmonthdate", "title": title, "axis": axis}
