"""A picture of a chart taken apart (flat areas, texts, axes, the legend), and what a reading of it explains.

- An em is the height of a label's own letters, or their median where `Scene.em_px` is used.
- A chart's values are drawn again over the picture: what share of its marks they meet (`share_met`). Filled marks
  (bars, areas, sectors) are held against what is filled with their colours and with any other: where either is and the
  other is not, they don't meet, so a bar that was left out counts as much as one that is too long. Thin ones (lines,
  points) meet within some pixels, both ways: each value lies on ink of its colour, and this ink, as far as lines reach,
  on what is drawn again.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from sokdok.figures.chart.read.axes import Axis, find_axes
from sokdok.figures.chart.read.colors import Area, FlatPicture
from sokdok.figures.chart.read.labels import Label, joined
from sokdok.imaging.box import Box
from sokdok.imaging.grouping import close_values

_DEFAULT_EM_PX = 12.0  # where a picture has no text
_SWATCH_OFFSET_EM = 0.5  # from the middle of a swatch up or down to its text's, at most
_SWATCH_EM = (4.0, 1.8)  # largest width and height of a swatch
_SWATCH_AREA = 0.1  # least of a swatch, in square ems
_SWATCH_GAPS_EM = (-0.1, 1.6)  # between a swatch and its text
_NEXT_LINE_EM = (-0.3, 0.35)  # between a text of a legend and its next line
_NEXT_LINE_INDENT_EM = 0.5  # most that the next line of a text of a legend begins left or right of it


@dataclass(frozen=True)
class Shape:
    """A mark as its value says it is."""

    code: int  # index of its colour
    points: tuple[tuple[float, float], ...]
    """x and y around a filled mark, along a thin one, or of the middle of a point: pixels of the picture"""
    filled: bool = True
    radius: float = 0.0  # of a point


@dataclass(frozen=True)
class Found:
    """A chart's table."""

    kind: str
    categories: tuple[str, ...]
    series: tuple[str, ...]  # "" for a single series that nothing names
    values: tuple[tuple[str, ...], ...]  # of each series one a category, "" where nothing was found
    confidence: float  # 0 to 1: how well texts and marks explain each other
    category_title: str = ""
    value_title: str = ""
    shapes: tuple[Shape, ...] = ()  # the marks as the values say they are
    refused: str = ""  # name in `reasons` of why the table is not to be had


@dataclass(frozen=True)
class Scene:
    """A picture taken apart."""

    flat: FlatPicture
    labels: tuple[Label, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.flat.codes.shape[1], self.flat.codes.shape[0]

    @cached_property
    def em_px(self) -> float:
        """Median height of the letters."""
        return float(np.median([label.em_px for label in self.labels])) if self.labels else _DEFAULT_EM_PX

    @cached_property
    def vertical_axes(self) -> list[Axis]:
        """Numeric axes whose values go up, the one with most numbers first."""
        return [axis.on_rulings(self.flat.horizontal_rulings) for axis in find_axes(self.labels, vertical=True)]

    @cached_property
    def horizontal_axes(self) -> list[Axis]:
        """Numeric axes whose values go right, the one with most numbers first."""
        return [axis.on_rulings(self.flat.vertical_rulings) for axis in find_axes(self.labels, vertical=False)]

    @cached_property
    def _entries(self) -> list[tuple[Area, Label]]:
        """Swatches and the texts right of them."""
        labels = [label for label in self.labels if not label.angle and label.role == "legend"]
        pairs = [(area, label) for label in labels if (area := self._swatch(label))]
        return [pair for pair in pairs if self._has_marks(pair[0])]

    @cached_property
    def legend(self) -> dict[int, tuple[Area, Label]]:
        """Colour → its swatch and the text right of it, in reading order."""
        found: dict[int, tuple[Area, Label]] = {}
        for area, label in sorted(self._entries, key=lambda entry: (round(entry[1].y / self.em_px), entry[1].x)):
            found.setdefault(area.code, (area, label))
        return found

    @cached_property
    def legend_labels(self) -> frozenset[Label]:
        return frozenset(label for _, label in self.legend.values())

    def legend_order(self, code: int) -> int:
        """Get the place of a colour in the legend; colours that it lacks come last."""
        order = list(self.legend)
        return order.index(code) if code in order else len(order)

    def _swatch(self, label: Label) -> Area | None:
        """Find the nearest small area left of a text, at its height."""
        em = label.em_px

        def is_near(area: Area) -> bool:
            gap = label.box.left - area.box.right
            beside = abs(area.box.middle[1] - label.y) < _SWATCH_OFFSET_EM * em
            small = area.width <= _SWATCH_EM[0] * em and area.height <= _SWATCH_EM[1] * em
            near = _SWATCH_GAPS_EM[0] * em <= gap <= _SWATCH_GAPS_EM[1] * em
            return beside and small and near and area.size >= _SWATCH_AREA * em**2

        return min(filter(is_near, self.flat.areas), key=lambda area: label.box.left - area.box.right, default=None)

    def _has_marks(self, swatch: Area) -> bool:
        """Check whether the colour of a swatch has other areas."""
        return any(area.code == swatch.code and area is not swatch for area in self.flat.areas)

    @cached_property
    def marks(self) -> tuple[Area, ...]:
        """The areas that are not swatches of the legend."""
        swatches = {area for area, _ in self._entries}
        return tuple(area for area in self.flat.areas if area not in swatches)

    def is_cut(self, area: Area) -> bool:
        """Check whether an area reaches the border of the picture."""
        width, height = self.size
        left, top, right, bottom = area.box
        return left <= 0 or top <= 0 or right >= width or bottom >= height

    def name_of(self, code: int) -> str:
        """Get what the legend calls a colour, "" if nothing."""
        if code not in self.legend:
            return ""
        label = self.legend[code][1]
        below = [other for other in self.labels if _is_next_line(label, other) and not self._swatch(other)]
        return joined([label, *below[:1]]).text

    def contrast(self, code: int) -> float:
        """Compute the largest difference of a channel between a colour and the ground."""
        return float(np.abs(self.flat.colors[code] - self.flat.colors[self.flat.ground]).max())


def _is_next_line(first: Label, second: Label) -> bool:
    """Check whether a text is the next line of another."""
    gap = second.box.top - first.box.bottom
    indent = abs(second.box.left - first.box.left)
    low, high = (limit * first.em_px for limit in _NEXT_LINE_EM)
    return low < gap < high and indent < _NEXT_LINE_INDENT_EM * first.em_px


def commonest(values: Sequence[float], tolerance: float) -> float:
    """Compute the middle of the largest group of values that are close to their neighbours."""
    group = max(close_values(values, tolerance), key=len)
    return float(np.median([values[i] for i in group]))


def pitch(places: Sequence[float]) -> float:
    """Compute the usual distance between neighbours; infinite for a single place."""
    ordered = sorted(places)
    return float(np.median([b - a for a, b in itertools.pairwise(ordered)])) if len(ordered) > 1 else float("inf")


_SOLID_PX, _SOLID_FILL = 5, 0.3  # shorter side of a mark that is filled, and share of its box that it fills, at least
_EDGE_PX = 1  # that the edges of filled marks may be off, as blended pixels are of no colour
_NEAR_PX = 3  # that a thin mark may be off


def share_met(scene: Scene, shapes: Sequence[Shape]) -> float:
    """Compute what share of a picture's marks and of these shapes meet, 0 to 1; 1 without any."""
    filled, thin = ([shape for shape in shapes if shape.filled is way] for way in (True, False))
    shares = [_filled_share(scene, filled)] if filled else []
    shares += [_thin_share(scene, thin)] if thin else []
    return min(shares, default=1.0)


def are_solid(scene: Scene) -> list[Area]:
    """List the marks that are filled, and not cut by the border of the picture."""
    inside = [area for area in scene.marks if not scene.is_cut(area)]
    return [area for area in inside if min(area.width, area.height) >= _SOLID_PX and area.fill > _SOLID_FILL]


def _filled_share(scene: Scene, shapes: Sequence[Shape]) -> float:
    drawn = {
        code: _drawn(scene, [shape for shape in shapes if shape.code == code]) for code in {s.code for s in shapes}
    }
    marks = _mask(scene, are_solid(scene))
    again = np.logical_or.reduce(list(drawn.values()))
    met = np.logical_or.reduce([mask & (scene.flat.codes == code) for code, mask in drawn.items()])
    # Pixels along the edges belong to neither side: texts that were wiped out, outlines, and gaps.
    left_out, unmet = marks & ~_wider(again, _EDGE_PX), again & ~_wider(marks | met, _EDGE_PX)
    return float(met.sum() / max(1, met.sum() + left_out.sum() + unmet.sum()))


def _thin_share(scene: Scene, shapes: Sequence[Shape]) -> float:
    reach = Box.around((x, y, x, y) for shape in shapes for x, y in shape.points).grown(_NEAR_PX)
    points = any(shape.radius for shape in shapes)  # which may have been left out anywhere
    inside = [area for area in scene.marks if points or reach.overlap(area.box)]
    width, height = scene.size
    shares = []
    for code in {shape.code for shape in shapes}:
        own = [shape for shape in shapes if shape.code == code]
        ink = _mask(scene, [area for area in inside if area.code == code])
        x, y = np.array([point for shape in own for point in shape.points]).T.astype(int)
        met = _wider(ink, _NEAR_PX)[y.clip(0, height - 1), x.clip(0, width - 1)].mean()
        shares.append(min(float(met), (ink & _wider(_drawn(scene, own), _NEAR_PX)).sum() / max(1, ink.sum())))
    return float(np.mean(shares))


def _drawn(scene: Scene, shapes: Sequence[Shape]) -> np.ndarray:
    """Draw shapes as a mask (H, W) of the picture."""
    image = Image.new("1", scene.size)
    draw = ImageDraw.Draw(image)
    for shape in shapes:
        points = [(x - 0.5, y - 0.5) for x, y in shape.points]  # pillow counts from the middles of pixels
        if len(points) == 1:
            (x, y), r = points[0], shape.radius
            draw.ellipse((x - r, y - r, x + r, y + r), 1)
        elif shape.filled:
            draw.polygon(points, 1)
        else:
            draw.line(points, 1)
    return np.array(image)


def _mask(scene: Scene, areas: Sequence[Area]) -> np.ndarray:
    mask = np.zeros(scene.flat.codes.shape, bool)
    for area in areas:
        left, top, right, bottom = area.sides
        mask[top:bottom, left:right] |= area.mask()
    return mask


def _wider(mask: np.ndarray, by: int) -> np.ndarray:
    return np.array(Image.fromarray(mask.astype(np.uint8)).filter(ImageFilter.MaxFilter(2 * by + 1)), bool)
