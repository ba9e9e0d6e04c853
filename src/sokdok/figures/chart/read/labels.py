"""The texts of a chart: read horizontally and turned.

- A reader of lines reads horizontal lines only, so the picture is read again turned by 90 degrees, for axis titles and
  names that run up, and the strip below the plot by 45 where nothing horizontal names the marks.

A label's angle is 0 (horizontal), 90 (vertical, reading up) or between (slanted), in degrees counter-clockwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from PIL import Image

from sokdok.figures.chart.numbers import Number, parse_number
from sokdok.figures.chart.read.split_line import mended_number, split_line, without_marks
from sokdok.imaging.box import Box
from sokdok.layout.text_line import LineReader, TextLine

_SLANTED_EM_PX = 14.0
"""largest height of letters of a slanted text, whose box says little of it"""
_SLANTED_END_EM = 0.35
"""from the right of a slanted text's box to the tick that it belongs to"""
_SAME_PLACE_SHARE = 0.3
"""share of the smaller box from which two readings are of the same ink"""

_SHORT = 2
"""letters of a text that may be horizontal or vertical"""
_SIDE_SHARE = 0.12
"""share of the picture's width in which a vertical axis has its title"""
_SIDE_CONFIDENCE = 0.6
"""of a title of a letter or two"""
_HORIZONTAL_RATIO, _HORIZONTAL_LETTER_RATIO = 1.6, 3
"""most of a horizontal text's height, in its widths; and of a letter's"""
_VERTICAL_RATIO = 1.3
"""least of a vertical text's height, in its widths"""
_VERTICAL_CONFIDENCE = 0.5
"""of a vertical text, at least"""
_CLEAR_CONFIDENCE, _CLEAR_LETTERS, _CLEAR_HEIGHT_EM = 0.75, 5, 3
"""of a vertical text that overrules what was read across it"""
_REST_SHARE = 0.3
"""share of a horizontal text that is left beside a vertical one, at least"""

_LINE_GAP_EM = (-0.5, 0.55)
"""between lines of one text"""
_FLUSH_EM, _CENTERED_EM = 0.6, 0.8
"""most that the edges, or the middles, of lines of one text differ"""
_ALIKE_EM = 0.35
"""most that the letters of lines of one text differ"""


@dataclass(frozen=True)
class Label:
    """A text on a chart."""

    text: str
    box: Box
    """around it, in pixels of the picture"""
    confidence: float = 1.0
    angle: float = 0.0
    """degrees counter-clockwise"""
    number: Number | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "box", Box(*self.box))
        object.__setattr__(self, "number", parse_number(self.text))

    @property
    def em_px(self) -> float:
        """Height of its letters, roughly."""
        if self.angle == 90:
            return self.box.width
        return min(self.box.width, self.box.height, _SLANTED_EM_PX) if self.angle else self.box.height

    @property
    def x(self) -> float:
        return self.box.middle[0]

    @property
    def y(self) -> float:
        return self.box.middle[1]

    @property
    def is_slanted(self) -> bool:
        return self.angle not in (0, 90)

    @property
    def tick_x(self) -> float:
        """Where the tick above is that it belongs to: its middle, its upper end if it is slanted."""
        return self.box.right - _SLANTED_END_EM * self.em_px if self.is_slanted else self.x


def read_labels(pixels: np.ndarray, reader: LineReader) -> list[Label]:
    """Read all texts of a picture (H, W, 3), horizontal ones and those that read upwards."""
    horizontal = [
        Label(mended_number(part.text), Box(*part.box), part.confidence) for part in _read_parts(pixels, reader)
    ]
    turned = turned_labels(pixels, reader, 90)
    clear = [label for label in turned if _is_vertical(label) and _is_clear(label)]
    horizontal = [label for part in horizontal if (label := _beside_vertical(part, clear))]
    good = [label for label in horizontal if _is_horizontal(label)]
    good += [label for label in turned if _is_vertical(label) and not any(_same_place(label, o) for o in good)]
    for label in turned:
        others = [other for other in good if _same_place(label, other)]
        if _is_letter_at_the_side(label, pixels.shape[1]) and all(_is_weaker(other, label) for other in others):
            good = [other for other in good if other not in others] + [label]
    named = [replace(label, text=without_marks(label.text)) for label in good]
    return [label for label in named if label.text.strip()]


def turned_labels(pixels: np.ndarray, reader: LineReader, angle: int) -> list[Label]:
    """Read the texts at an angle, counter-clockwise: the picture is turned back, read, and the boxes turned again."""
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
        box = Box(*back.min(0).tolist(), *back.max(0).tolist())
        found.append(Label(mended_number(line.text), box, line.confidence, angle))
    return found


def _read_parts(pixels: np.ndarray, reader: LineReader) -> list[TextLine]:
    return [part for line in reader.read_lines(pixels) for part in split_line(pixels, line)]


def _is_letter_at_the_side(label: Label, width: int) -> bool:
    """Check whether a text may be an axis title of a letter or two, which looks the same turned and not."""
    short = len(label.text.strip()) <= _SHORT and label.number is None
    return short and label.x < _SIDE_SHARE * width and label.confidence > _SIDE_CONFIDENCE


def _is_weaker(other: Label, label: Label) -> bool:
    text = other.text.strip()
    worse = other.confidence < label.confidence or not text.isalnum()
    return len(text) <= _SHORT and other.number is None and worse


def _is_horizontal(label: Label) -> bool:
    """Check that a line is wider than tall, unless it is a letter or two; others are vertical ones read wrongly."""
    width, height = label.box.width, label.box.height
    letter = len(label.text.strip()) <= 1 and height <= _HORIZONTAL_LETTER_RATIO * width
    return height <= _HORIZONTAL_RATIO * width or letter


def _is_vertical(label: Label) -> bool:
    tall = label.box.height > _VERTICAL_RATIO * label.box.width
    return tall and label.confidence > _VERTICAL_CONFIDENCE and len(label.text.strip()) > 1


def _is_clear(label: Label) -> bool:
    """Check whether a vertical text is long and clear enough to overrule what was read across it."""
    long = len(label.text) >= _CLEAR_LETTERS and label.box.height > _CLEAR_HEIGHT_EM * label.em_px
    return long and label.confidence > _CLEAR_CONFIDENCE


def _beside_vertical(label: Label, vertical: Sequence[Label]) -> Label | None:
    """Cut the beginning off a horizontal text if that is of a vertical text; None if little is left."""
    for other in vertical:
        if not _overlap_share(label.box, other.box):
            continue
        words = label.text.split()
        rest = label.box._replace(left=other.box.right + 1)
        if len(words) < 2 or rest.width < _REST_SHARE * label.box.width or label.box.left > other.x:
            return None
        return Label(mended_number(" ".join(words[1:])), rest, label.confidence)
    return label


def _same_place(one: Label, other: Label) -> bool:
    return _overlap_share(one.box, other.box) > _SAME_PLACE_SHARE


def _overlap_share(one: Box, other: Box) -> float:
    """Compute the share of the smaller box that the other covers."""
    return one.overlap(other) / max(1e-9, min(one.area, other.area))


def paragraph(label: Label, pool: Sequence[Label]) -> Label:
    """Join a text with the lines right above and below it that lie in its column."""
    lines = [label]
    rest = [other for other in pool if other is not label and not other.angle]
    while more := [other for other in rest if any(_is_next_line(other, line) for line in lines)]:
        lines += more
        rest = [other for other in rest if other not in more]
    return joined(lines)


def _is_next_line(one: Label, other: Label) -> bool:
    """Check whether two texts of like size lie above each other with no more than a line's gap, centred or flush."""
    gap = max(one.box.top, other.box.top) - min(one.box.bottom, other.box.bottom)
    em = min(one.em_px, other.em_px)
    edges = min(abs(one.box.left - other.box.left), abs(one.box.right - other.box.right))
    in_column = edges < _FLUSH_EM * em or abs(one.x - other.x) < _CENTERED_EM * em
    alike = abs(one.em_px - other.em_px) < _ALIKE_EM * em
    return _LINE_GAP_EM[0] * em < gap < _LINE_GAP_EM[1] * em and in_column and alike


def joined(labels: Sequence[Label]) -> Label:
    """Join the lines of one text, from top to bottom, as one label."""
    ordered = sorted(labels, key=lambda label: (label.y, label.x))
    box = Box.around(label.box for label in ordered)
    confidence = float(np.mean([label.confidence for label in ordered]))
    return Label(" ".join(label.text.strip() for label in ordered), box, confidence, ordered[0].angle)


def written_cell(label: Label) -> str:
    """Write a number as a table's cell: no separators, its unit kept."""
    return f"{label.number.digits}{label.number.unit}" if label.number else ""
