"""A chart's table, and its values drawn again over the picture: what share of the marks they meet.

- Filled marks (bars, areas, sectors) are held against what has their colours, both ways: a bar that was left out counts
  as much as one that is too long.
- Thin ones (lines, points) meet within some pixels, both ways: each value lies on ink of its colour, and the ink that
  the net calls a line, and the markers beside it, lie on what is drawn again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from sokdok.figures.chart.read.marks import MARKER_PX, Marks, alike
from sokdok.imaging.box import Box
from sokdok.imaging.grouping import components
from sokdok.model.nano.formats import STRIDE

EDGE_PX = 1  # that the edges of filled marks may be off, as blended pixels are of no colour
NEAR_PX = 3  # that a thin mark may be off
SOLID_PX = 2  # half the thickness from which anything between the axes is filled
LEFT_OUT = 0.25  # of a mark's area, or of the width of the chart: from which a mark was left out whole
KEY_PX = (24.0, 8.0)  # half of a key of a legend, across and down, at most


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
    confidence: float  # 0 to 1: how sure the net is of the marks
    category_title: str = ""
    value_title: str = ""
    shapes: tuple[Shape, ...] = ()  # the marks as the values say they are
    at: tuple[float, ...] = ()  # where along x the categories are, if lines may run over the marks there
    scale: float = 1.0  # share of the numbers along its axis, or of those written at marks, that agree with the values
    lost: bool = False  # whether a name has no mark, or a mark no cell of its own

    @property
    def known(self) -> float:
        """Share of the cells that have a value, or of the categories that have a name; a point has one value."""
        alone = len(self.series) if self.kind == "scatter" else 1
        cells = alone * float(np.mean([bool(cell) for row in self.values for cell in row]))
        return min(1.0, cells, float(np.mean([bool(name) for name in self.categories])))


def held_against(marks: Marks, found: Found, texts: Sequence[Box]) -> tuple[float, bool]:
    """Hold the values, drawn again, against a picture's marks.

    Returns what share of both meets, 0 to 1 (1 without any), and whether a mark was left out whole: something filled
    that is as large as a quarter of the common mark, a line over a quarter of the chart, or its value somewhere.
    """
    filled, thin = ([shape for shape in found.shapes if shape.filled is way] for way in (True, False))
    size = marks.pixels.shape[:2]
    crossed = _wider(_drawn(thin, size), MARKER_PX)
    # Texts, and keys of the legend, which have the colours of marks, are left out.
    keys = [Box(key.x, key.y, key.x, key.y).grown(*KEY_PX) for key in marks.peaks.get("key", ())]
    aside = _mask([box.grown(1) for box in (*texts, *keys)], size)
    is_named = all(found.categories) and (len(found.series) < 2 or all(found.series))
    shares, left_out = [_thin_share(marks, thin, aside)] if thin else [], found.lost or not is_named
    if filled:
        share, whole = _filled_share(marks, filled, aside | crossed, found.at)
        shares.append(share)
        left_out |= whole or any(len(shape.points) < len(found.at) for shape in thin)
    if filled or (thin and all(len(shape.points) == 1 for shape in thin)):
        free = ~(crossed | _wider(_drawn(filled, size), NEAR_PX) | _mask(texts, size))
        line = marks.strokes.get("line", np.zeros((0, 2)))
        x, y = line.astype(int).T
        alone = x[free[y.clip(0, size[0] - 1), x.clip(0, size[1] - 1)]]
        across = np.ptp(np.concatenate([shape.points[:, 0] for shape in filled or thin]))
        left_out |= len(set((alone // STRIDE).tolist())) * STRIDE > across * LEFT_OUT
    return min(shares, default=1.0), bool(left_out)


def _filled_share(marks: Marks, shapes: Sequence[Shape], hidden: np.ndarray, at: Sequence[float]) -> tuple[float, bool]:
    height, width = size = marks.pixels.shape[:2]
    ink, met, again = np.zeros(size, bool), np.zeros(size, bool), np.zeros(size, bool)
    for color in np.unique(np.round([shape.color for shape in shapes]), axis=0):
        own = _drawn([shape for shape in shapes if alike(shape.color, color)], size)
        colored = alike(marks.pixels, color)
        ink, again, met = ink | colored, again | own, met | (own & colored)
    # What else is filled between the axes is a mark of which there is no value.
    frame = Box.around((x, y, x, y) for shape in shapes for x, y in shape.points.tolist())
    if len(axes := marks.strokes.get("axis", np.zeros((0, 2)))):
        frame = Box.around((frame, (*axes.min(0).tolist(), *axes.max(0).tolist())))
    between = _mask([frame.clipped(width, height)], size)
    paper = alike(marks.pixels, marks.ground) | alike(marks.pixels, np.median(marks.pixels, axis=(0, 1)))
    solid = _narrower(ink, EDGE_PX) | (between & _narrower(~paper, SOLID_PX))
    left_out = solid & ~_wider(again, EDGE_PX) & ~hidden
    unmet = _narrower(again, EDGE_PX) & ~met & ~hidden
    areas = [float(_drawn([shape], size).sum()) for shape in shapes]
    whole = components(left_out).areas.max(initial=0) > LEFT_OUT * float(np.median(areas))
    # What is right elsewhere makes no good of a category where most is not.
    right, wrong = met.sum(0), (left_out | unmet).sum(0)
    for x in at if len(at) > 1 else ():
        near = np.abs(np.arange(width) - x) < np.diff(at).min() / 4
        whole |= wrong[near].sum() > LEFT_OUT * (right + wrong)[near].sum()
    return float(right.sum() / max(1, right.sum() + left_out.sum() + unmet.sum())), bool(whole)


def _mask(boxes: Sequence[Box], size: tuple[int, int]) -> np.ndarray:
    """What lies in boxes, on a picture of some height and width."""
    mask = np.zeros(size, bool)
    for left, top, right, bottom in boxes:
        mask[max(0, int(top)) : max(0, int(bottom) + 1), max(0, int(left)) : max(0, int(right) + 1)] = True
    return mask


def _thin_share(marks: Marks, shapes: Sequence[Shape], hidden: np.ndarray) -> float:
    height, width = size = marks.pixels.shape[:2]
    near = _wider(~alike(marks.pixels, marks.ground), NEAR_PX)

    def share(mask: np.ndarray, places: np.ndarray) -> float:
        x, y = places.astype(int).T
        return float(mask[y.clip(0, height - 1), x.clip(0, width - 1)].mean()) if len(places) else 0.0

    met = [float(np.mean([share(near, shape.points) for shape in shapes]))]
    line = marks.strokes.get("line", np.zeros((0, 2)))
    if len(line) and max(len(shape.points) for shape in shapes) > 1:
        again = _wider(_drawn(shapes, size), NEAR_PX)
        markers = np.array([(p.x, p.y) for p in marks.peaks.get("point", ()) if p.kind == "marker"]).reshape(-1, 2)
        met += [share(again, line), *([share(again | hidden, markers)] if len(markers) else ())]
    elif len(shapes) == sum(len(shape.points) for shape in shapes):  # of joined markers most ink lies between them
        colors = np.unique(np.round([shape.color for shape in shapes]), axis=0)
        around = _mask([Box.around((*shape.points[0], *shape.points[0]) for shape in shapes)], size) & ~hidden
        own = around & np.any([alike(marks.pixels, color) & ~alike(color, marks.ground) for color in colors], axis=0)
        met.append(
            float((own & _wider(_drawn(shapes, size), MARKER_PX)).sum() / max(1, own.sum())) if own.any() else 1.0
        )
    return min(met)


def _drawn(shapes: Sequence[Shape], size: tuple[int, int]) -> np.ndarray:
    """Draw shapes as a mask of some height and width."""
    image = Image.new("1", size[::-1])
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
