"""A chart's values drawn again over the picture: what share of its marks they meet.

- Filled marks (bars, areas, sectors) are held against what is filled with their colours and with any other: where
  either is and the other is not, they don't meet, so a bar that was left out counts as much as one that is too long.
- Thin ones (lines, points) meet within some pixels, both ways: each value lies on ink of its colour, and this ink,
  as far as lines reach, on what is drawn again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from sokdok.figures.chart.read.areas import Area
from sokdok.figures.chart.read.scene import Scene, Shape
from sokdok.imaging.box import Box

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
