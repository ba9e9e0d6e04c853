"""Geometry figures: relations as logic forms, and segments by their overlap.

- Relations: precision and recall per figure by `logic_forms`, averaged; F1 of the averages, and the share of figures
  with F1 of 1, of .75 and .5 at least: the numbers of Geometry3K (lupantech/InterGPS, calc_diagram_accuracy).
- Points are paired by place, as there (15 pixels; another name costs 5), or by name where there are no places.
- Segments: IoU of the extents along x and y, averaged, at least .75 (Slow Perception, arXiv 2412.20631). Ours is
  stricter in one thing, since "/" and "\\" have the same extents: they don't match. Extents are widened by 1 % of the
  truth's diagonal on each side, or horizontal and vertical segments would have none across.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import hypot

import numpy as np
from scipy.optimize import linear_sum_assignment

from sokdok_lab.bench.metrics.logic_forms import Form, matches, parse_form

Point = tuple[float, float]
Segment = tuple[Point, Point]
POINT_TOLERANCE_PX = 15.0  # Distance up to which two points may be one.
OTHER_NAME_PX = 5.0  # Distance that is added for another name.
LINE_IOU = 0.75  # IoU from which two segments are one.
_WIDEN_SHARE = 0.01  # Share of the truth's diagonal by which extents are widened on each side.


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1, 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True)
class Scene:
    """A figure's content, as far as it is measured."""

    relations: Sequence[str]  # Logic forms.
    lines: Sequence[str] = ()  # Pairs of points, such as "AB".
    positions: Mapping[str, Point] | None = None  # Positions of the points, in pixels of the picture.
    segments: Sequence[Segment] = ()  # Drawn lines, in pixels of the picture.


def relation_score(truth: Scene, read: Scene) -> Score:
    """Return precision and recall of the relations; text that is no logic form counts as a wrong one."""
    target, found = _parsed(truth.relations), _parsed(read.relations)
    names = match_points(truth.positions, read.positions) if truth.positions and read.positions else {}
    back = {other: name for name, other in names.items()}
    return Score(
        _share(matches(found, target, back, read.lines), len(read.relations)),
        _share(matches(target, found, names, truth.lines), len(truth.relations)),
    )


def match_points(truth: Mapping[str, Point], read: Mapping[str, Point]) -> dict[str, str]:
    """Return the name in `read` of each point of `truth` that has one near it, nearest pairs first."""
    pairs = sorted(
        (hypot(a[0] - b[0], a[1] - b[1]) + OTHER_NAME_PX * (name != other), name, other)
        for name, a in truth.items()
        for other, b in read.items()
    )
    found: dict[str, str] = {}
    for distance, name, other in pairs:
        if distance <= POINT_TOLERANCE_PX and name not in found and other not in found.values():
            found[name] = other
    return found


def segment_score(truth: Sequence[Segment], read: Sequence[Segment], threshold: float = LINE_IOU) -> Score:
    """Return precision and recall of segments, one for one, at an IoU of `threshold` or more (same coordinates)."""
    if not truth or not read:
        return Score(float(not read), float(not truth))
    points = np.array(truth, float).reshape(-1, 2)
    widen = _WIDEN_SHARE * float(np.linalg.norm(points.max(0) - points.min(0)))  # by a share of the diagonal
    overlaps = np.array([[segment_iou(one, other, widen) for other in read] for one in truth])
    pairs = linear_sum_assignment((overlaps >= threshold) + overlaps / 1000, maximize=True)
    hits = int((overlaps[pairs] >= threshold).sum())
    return Score(hits / len(read), hits / len(truth))


def segment_iou(one: Segment, other: Segment, widen: float = 0.0) -> float:
    """Return the mean of the IoUs of the extents along x and y; 0 if one rises and the other falls beyond `widen`."""
    if _slope_sign(one, 2 * widen) * _slope_sign(other, 2 * widen) < 0:
        return 0.0
    return sum(_interval_iou(_extent(one, axis, widen), _extent(other, axis, widen)) for axis in (0, 1)) / 2


def _parsed(relations: Iterable[str]) -> list[Form]:
    return [form for form in map(parse_form, relations) if form is not None]


def _share(count: int, total: int) -> float:
    return count / total if total else 1.0


def _slope_sign(segment: Segment, tolerance: float) -> int:
    """Return 1 or -1 by the sign of the slope, 0 for a segment that is horizontal or vertical to within `tolerance`."""
    (x0, y0), (x1, y1) = segment
    if min(abs(x1 - x0), abs(y1 - y0)) <= tolerance:
        return 0
    return 1 if (x1 - x0) * (y1 - y0) > 0 else -1


def _extent(segment: Segment, axis: int, widen: float) -> Point:
    low, high = sorted(point[axis] for point in segment)
    return low - widen, high + widen


def _interval_iou(one: Point, other: Point) -> float:
    union = max(one[1], other[1]) - min(one[0], other[0])
    common = min(one[1], other[1]) - max(one[0], other[0])
    return max(0.0, common) / union if union > 0 else 1.0
