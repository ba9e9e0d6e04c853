"""Shaded rectangles on a picture: evenly darker than what is above or below, as rows of tables and boxes of code are.

- Letters and lines are closed over, so that the ground alone is left; steps down and up in it, from top to bottom, are
  the edges of shades. Steps are seen on a page that is lit from one side, where levels mean nothing.
"""

from __future__ import annotations

from functools import reduce

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import components

UNITS_PER_EM = 9  # pixels of type's size, to which a picture is scaled down
CLOSED = 7  # pixels of what is no ground: letters are smaller in one way, rows of tables in none
MIN_STEP_LEVELS = 4.0  # of 255 between a shade and what is above it
SMOOTHED = 5  # pixels along an edge that are looked at together
LETTERS = 19  # pixels along a shade of some letters that are larger or closer than others
MIN_WIDTH, MIN_HEIGHT = 36, 10  # pixels, of `UNITS_PER_EM` to an em, of a shade
MAX_ROW = 54  # pixels of the height of a row of a table
MIN_FULL_SHARE = 0.8  # of the box around a shade that it fills


def find_shades(pixels: np.ndarray, em: float) -> list[Box]:
    """Find the shades of a picture (H, W, 3) uint8 whose type is `em` pixels large, from top to bottom."""
    factor = max(1, round(em / UNITS_PER_EM))
    height, width = (side // factor for side in pixels.shape[:2])
    if min(height, width) <= CLOSED:
        return []
    # The channel in which a tint is darkest, so many times smaller.
    tint = pixels[: height * factor, : width * factor].min(2)
    parts = [tint[y::factor, x::factor] for y in range(factor) for x in range(factor)]
    steps = _steps(without_small_dark(np.stack(parts).mean(0, dtype=np.float32)))
    strength = np.abs(steps)
    edges = (strength >= MIN_STEP_LEVELS) & (strength == _largest(strength, 5, 0))
    signs = np.where(edges, np.sign(steps), 0).astype(np.int8)
    first, last = _last_edges(signs), len(signs) - 1 - _last_edges(signs[::-1])[::-1]
    above, below = (np.take_along_axis(signs, rows, 0) for rows in (first, last))
    boxes = _rectangles((above == -1) & (below == 1))  # darker than both sides
    for step in (-1, 1):  # darker than one side, and lighter than a shade on the other
        boxes += _rectangles((above == step) & (below == step) & (last - first <= MAX_ROW))
    return sorted((box.scaled(factor) for box in boxes), key=lambda box: (box.top, box.left))


def _rectangles(mask: np.ndarray) -> list[Box]:
    """The rectangles of a mask (H, W) bool, though letters divide or join them."""
    whole = _largest(~_largest(~_largest(mask, LETTERS, 1), 2 * LETTERS - 1, 1), LETTERS, 1)
    found = components(whole, corners=False)
    boxes = [Box(*box) for box in found.boxes.tolist()]
    return [
        box
        for box, area in zip(boxes, found.areas.tolist(), strict=True)
        if box.width >= MIN_WIDTH and box.height >= MIN_HEIGHT and area >= MIN_FULL_SHARE * box.area
    ]


def without_small_dark(gray: np.ndarray) -> np.ndarray:
    """A picture (H, W) without what is dark and small."""
    return -largest(-largest(gray, CLOSED), CLOSED)


def largest(values: np.ndarray, size: int) -> np.ndarray:
    """The largest of each `size` by `size` values (H, W), an odd number, around each."""
    return _largest(_largest(values, size, 0), size, 1)


def _largest(values: np.ndarray, size: int, axis: int) -> np.ndarray:
    """The largest of each `size` values along an axis, an odd number, around each."""
    half = size // 2
    length = values.shape[axis]
    padded = np.pad(values, [(half, half) if at == axis else (0, 0) for at in (0, 1)], mode="edge")
    parts = [padded[at : at + length] if axis == 0 else padded[:, at : at + length] for at in range(size)]
    return reduce(np.maximum, parts)


def _steps(ground: np.ndarray) -> np.ndarray:
    """How much lighter the ground (H, W) is below each pixel than above it, along edges that are level."""
    rows = np.pad(ground, ((2, 2), (0, 0)), mode="edge")
    steps = (rows[3:-1] + rows[4:] - rows[:-4] - rows[1:-3]) / 2
    half = SMOOTHED // 2
    sums = np.pad(np.pad(steps, ((0, 0), (half, half)), mode="edge").cumsum(1), ((0, 0), (1, 0)))
    return (sums[:, SMOOTHED:] - sums[:, :-SMOOTHED]) / SMOOTHED


def _last_edges(edges: np.ndarray) -> np.ndarray:
    """The row of the last edge above each pixel (H, W), itself included; 0 without one."""
    return np.maximum.accumulate(np.where(edges != 0, np.arange(len(edges))[:, None], 0), 0)
