"""Charts drawn by Vega-Lite, with where each text stands: its SVG names the role and the place of every text.

- Specifications are made up (`vega_spec`); pixels and places come from one and the same SVG.
- A text's length is measured in its font file, so only families that the renderer finds by name are used.
"""

from __future__ import annotations

import io
import math
import random
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import numpy as np
from PIL import Image, ImageFont

from sokdok.errors import InputError
from sokdok.imaging.box import Box
from sokdok_lab.synth.charts.truth import ChartText, Role, line_from
from sokdok_lab.synth.charts.vega_spec import make_spec
from sokdok_lab.synth.pages.fonts import Family, Font, FontBook

_MOVE = re.compile(r"(translate|rotate|scale)\(([^)]*)\)")
_ROLES: dict[str, Role] = {
    "role-axis-title": "axis title", "role-legend-title": "legend title", "role-legend-label": "legend",
    "role-title-text": "title", "role-title-subtitle": "note", "role-mark": "value label",
}  # fmt: skip
_CONTINUOUS = re.compile(r"for a (linear|log|sqrt|pow|symlog) scale")
"""how the label of an axis of numbers speaks of it"""
_PROBE, _PROBE_PX, _PROBE_ERROR = "Hamburg 1234", 40, 0.04
"""what is drawn to see whether the renderer finds a family, and by how much its length may differ"""
_TRIES = 200  # families that are tried for one chart, at most
_LEAST_CONTRAST = 40  # levels between ink and ground of a text that can be seen
_SVG = "http://www.w3.org/2000/svg"


class VegaDrawer:
    """Draws charts in the families of a book that the renderer finds."""

    def __init__(self, book: FontBook) -> None:
        converter = _converter()
        for folder in sorted({str(family.style("regular").path.parent) for family in book.latin}):
            converter.register_font_directory(folder)
        self.book = book

    def chart(self, seed: int | str, korean: bool = False) -> tuple[np.ndarray, tuple[ChartText, ...]]:
        """Draw one chart: pixels (H, W, 3) uint8 and its texts."""
        rng = random.Random(seed)
        family = self.family(rng, korean)
        spec, theme, scale = make_spec(rng, family.name, korean)
        svg, pixels = rendered(spec, theme, scale)
        texts = _texts(ElementTree.fromstring(svg), family, scale)
        return pixels, tuple(text for text in texts if _shows(pixels, text.box))

    def family(self, rng: random.Random, korean: bool) -> Family:
        """Choose a family that the renderer finds. Raises InputError if it seems to find none."""
        for _ in range(_TRIES):
            family = self.book.pick(rng, korean)
            if _is_found(family):
                return family
        raise InputError("Vega-Lite's renderer finds none of these fonts by their names; name another folder of fonts")


def rendered(spec: dict[str, Any], theme: str | None, scale: float) -> tuple[str, np.ndarray]:
    """Draw a specification: its SVG, and the same in pixels (H, W, 3) uint8."""
    svg = _converter().vegalite_to_svg(spec, theme=theme)
    return svg, np.asarray(Image.open(io.BytesIO(_converter().svg_to_png(svg, scale=scale))).convert("RGB"))


def _converter() -> Any:
    import vl_convert

    return vl_convert


@lru_cache(maxsize=1024)
def _opened(font: Font, size: float) -> ImageFont.FreeTypeFont:
    return font.at(size)


def _is_found(family: Family) -> bool:
    """Check whether the renderer draws a family's regular and bold as its files do."""
    return all(_same_length(family.name, family.style(style), style) for style in ("regular", "bold"))


@lru_cache(maxsize=4096)
def _same_length(name: str, font: Font, style: str) -> bool:
    """Check whether the renderer, asked for a family's style by name, draws a text as long as a font file has it."""
    weight = "bold" if style == "bold" else "normal"
    svg = (
        f'<svg xmlns="{_SVG}" width="900" height="90"><rect width="900" height="90" fill="white"/><text x="10" y="60" '
        f'font-family={quoteattr(name)} font-weight="{weight}" font-size="{_PROBE_PX}px">{_PROBE}</text></svg>'
    )
    ink = np.asarray(Image.open(io.BytesIO(_converter().svg_to_png(svg))).convert("L")) < 128
    left, _, right, _ = font.at(_PROBE_PX).getbbox(_PROBE)
    drawn = np.flatnonzero(ink.any(0))
    return len(drawn) > 0 and abs(int(np.ptp(drawn)) - (right - left)) < _PROBE_ERROR * (right - left)


def _shows(pixels: np.ndarray, box: Box) -> bool:
    """Check whether there is anything to see in a box: themes write white on white now and then."""
    left, top, right, bottom = (max(0, round(side)) for side in box)
    inside = pixels[top : bottom + 1, left : right + 1].astype(np.int16)
    return inside.size > 0 and int(np.ptp(inside, axis=(0, 1)).max()) > _LEAST_CONTRAST


def _texts(root: ElementTree.Element, family: Family, scale: float) -> Iterator[ChartText]:
    """Place the texts of a drawing in pixels of the picture."""
    for element, matrix, role in _walk(root, np.diag([scale, scale, 1.0]), None, "category"):
        if role is None or element.get("opacity") == "0":  # what would overlap others is there, but not shown
            continue
        size = float(element.get("font-size", "10px").removesuffix("px"))
        bold = element.get("font-weight", "normal") not in ("normal", "400", "300", "lighter")
        font = _opened(family.style("bold" if bold else "regular"), size)
        down = 0.0
        for line in element if len(element) else (element,):  # texts of several lines have a `tspan` for each
            down += float(line.get("dy", "0")) if len(element) else 0.0
            text, moved = (line.text or "").strip(), matrix @ _translation(0.0, down)
            if text:
                yield _place(text, element.get("text-anchor", "start"), moved, font, role)


def _place(text: str, anchor: str, matrix: np.ndarray, font: ImageFont.FreeTypeFont, role: Role) -> ChartText:
    """Place one text, whose origin lies at (0, 0) of a matrix."""
    scale = math.hypot(matrix[0, 0], matrix[1, 0])
    angle = -math.degrees(math.atan2(matrix[1, 0], matrix[0, 0]))
    length, em = font.getlength(text), font.size
    start = -length * {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
    x, y = (matrix @ (start, 0.0, 1.0))[:2]
    ends = line_from((float(x), float(y)), length * scale, em * scale, angle)
    corners = [matrix @ (start + dx, dy, 1.0) for dx in (0.0, length) for dy in (-0.8 * em, 0.2 * em)]
    xs, ys = zip(*((float(corner[0]), float(corner[1])) for corner in corners), strict=True)
    return ChartText(text, Box(min(xs), min(ys), max(xs), max(ys)), role, *ends, em * scale, angle)


def _walk(
    element: ElementTree.Element, matrix: np.ndarray, role: Role | None, labels: Role
) -> Iterator[tuple[ElementTree.Element, np.ndarray, Role | None]]:
    """Yield the text elements with their matrices and roles; labels: the role of labels of the axis that is inside."""
    matrix = matrix @ _matrix(element.get("transform", ""))
    names = element.get("class", "").split()
    if "role-axis" in names:
        labels = "value tick" if _CONTINUOUS.search(element.get("aria-label", "")) else "category"
    elif "role-axis-label" in names:
        role = labels
    else:
        role = next((_ROLES[name] for name in names if name in _ROLES), role)
    if element.tag == f"{{{_SVG}}}text":
        yield element, matrix, role
        return
    for child in element:
        yield from _walk(child, matrix, role, labels)


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
