"""Where a page's paths make up drawings: charts, diagrams, maps, whose parts touch.

A drawing has curves, slanted lines or areas of other forms than rectangles, or rectangles that stand on one line as
bars do; ruling lines and shades alone make up tables and frames.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.components import components
from sokdok.pages.textlayer.layer import Fill, Rule
from sokdok.pages.textlayer.paths import Paths

CELL = 4.0  # points: parts no further apart touch
MIN_SIDE = 36.0  # points of a drawing's shorter side
MAX_SHARE = 0.8  # of a page's side, from which on what is drawn is the page's own frame or ground
MIN_BARS = 3
MIN_DRAWN_SHARE = 0.15  # of the longer side of a drawing that what is neither line nor rectangle takes
SAME = 1.0  # points by which the sides of rectangles of one size differ


def find_drawings(paths: Paths, width: float, height: float) -> list[Box]:
    """Boxes in points of the upright page, from top to bottom."""
    page = Box(0, 0, width, height)
    drawn = [box for box in paths.drawn if not _is_page(box, width, height)]
    bars = [fill for fill in paths.fills if not _is_white(fill) and not _is_page(fill.box, width, height)]
    if not drawn and len(bars) < MIN_BARS:
        return []
    parts = [*drawn, *(fill.box for fill in bars), *map(_box_of, paths.rules)]
    found = []
    for box in _touching([box.intersection(page) for box in parts], width, height):
        inside = [part for part in drawn if box.holds(*part.middle)]
        stands = _is_drawing(box, inside, [fill for fill in bars if box.holds(*fill.box.middle)])
        if min(box.width, box.height) >= MIN_SIDE and stands and not _is_page(box, width, height):
            found.append(box)
    return found


def _is_drawing(box: Box, drawn: Sequence[Box], bars: Sequence[Fill]) -> bool:
    if drawn:
        around = Box.around(drawn)
        return max(around.width, around.height) > MIN_DRAWN_SHARE * max(box.width, box.height)
    return _are_bars(bars)


def _are_bars(fills: Sequence[Fill]) -> bool:
    """Whether rectangles of one width and several heights stand on one line, or turned by a quarter."""
    groups: dict[tuple[bool, int, int], set[int]] = defaultdict(set)
    for left, top, right, bottom in (fill.box for fill in fills):
        width, height = round((right - left) / SAME), round((bottom - top) / SAME)
        groups[True, round(bottom / SAME), width].add(height)
        groups[False, round(left / SAME), height].add(width)
    return any(len(sizes) >= MIN_BARS for sizes in groups.values())


def _touching(boxes: Sequence[Box], width: float, height: float) -> list[Box]:
    """Boxes around parts that touch, found on a coarse picture of the page: drawings have thousands of parts."""
    mask = np.zeros((int(height / CELL) + 2, int(width / CELL) + 2), bool)
    for left, top, right, bottom in boxes:
        mask[max(0, int(top / CELL)) : int(bottom / CELL) + 2, max(0, int(left / CELL)) : int(right / CELL) + 2] = True
    found = components(mask).boxes.tolist()
    return [
        Box.around([part for part in boxes if Box(*area).scaled(CELL).holds(*part.middle)] or [Box(0, 0, 0, 0)])
        for area in found
    ]


def _box_of(rule: Rule) -> Box:
    if rule.horizontal:
        return Box(rule.start, rule.at, rule.end, rule.at)
    return Box(rule.at, rule.start, rule.at, rule.end)


def _is_white(fill: Fill) -> bool:
    return min(fill.color) >= 253


def _is_page(box: Box, width: float, height: float) -> bool:
    return box.width > MAX_SHARE * width and box.height > MAX_SHARE * height
