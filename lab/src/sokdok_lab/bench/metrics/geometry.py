"""Geometry figures: relations as logic forms, and segments by their overlap.

- Relations: precision and recall per figure, averaged; F1 of the averages, and the share of figures
  with F1 of 1, of .75 and .5 at least: the numbers of Geometry3K (lupantech/InterGPS, calc_diagram_accuracy).
- Points are paired by place, as there (15 pixels; another name costs 5), or by name where there are no places.
- Segments: IoU of the extents along x and y, averaged, at least .75 (Slow Perception, arXiv 2412.20631). Ours is
  stricter in one thing, since "/" and "\\" have the same extents: they don't match. Extents are widened by 1 % of the
  truth's diagonal on each side, or horizontal and vertical segments would have none across.

Logic forms are such as `Equals(LengthOf(Line(A, B)), 2x)`. The predicates and their symmetries are those of Geometry3K
(README and diagram_parser/evaluation):

- the arguments of Equals, Perpendicular, Parallel, Congruent and the like come in any order, and so do a line's points;
- an angle's (and a three-point arc's) outer points may be swapped; a polygon's corners go round either way;
- a line through several known points can be named by any two of them in Perpendicular and Parallel;
- names of points are mapped first, where the two figures call them differently.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import hypot

import numpy as np
from scipy.optimize import linear_sum_assignment

from sokdok.figures.geometry.dictionary import read_form

Point = tuple[float, float]
Segment = tuple[Point, Point]
POINT_TOLERANCE_PX = 15.0  # Distance up to which two points may be one.
OTHER_NAME_PX = 5.0  # Distance that is added for another name.
LINE_IOU = 0.75  # IoU from which two segments are one.
_WIDEN_SHARE = 0.01  # Share of the truth's diagonal by which extents are widened on each side.


Form = str | tuple["Form", ...]  # A name or value, or a predicate followed by its arguments.
_ANY_ORDER = {"Equals", "Line", "Parallel", "Perpendicular", "Congruent", "Similar", "Add", "Mul", "SumOf"}
"""Predicates whose arguments come in any order."""
_POLYGONS = {
    *("Triangle", "Polygon", "Quadrilateral", "Parallelogram"),
    *("Rhombus", "Rectangle", "Square", "Trapezoid", "Kite", "Pentagon", "Hexagon"),
}


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
    target, found = ([form for form in map(read_form, side.relations) if form is not None] for side in (truth, read))
    names = match_points(truth.positions, read.positions) if truth.positions and read.positions else {}
    back = {other: name for name, other in names.items()}
    hits = matches(found, target, back, read.lines), matches(target, found, names, truth.lines)
    precision, recall = (
        hit / len(side.relations) if side.relations else 1.0 for hit, side in zip(hits, (read, truth), strict=True)
    )
    return Score(precision, recall)


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


def segment_score(truth: Sequence[Segment], read: Sequence[Segment]) -> Score:
    """Return precision and recall of segments, one for one, at an IoU of LINE_IOU or more (same coordinates)."""
    if not truth or not read:
        return Score(float(not read), float(not truth))
    points = np.array(truth, float).reshape(-1, 2)
    widen = _WIDEN_SHARE * float(np.linalg.norm(points.max(0) - points.min(0)))  # by a share of the diagonal
    overlaps = np.array([[segment_iou(one, other, widen) for other in read] for one in truth])
    hits = matched(overlaps, LINE_IOU)
    return Score(hits / len(read), hits / len(truth))


def matched(overlaps: np.ndarray, threshold: float) -> int:
    """Count the pairs, each side used once, that overlap by `threshold` or more; `overlaps` is (N, M), 0 to 1."""
    pairs = linear_sum_assignment((overlaps >= threshold) + overlaps / 1000, maximize=True)
    return int((overlaps[pairs] >= threshold).sum())


def segment_iou(one: Segment, other: Segment, widen: float = 0.0) -> float:
    """Return the mean of the IoUs of the extents along x and y; 0 if one rises and the other falls beyond `widen`."""
    if _slope_sign(one, 2 * widen) * _slope_sign(other, 2 * widen) < 0:
        return 0.0
    ious = []
    for axis in (0, 1):
        (low, high), (begin, end) = (sorted(point[axis] for point in each) for each in (one, other))
        union = max(high, end) - min(low, begin) + 2 * widen
        common = min(high, end) - max(low, begin) + 2 * widen
        ious.append(max(0.0, common) / union if union > 0 else 1.0)
    return sum(ious) / 2


def _slope_sign(segment: Segment, tolerance: float) -> int:
    """Return 1 or -1 by the sign of the slope, 0 for a segment that is horizontal or vertical to within `tolerance`."""
    (x0, y0), (x1, y1) = segment
    if min(abs(x1 - x0), abs(y1 - y0)) <= tolerance:
        return 0
    return 1 if (x1 - x0) * (y1 - y0) > 0 else -1


def canonical(form: Form, names: Mapping[str, str] | None = None) -> Form:
    """Return one form for all that mean the same: symmetric arguments sorted, names mapped, no spaces in values."""
    if isinstance(form, str):
        return (names or {}).get(form, form.replace(" ", ""))
    head, *arguments = form
    parts = [canonical(argument, names) for argument in arguments]
    if head in _ANY_ORDER or (head == "Arc" and len(parts) == 2):
        parts.sort(key=repr)
    elif head == "Angle" or (head == "Arc" and len(parts) == 3):
        parts = min(parts, parts[::-1], key=repr)
    elif head in _POLYGONS:
        parts = min(_turns(parts), key=repr)
    return (head, *parts)


def _turns(parts: list[Form]) -> Iterator[list[Form]]:
    """Yield a cycle from each of its members, both ways round."""
    for cycle in (parts, parts[::-1]):
        for start in range(len(cycle)):
            yield cycle[start:] + cycle[:start]


def matches(
    forms: Iterable[Form], others: Iterable[Form], names: Mapping[str, str] | None = None, lines: Collection[str] = ()
) -> int:
    """Count how many of `forms`, their points renamed, are among `others`; `lines` are the drawn ones, such as "AB"."""
    forms, known = list(forms), {canonical(form) for form in others}
    collinear = lines_of(forms, lines)
    return sum(any(canonical(each, names) in known for each in _same_lines(form, collinear)) for form in forms)


def _same_lines(form: Form, collinear: list[frozenset[str]]) -> Iterator[Form]:
    """Yield the form, and for Perpendicular and Parallel what it says with other points of the same lines."""
    yield form
    if isinstance(form, tuple) and form[0] in ("Perpendicular", "Parallel") and len(form) == 3:
        yield from ((form[0], *pair) for pair in product(*(_names(line, collinear) for line in form[1:])))


def _names(line: Form, collinear: list[frozenset[str]]) -> list[Form]:
    """Return all names of a line by two of its points."""
    points = _points(line)
    for members in collinear:
        if points and points <= members:
            return [("Line", *pair) for pair in combinations(sorted(members), 2)]
    return [line]


def _points(line: Form) -> frozenset[str]:
    """Return the points of a `Line(A, B)`; none for other forms."""
    if isinstance(line, tuple) and line[0] == "Line":
        return frozenset(point for point in line[1:] if isinstance(point, str))
    return frozenset()


def lines_of(forms: Iterable[Form], lines: Collection[str] = ()) -> list[frozenset[str]]:
    """Return points that lie on one line, as drawn and by PointLiesOnLine; lines with two common points are one."""
    found = [frozenset(line) for line in lines if len(line) == 2]
    for form in forms:
        if isinstance(form, tuple) and form[0] == "PointLiesOnLine" and len(form) == 3 and isinstance(form[1], str):
            found.append(_points(form[2]) | {form[1]})
    merged: list[frozenset[str]] = []
    for line in found:
        while same := [other for other in merged if len(other & line) >= 2]:
            merged = [other for other in merged if other not in same]
            line = line.union(*same)
        merged.append(line)
    return merged
