"""The texts of a chart: read upright and turned, and what their numbers say about the axes.

- A reader of lines reads upright lines only, so the picture is read again turned by 90 degrees, for axis titles and
  names that stand, and the strip below the plot by 45 where nothing upright names the marks.
- A numeric axis is the line through tick values and their pixels that most aligned numbers agree on.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from PIL import Image

from sokdok.figures.chart.numbers import Number, parse_number
from sokdok.figures.chart.read.colors import Box
from sokdok.figures.chart.read.lines import mended_number, split_line
from sokdok.layout.text_line import LineReader, TextLine


@dataclass(frozen=True)
class Label:
    """A text on a chart."""

    text: str
    box: Box
    """upright around it, in pixels of the picture"""
    confidence: float = 1.0
    angle: float = 0.0
    """degrees counter-clockwise"""
    number: Number | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", parse_number(self.text))

    @property
    def size(self) -> float:
        """Height of its letters, roughly."""
        width, height = self.box[2] - self.box[0], self.box[3] - self.box[1]
        return width if self.angle == 90 else height if not self.angle else min(width, height, 14.0)

    @property
    def x(self) -> float:
        return (self.box[0] + self.box[2]) / 2

    @property
    def y(self) -> float:
        return (self.box[1] + self.box[3]) / 2

    @property
    def below_tick(self) -> float:
        """Where the tick above is that it belongs to: its middle, its upper end if it is slanted."""
        return self.x if self.angle in (0, 90) else self.box[2] - 0.35 * self.size


def read_labels(pixels: np.ndarray, reader: LineReader) -> list[Label]:
    """All texts of a picture (H, W, 3), upright ones and those that read upwards."""
    upright = [Label(mended_number(part.text), part.box, part.confidence) for part in _read_parts(pixels, reader)]
    standing = turned_labels(pixels, reader, 90)
    sure = [label for label in standing if _stands(label) and _is_sure(label)]
    upright = [label for part in upright if (label := _beside_standing(part, sure))]
    good = [label for label in upright if _looks_upright(label)]
    good += [label for label in standing if _stands(label) and not any(_overlap(label.box, o.box) > 0.3 for o in good)]
    for label in standing:
        rivals = [other for other in good if _overlap(label.box, other.box) > 0.3]
        if _is_letter_at_the_side(label, pixels.shape[1]) and all(_is_weaker(other, label) for other in rivals):
            good = [other for other in good if other not in rivals] + [label]
    return [label for label in good if label.text.strip()]


def _is_letter_at_the_side(label: Label, width: int) -> bool:
    """Whether a text may be an axis title of a letter or two: it looks the same standing and upright."""
    return len(label.text.strip()) <= 2 and label.number is None and label.x < 0.12 * width and label.confidence > 0.6


def _is_weaker(other: Label, label: Label) -> bool:
    text = other.text.strip()
    worse = other.confidence < label.confidence or not text.isalnum()
    return len(text) <= 2 and other.number is None and worse


def _read_parts(pixels: np.ndarray, reader: LineReader) -> list[TextLine]:
    return [part for line in reader.read_lines(pixels) for part in split_line(pixels, line)]


def _looks_upright(label: Label) -> bool:
    """A line that is taller than wide is a standing one read wrongly, unless it is a letter or two."""
    width, height = label.box[2] - label.box[0], label.box[3] - label.box[1]
    return height <= 1.6 * width or (len(label.text.strip()) <= 1 and height <= 3 * width)


def _stands(label: Label) -> bool:
    width, height = label.box[2] - label.box[0], label.box[3] - label.box[1]
    return height > 1.3 * width and label.confidence > 0.5 and len(label.text.strip()) > 1


def _is_sure(label: Label) -> bool:
    """Whether a standing text is long and clear enough to overrule what was read across it."""
    return label.confidence > 0.75 and len(label.text) >= 5 and label.box[3] - label.box[1] > 3 * label.size


def _beside_standing(label: Label, standing: Sequence[Label]) -> Label | None:
    """An upright text without its beginning if that is of a standing text; None if little is left."""
    for other in standing:
        if not _overlap(label.box, other.box):
            continue
        words = label.text.split()
        left = other.box[2] + 1
        if len(words) < 2 or label.box[2] - left < 0.3 * (label.box[2] - label.box[0]) or label.box[0] > other.x:
            return None
        return Label(mended_number(" ".join(words[1:])), (left, *label.box[1:]), label.confidence)
    return label


def turned_labels(pixels: np.ndarray, reader: LineReader, angle: int) -> list[Label]:
    """Texts that lie at an angle, counter-clockwise: the picture is turned back, read, and the boxes turned again."""
    image = Image.fromarray(pixels)
    ground = tuple(int(value) for value in np.median(pixels.reshape(-1, 3), 0))
    turned = image.rotate(-angle, Image.Resampling.BICUBIC, expand=True, fillcolor=ground)
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    found = []
    for line in _read_parts(np.asarray(turned), reader):
        left, top, right, bottom = line.box
        corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
        corners = corners - (turned.width / 2, turned.height / 2)
        back = corners @ np.array([[cosine, -sine], [sine, cosine]]) + (image.width / 2, image.height / 2)
        box = _around(back)
        found.append(Label(mended_number(line.text), box, line.confidence, angle))
    return found


def _around(points: np.ndarray) -> Box:
    """The box around points (N, 2)."""
    (left, top), (right, bottom) = points.min(0).tolist(), points.max(0).tolist()
    return left, top, right, bottom


def _overlap(one: Box, other: Box) -> float:
    """Share of the smaller box that the other covers."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    sizes = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return width * height / max(1e-9, min(sizes))


@dataclass(frozen=True)
class Axis:
    """A numeric axis: value = offset + slope × pixel, of the logarithm to base 10 if `log`."""

    slope: float
    offset: float
    labels: tuple[Label, ...]
    log: bool = False
    on_grid: bool = False
    """whether lines of a grid have told where it lies to the pixel"""

    def value(self, pixel: float) -> float:
        """The value at a pixel."""
        linear = self.offset + self.slope * pixel
        return 10.0**linear if self.log else linear

    def pixel(self, value: float) -> float:
        """Where a value lies; of a logarithmic axis only positive values do."""
        linear = math.log10(max(value, 1e-12)) if self.log else value
        return (linear - self.offset) / self.slope

    def on_rules(self, rules: Sequence[float]) -> Axis:
        """The axis moved so that its numbers stand at the lines of the grid, where there are some."""
        if self.log:
            return self
        places = [self.pixel(label.number.value) for label in self.labels if label.number]
        shifts = [min((rule - place for rule in rules), key=abs, default=np.inf) for place in places]
        near = [shift for shift in shifts if abs(shift) <= 3.5]
        if len(near) < max(2, 0.5 * len(places)):
            return self
        return replace(self, offset=self.offset - self.slope * float(np.median(near)), on_grid=True)

    @property
    def unit(self) -> str:
        """The unit that most of its numbers carry."""
        units = [label.number.unit for label in self.labels if label.number and label.number.value]
        return max(set(units), key=units.count) if units else ""

    def write(self, value: float) -> str:
        """A value to about the pixel, with the unit of the ticks."""
        number = parse_number(f"1{self.unit}")
        scaled = value / (number.value if number else 1.0)
        step = abs(self.slope) * (abs(value) * math.log(10) if self.log else 1) / (number.value if number else 1.0)
        decimals = -math.floor(math.log10(max(step, 1e-12)) + 0.3)
        return write_number(scaled, decimals) + self.unit


def write_number(value: float, decimals: int) -> str:
    """A number with so many decimals; fewer than none round to tens, hundreds …"""
    rounded = round(value, decimals) + 0.0  # no negative zero
    text = f"{rounded:.{max(0, decimals)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def find_axes(labels: Sequence[Label], upwards: bool) -> list[Axis]:
    """Numeric axes along y (upwards) or x, the one with most ticks first."""
    numbers = [label for label in labels if label.number is not None and label.angle in (0, 90)]
    axes: list[Axis] = []
    for group in _aligned(numbers, upwards):
        axis = _fit(group, upwards)
        if axis and not any(set(axis.labels) & set(other.labels) for other in axes):
            axes.append(axis)
    return axes


def _aligned(labels: Sequence[Label], upwards: bool) -> list[list[Label]]:
    """Groups of at least two labels that share an edge or the middle, the largest first."""
    edges = (
        (lambda label: label.box[2], lambda label: label.x, lambda label: label.box[0])
        if upwards
        else (lambda label: label.y, lambda label: label.box[3], lambda label: label.box[1])
    )
    groups = {}
    for edge, label in itertools.product(edges, labels):
        near = [other for other in labels if abs(edge(other) - edge(label)) <= max(2.5, 0.3 * label.size)]
        if len(near) >= 2:
            groups[frozenset(map(id, near))] = near
    return sorted(groups.values(), key=len, reverse=True)


def _fit(labels: Sequence[Label], upwards: bool) -> Axis | None:
    """The axis that most labels agree on: at least three of them, or two if there are no others."""
    places = np.array([label.y if upwards else label.x for label in labels])
    values = np.array([label.number.value for label in labels if label.number])
    best = _consensus(places, values, labels)
    least = 2 if len(labels) == 2 else 3
    linear = _axis(places, values, best, labels, False) if len(best) >= least else None
    if linear is not None and len(best) >= 0.75 * len(labels):
        return linear
    positive = values > 0
    if positive.sum() >= 3:
        logs = np.where(positive, np.log10(np.where(positive, values, 1)), np.nan)
        chosen = _consensus(places, logs, labels)
        if len(chosen) > len(best) + 1:
            return _axis(places, logs, chosen, labels, True)
    return linear


def _consensus(places: np.ndarray, values: np.ndarray, labels: Sequence[Label]) -> list[int]:
    """The largest set of labels on one line of values over pixels."""
    slack = np.array([max(2.0, 0.3 * label.size) for label in labels])
    best: list[int] = []
    for i, j in itertools.combinations(range(len(labels)), 2):
        if abs(places[i] - places[j]) < 6 or values[i] == values[j] or not np.isfinite(values[[i, j]]).all():
            continue
        slope = (values[j] - values[i]) / (places[j] - places[i])
        error = np.abs((values - values[i]) / slope - (places - places[i]))
        agreeing = np.flatnonzero(error <= slack)
        if len(agreeing) > len(best):
            best = agreeing.tolist()
    return best


def _axis(places: np.ndarray, values: np.ndarray, chosen: list[int], labels: Sequence[Label], log: bool) -> Axis | None:
    slope, offset = np.polyfit(places[chosen], values[chosen], 1)
    if not slope:
        return None
    return Axis(float(slope), float(offset), tuple(labels[i] for i in chosen), log)


def paragraph(label: Label, pool: Sequence[Label]) -> Label:
    """A text with the lines right above and below it that lie in its column."""
    lines = [label]
    rest = [other for other in pool if other is not label and not other.angle]
    while more := [other for other in rest if any(_is_next_line(other, line) for line in lines)]:
        lines += more
        rest = [other for other in rest if other not in more]
    return joined(lines)


def _is_next_line(one: Label, other: Label) -> bool:
    """Whether two texts of like size lie above each other with no more than a line's gap, centred or flush."""
    gap = max(one.box[1], other.box[1]) - min(one.box[3], other.box[3])
    size = min(one.size, other.size)
    flush = min(abs(one.box[i] - other.box[i]) for i in (0, 2)) < 0.6 * size or abs(one.x - other.x) < 0.8 * size
    alike = abs(one.size - other.size) < 0.35 * size
    return -0.5 * size < gap < 0.55 * size and flush and alike


def joined(labels: Sequence[Label]) -> Label:
    """Lines of one text, from top to bottom, as one label."""
    ordered = sorted(labels, key=lambda label: (label.y, label.x))
    boxes = np.array([label.box for label in ordered])
    box = _around(boxes.reshape(-1, 2))
    confidence = float(np.mean([label.confidence for label in ordered]))
    return Label(" ".join(label.text.strip() for label in ordered), box, confidence, ordered[0].angle)
