"""The ruling lines of a table: thin, straight, horizontal or vertical, darker or lighter than both sides.

- A pixel belongs to a ruling line if it differs from the pixels `REACH_PX` to either side, the same way; so filled
  cells are none, and a white line between two of them is one.
- Runs of such pixels that are long enough are ruling lines; runs a pixel apart are the same one.
- The edges of shades are found beside them: steps from dark to light along such runs.
- Boxes for a letter each, in a row, are found by their sides: these begin and end at one height, some as far apart as
  they are high, with lines above and below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import components
from sokdok.layout.text_line import TextLine

REACH_PX = 5  # a ruling line is thinner
CLEAR_LEVELS = 24  # of 255 that a ruling line differs from both sides somewhere
FAINT_LEVELS = 8  # of 255 that it differs everywhere
MAX_SLOPE = 0.03  # of a ruling line on a picture that is a little askew
MAX_GAP_PX = 4  # pixels that may be missing in one place, as where ruling lines cross
MIN_DENSITY = 0.88  # share of a ruling line's pixels that must be there
SHADOW_PX = 2 * REACH_PX  # from a ruling line, at most, that the white strip beside it is seen as another
SHADOW_SHARE = 0.5  # of the ruling line's length, at most
STEP_PX = 2  # above and below the edge of a shade, where its levels are compared
ERASED_PX = 3  # to either side of a ruling line's middle that are painted over
LEAST_BOXES, LOWEST_PX = 3, 16  # in a row, and height of one
BOX_WIDTH = (0.5, 1.7)  # of its height
OFF_PX, OFF_SHARE = 2, 0.15  # and of their height, by which boxes of one row differ
EDGE_SHARE = 0.7  # of the lines above and below a box that must be seen
BETWEEN = (0.4, 1.0, 3.0)  # widths from box to box in which a sign may stand, at most, and where sides are hidden


@dataclass(frozen=True)
class RulingLine:
    """A line along one axis, in pixels."""

    at: float  # its place on the other axis
    start: int
    end: int  # first pixel behind it


@dataclass(frozen=True)
class Ruling:
    """The ruling lines of a picture."""

    horizontal: tuple[RulingLine, ...] = ()  # from top to bottom
    vertical: tuple[RulingLine, ...] = ()  # from left to right


def find_ruling(levels: np.ndarray, lines: Sequence[TextLine]) -> Ruling:
    """Find the ruling lines of a picture with `color_sums` (H, W) and some lines of text, whose strokes are none."""
    height = float(np.median([line.box.height for line in lines]))
    horizontal = _without_shadows(_find_horizontal(levels, max(32, round(2.5 * height))))
    vertical = _without_shadows(_find_horizontal(np.ascontiguousarray(levels.T), max(16, round(1.4 * height))))
    boxes = [line.box for line in lines]
    across = [Box(box.top, box.left, box.bottom, box.right) for box in boxes]
    return Ruling(
        tuple(rule for rule in horizontal if not any(_is_stroke(rule, box, 0.15 * box.height) for box in boxes)),
        tuple(rule for rule in vertical if not any(_is_stroke(rule, box, 0.0) for box in across)),
    )


def find_steps(levels: np.ndarray, shortest: int) -> list[RulingLine]:
    """Level edges of at least `shortest` pixels on a picture with `color_sums` (H, W), those of ruling lines too."""
    if len(levels) <= 2 * STEP_PX:
        return []
    steps = levels[2 * STEP_PX :] - levels[: -2 * STEP_PX]
    found: list[RulingLine] = []
    for mask in (steps > 3 * CLEAR_LEVELS, steps < -3 * CLEAR_LEVELS):
        for left, top, right, bottom in components(_long_runs(mask, shortest)).boxes.tolist():
            if bottom - top <= 2 * STEP_PX + 2 + MAX_SLOPE * (right - left):
                found.append(RulingLine((top + bottom) / 2 + STEP_PX, left, right))
    return found


def _without_shadows(rules: Sequence[RulingLine]) -> list[RulingLine]:
    """Without the white strips between a ruling line and the feet of the letters above it, as short as those are."""
    return [rule for rule in rules if not any(_is_shadow(rule, other) for other in rules)]


def _is_shadow(rule: RulingLine, other: RulingLine) -> bool:
    near = 0 < abs(rule.at - other.at) <= SHADOW_PX and other.start <= rule.start and rule.end <= other.end
    return near and rule.end - rule.start < SHADOW_SHARE * (other.end - other.start)


def _is_stroke(rule: RulingLine, box: Box, margin: float) -> bool:
    """Whether a ruling line is strokes of letters in a text line's box; x runs along the ruling line."""
    shared = min(box.right, rule.end) - max(box.left, rule.start)
    return box.top + margin < rule.at < box.bottom - margin and shared > 0.7 * (rule.end - rule.start)


def _find_horizontal(levels: np.ndarray, shortest: int) -> tuple[RulingLine, ...]:
    """Lines along the rows of a picture (H, W) int16, the sum of three colours, followed as far as they are seen."""
    contrast = _contrast(levels)
    boxes = components(_long_runs(contrast > 3 * FAINT_LEVELS, shortest)).boxes
    left, top, right, bottom = boxes.T
    thin = bottom - top <= REACH_PX + 2 + MAX_SLOPE * (right - left)
    boxes = boxes[thin & (right - left >= shortest)]
    if not len(boxes):
        return ()
    clear = _long_runs(contrast > 3 * CLEAR_LEVELS, shortest)
    rules = [RulingLine((t + b) / 2, le, r) for le, t, r, b in boxes.tolist() if clear[t:b, le:r].any()]
    return tuple(sorted(rules, key=lambda rule: (rule.at, rule.start)))


def _contrast(levels: np.ndarray) -> np.ndarray:
    """By how much each pixel is darker, or lighter, than those `REACH_PX` above and below, whichever is less."""
    above, below = np.zeros_like(levels), np.zeros_like(levels)
    reach = min(REACH_PX, len(levels))
    np.subtract(levels[reach:], levels[:-reach], out=above[reach:])
    np.negative(above[reach:], out=below[:-reach])
    above[:reach] = levels[:reach] - levels[0]  # beyond an edge are pixels like those at it
    below[-reach:] = levels[-reach:] - levels[-1]
    return np.maximum(np.minimum(above, below), -np.maximum(above, below))


def _long_runs(mask: np.ndarray, shortest: int) -> np.ndarray:
    """Pixels of long runs along rows, with small gaps, as where ruling lines cross, but dense: text is not."""
    found = np.zeros_like(mask)
    if mask.shape[1] < shortest:
        return found
    least = MIN_DENSITY * shortest
    rows = np.flatnonzero(np.count_nonzero(mask, axis=1) >= least)  # in most there is too little to look at closely
    dense = _window_sums(mask[rows], shortest) >= least
    some = dense.any(1)
    rows, dense = rows[some], dense[some]
    whole = dense & (_window_sums(_closed(mask[rows]), shortest) == shortest)
    marks = np.zeros((len(rows), mask.shape[1] + 1), np.int32)
    marks[:, : whole.shape[1]] += whole
    marks[:, shortest:] -= whole
    found[rows] = marks.cumsum(1)[:, :-1] > 0
    return found


def _window_sums(mask: np.ndarray, size: int) -> np.ndarray:
    """How many of each `size` pixels in a row are set, (H, W - size + 1)."""
    sums = np.zeros((mask.shape[0], mask.shape[1] + 1), np.int32)
    mask.cumsum(1, out=sums[:, 1:])
    return sums[:, size:] - sums[:, :-size]


def _closed(mask: np.ndarray) -> np.ndarray:
    """A mask with gaps of up to `MAX_GAP_PX` in a row filled."""
    columns = np.arange(mask.shape[1], dtype=np.int32)
    last = np.maximum.accumulate(np.where(mask, columns, -MAX_GAP_PX - 2), axis=1)
    beyond = mask.shape[1] + MAX_GAP_PX + 2
    following = np.minimum.accumulate(np.where(mask, columns, beyond)[:, ::-1], axis=1)[:, ::-1]
    return mask | (following - last - 1 <= MAX_GAP_PX)


def find_boxes(gray: np.ndarray) -> list[list[Box]]:
    """The boxes for a letter each, and what is between them, of each row on a grey page (H, W) uint8, rightwards."""
    # 1. Sides: dark lines from top to bottom. Paper between two boxes looks like one, too.
    levels = 3 * gray.astype(np.int16)
    sides = sorted(_find_horizontal(np.ascontiguousarray(levels.T), LOWEST_PX), key=lambda side: side.at)
    middles, besides = ([gray[it.start : it.end, int(it.at) - by].mean() for it in sides] for by in (0, REACH_PX))
    dark = np.array([(it.at, it.start, it.end) for it in sides]).reshape(-1, 3)[np.less(middles, besides)]
    at, top, bottom = dark.T
    # 2. Boxes: two sides that begin and end at one height, about as far apart as they are high, and lines between them.
    apart = at - at[:, None]
    narrow, wide = np.outer(BOX_WIDTH, bottom - top)
    level = np.maximum(abs(top - top[:, None]), abs(bottom - bottom[:, None])) <= OFF_PX + OFF_SHARE * (bottom - top)
    lined = _contrast(levels) > 3 * FAINT_LEVELS
    rows = list[list[Box]]()
    for pair in np.argwhere(level & (apart > narrow[:, None]) & (apart < wide[:, None])):
        box = Box(at[pair[0]], top[pair].mean(), at[pair[1]], bottom[pair].mean())
        off = round(OFF_PX + OFF_SHARE * box.height)
        if not _between_lines(lined, box, off):
            continue
        # 3. Rows: a box goes on one that ends beside it, or with a sign or hidden sides between.
        for row in rows:
            last = row[-1]
            gap = (box.left - last.right) / box.width
            hidden = BETWEEN[1] <= gap < BETWEEN[2] and _between_lines(lined, box._replace(left=last.right), off)
            like = np.abs(np.subtract((*last[1::2], last.width), (*box[1::2], box.width))).max() <= off
            if like and -off <= gap * box.width and (gap < BETWEEN[1] or hidden):
                ends = np.linspace(last.right, box.left, max(1, round(gap)) + 1).tolist() if gap > BETWEEN[0] else []
                row += [*(box._replace(left=a, right=b) for a, b in pairwise(ends)), box]
                break
        else:
            rows.append([box])
    found = list[list[Box]]()
    for row in sorted(rows, key=len, reverse=True):  # shorter ones on it have sides of letters, or are of several boxes
        if len(row) >= LEAST_BOXES and not any(Box.around(row).overlap(Box.around(other)) for other in found):
            found.append(row)
    return found


def _between_lines(lined: np.ndarray, box: Box, off: int) -> bool:
    """Whether lines run above and below a box, `off` pixels off at most, by where there may be some, (H, W) bool."""
    edges = (lined[max(0, int(y) - off) : int(y) + off, int(box.left) : int(box.right) + 1] for y in box[1::2])
    return all((edge[1:] | edge[:-1]).mean(1).max(initial=0) >= EDGE_SHARE for edge in edges)


def erased(pixels: np.ndarray, ruling: Ruling) -> np.ndarray:
    """The picture (H, W, …) uint8 with each ruling line painted over with what lies above it, or left of it."""
    result = pixels.copy()
    for rule in ruling.horizontal:
        top, bottom = _band(rule, len(result))
        result[top:bottom, rule.start : rule.end] = result[max(0, top - 1), rule.start : rule.end]
    for rule in ruling.vertical:
        left, right = _band(rule, result.shape[1])
        result[rule.start : rule.end, left:right] = result[rule.start : rule.end, max(0, left - 1), None]
    return result


def _band(rule: RulingLine, limit: int) -> tuple[int, int]:
    return max(0, int(rule.at) - ERASED_PX), min(limit, int(rule.at) + ERASED_PX + 1)
