"""A chart's table, and its values drawn again over the picture: what share of the marks they meet.

- Filled marks (bars, areas, sectors) are held against what has their colours, both ways: a bar that was left out counts
  as much as one that is too long.
- Thin ones (lines, points) meet within some pixels, both ways: each value lies on ink of its colour, and the ink that
  the net calls a line lies on what is drawn again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from sokdok.figures.chart.read.marks import Marks, alike
from sokdok.imaging.box import Box

EDGE_PX = 1  # that the edges of filled marks may be off, as blended pixels are of no colour
NEAR_PX = 3  # that a thin mark may be off


@dataclass(frozen=True)
class Shape:
    """A mark as its value says it is."""

    color: np.ndarray  # (3,)
    points: np.ndarray  # (N, 2) around a filled mark, along a thin one
    filled: bool = True


@dataclass(frozen=True)
class Found:
    """A chart's table."""

    kind: str
    categories: tuple[str, ...]
    series: tuple[str, ...]  # "" for a single series that nothing names
    values: tuple[tuple[str, ...], ...]  # of each series one a category, "" where nothing was found
    confidence: float  # 0 to 1: how sure the net is of the marks, and how many of them have name and value
    category_title: str = ""
    value_title: str = ""
    shapes: tuple[Shape, ...] = ()  # the marks as the values say they are


def share_met(marks: Marks, found: Found, texts: Sequence[Box]) -> float:
    """Compute what share of a picture's marks and of the drawn values meet, 0 to 1; 1 without any."""
    filled, thin = ([shape for shape in found.shapes if shape.filled is way] for way in (True, False))
    shares = [_filled_share(marks, filled, texts)] if filled else []
    shares += [_thin_share(marks, thin)] if thin else []
    return min(shares, default=1.0)


def _filled_share(marks: Marks, shapes: Sequence[Shape], texts: Sequence[Box]) -> float:
    size = marks.pixels.shape[1], marks.pixels.shape[0]
    ink, met = np.zeros(size[::-1], bool), np.zeros(size[::-1], bool)
    again = np.zeros(size[::-1], bool)
    for color in np.unique(np.round([shape.color for shape in shapes]), axis=0):
        own = _drawn([shape for shape in shapes if alike(shape.color, color)], size)
        colored = alike(marks.pixels, color)
        ink |= colored
        again |= own
        met |= own & colored
    hidden = np.zeros_like(ink)  # under texts, and keys of the legend, which have the colours, too
    around = [
        Box(key.x, key.y, key.x, key.y).grown(marks.pixels.shape[1] * 0.03, 8) for key in marks.peaks.get("key", ())
    ]
    for left, top, right, bottom in (*texts, *around):
        hidden[max(0, int(top) - 1) : int(bottom) + 2, max(0, int(left) - 1) : int(right) + 2] = True
    solid = _narrower(ink, EDGE_PX)
    left_out = solid & ~_wider(again, EDGE_PX) & ~hidden
    unmet = _narrower(again, EDGE_PX) & ~met & ~hidden
    return float(met.sum() / max(1, met.sum() + left_out.sum() + unmet.sum()))


def _thin_share(marks: Marks, shapes: Sequence[Shape]) -> float:
    size = marks.pixels.shape[1], marks.pixels.shape[0]
    ink = _narrower(~_wider(alike(marks.pixels, marks.ground), 0), 0)
    near = _wider(ink, NEAR_PX)
    again = np.zeros(size[::-1], bool)
    shares = []
    for shape in shapes:
        x, y = shape.points.astype(int).T if len(shape.points) else np.zeros((2, 0), int)
        shares.append(float(near[y.clip(0, size[1] - 1), x.clip(0, size[0] - 1)].mean()) if len(x) else 0.0)
        again |= _drawn([shape], size)
    met = [float(np.mean(shares))]
    line = marks.strokes.get("line", np.zeros((0, 2)))
    if len(line) and max(len(shape.points) for shape in shapes) > 1:
        x, y = line.astype(int).T
        met.append(float(_wider(again, NEAR_PX)[y.clip(0, size[1] - 1), x.clip(0, size[0] - 1)].mean()))
    return min(met)


def _drawn(shapes: Sequence[Shape], size: tuple[int, int]) -> np.ndarray:
    """Draw shapes as a mask (H, W) of the picture."""
    image = Image.new("1", size)
    draw = ImageDraw.Draw(image)
    for shape in shapes:
        points = [(float(x) - 0.5, float(y) - 0.5) for x, y in shape.points]  # pillow counts from the middles of pixels
        if len(points) == 1:
            draw.point(points, 1)
        elif shape.filled:
            draw.polygon(points, 1)
        elif points:
            draw.line(points, 1)
    return np.array(image)


def _wider(mask: np.ndarray, by: int) -> np.ndarray:
    return np.array(Image.fromarray(mask.astype(np.uint8)).filter(ImageFilter.MaxFilter(2 * by + 1)), bool)


def _narrower(mask: np.ndarray, by: int) -> np.ndarray:
    return ~_wider(~mask, by)
