"""nano's reader of plane geometry: a picture becomes the family's dictionary, with what its marks and labels state.

- One pass of a small net over the picture (its output: `model.nano.formats.geometry`); the rest is plane geometry:
  letters go to the points they vote for, lines run where the net sees them between points, a length goes to the
  segment and an angle to the vertex that its characters vote for.
- Needs numpy alone; the net is any callable, an onnxruntime session for instance.
- A point without a letter of its own that a mark or label speaks of gets one that is free.
- A picture of something else has no points joined by lines: its dictionary is empty and its confidence 0.

    text, confidence, doubt = read_geometry(pixels, net)
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image

from sokdok.figures.geometry.dictionary import dictionary
from sokdok.figures.geometry.read.labels import name_points, read_letters, read_symbols, read_values
from sokdok.figures.geometry.read.lines import (
    FoundCircle,
    FoundLine,
    explained_share,
    find_circles,
    find_lines,
    ink_cells,
)
from sokdok.figures.geometry.read.marks import Drawing, state
from sokdok.imaging.arrays import contrast, paper_of
from sokdok.model.nano.formats import MULTIPLE_PX, Net
from sokdok.model.nano.formats.geometry import find_peaks
from sokdok.reasons import say

SIDE_PX = 400  # longer side that larger pictures are brought to, so that letters have the size the net learnt
POINT_THRESHOLD = 0.4
LEAST_EXPLAINED = 0.5  # share of the lines that are drawn
CENTER_PX = 8.0  # of the net's picture, within which a point is a circle's centre


def read_geometry(pixels: np.ndarray, net: Net, letters: Net | None = None) -> tuple[str, float, str]:
    """Read a picture (H, W, 3) uint8 RGB: dictionary text, confidence (0 to 1), and the doubt that lines leave.

    net: float32 (1, 3, H, W) in 0 to 1, H and W multiples of 32 -> logits (1, K, H / 4, W / 4).
    letters: float32 (N, 1, 24, 24) in 0 to 1 -> logits (N, len(CHARS), 1, 1), which reads characters again.
    """
    size = pixels.shape[1], pixels.shape[0]
    zoom = min(SIDE_PX / max(size), 1.0)
    picture = _prepared(pixels, zoom)
    logits = net(picture)[0].astype(np.float32)
    symbols = read_symbols(logits)
    if letters:
        middles, ems = np.array([s.where for s in symbols], complex) / zoom, np.array([s.em for s in symbols]) / zoom
        codes = read_letters(contrast(pixels, paper_of(pixels)), middles, ems, letters)
        symbols = [replace(symbol, codes=each) for symbol, each in zip(symbols, codes, strict=True)]
    points, names = name_points(find_peaks(logits, "point", POINT_THRESHOLD), symbols)
    lines = find_lines(logits, points)
    circles = find_circles(ink_cells(picture[0], paper_of(pixels) / 255), points, lines)
    if not lines and not circles:
        return dictionary(size, [], {}, [], []), 0.0, ""
    stated = state(logits, Drawing(points, names, [line.points for line in lines]), read_values(symbols))
    heats = [line.heat for line in lines] + [circle.heat for circle in circles]
    explained = explained_share(logits, points, lines)
    doubt = say("lines_unmet", share=round(100 * explained)) if explained < LEAST_EXPLAINED else ""
    text = _written(size, points / zoom, names, lines, circles, zoom, stated)
    return text, float(np.mean(heats)) * explained, doubt


def _written(
    size: tuple[int, int], points: np.ndarray, names: list[str], lines: list[FoundLine], circles: list[FoundCircle],
    zoom: float, stated: list[str],
) -> str:  # fmt: skip
    """Write the dictionary; points in pixels of the picture, circles in those of the net's."""
    joined, xy = {index for line in lines for index in line.points}, [(float(p.real), float(p.imag)) for p in points]
    named = [index for index, name in enumerate(names) if name]
    places = {names[index]: xy[index] for index in named if index in joined or circles}
    ends = [(xy[line.points[0]], xy[line.points[-1]], False) for line in lines]
    rims = []
    for circle in circles:
        center = circle.center / zoom
        near = [(abs(points[index] - center), names[index]) for index in named]
        name = min((each for each in near if each[0] < CENTER_PX / zoom), default=(0.0, ""))[1]
        rims.append((name, (center.real, center.imag), circle.radius / zoom))
    return dictionary(size, ends, places, rims, stated)


def _prepared(pixels: np.ndarray, zoom: float) -> np.ndarray:
    """Prepare (1, 3, H, W) float32 in 0 to 1: the picture resized, at the top left, on paper."""
    height, width = (max(1, round(side * zoom)) for side in pixels.shape[:2])
    image = np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC))
    shape = (-(-height // MULTIPLE_PX) * MULTIPLE_PX, -(-width // MULTIPLE_PX) * MULTIPLE_PX, 3)
    canvas = np.broadcast_to(paper_of(pixels), shape).astype(np.float32)
    canvas[:height, :width] = image
    return np.ascontiguousarray((canvas / 255).transpose(2, 0, 1))[None]
