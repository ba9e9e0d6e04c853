"""Read what the marks and labels of a geometry figure state, as logic forms about its named points.

- A length or a tick belongs to the segment of named points on one line whose middle it votes for; an angle's label,
  an arc and a right angle to the vertex they vote for and the legs on either side of them.
- Marks alike on several things say that these are equal, or parallel.
- A point without a letter that a mark or label speaks of is given a free one, or nothing could be said of it.
"""

from __future__ import annotations

import cmath
import math
import string
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sokdok.figures.geometry.dictionary import alike, labelled, perpendicular
from sokdok.figures.geometry.read.labels import Value
from sokdok.figures.geometry.read.lines import distance
from sokdok.model.nano.formats.geometry import MARKS, find_peaks, probabilities, votes

THRESHOLD = 0.35
REACH_EM = 3.0  # cost of the best segment or vertex, at most
MARK_EM_PX = 16.0  # em of marks, whose size is not measured
NEARNESS_WEIGHT = 0.4  # of the distance to a label or mark itself beside that to its vote
DETOUR_EM = 0.5  # that a segment over other points must be nearer to be preferred
NAMELESS_EM = 1.0  # that a segment or vertex must be nearer for every point of it without a letter
WIDEST = 1.02 * math.pi  # radians of an angle, at most


@dataclass(frozen=True)
class _Mark:
    kind: str
    where: complex
    vote: complex
    em: float = MARK_EM_PX


@dataclass
class Drawing:
    """Points, their names, and the lines through them."""

    points: np.ndarray
    names: list[str]  # of all points, empty where one has none
    lines: list[tuple[int, ...]]  # points of each line, in order

    def segment(self, sign: _Mark | Value) -> tuple[int, int] | None:
        """Find the two points of a line whose middle a sign votes for, neighbours first."""
        best, cost = None, REACH_EM
        for line in self.lines:
            for (i, a), (j, b) in combinations(enumerate(line), 2):
                ends = self.points[[a, b]]
                away = abs(ends.mean() - sign.vote) + NEARNESS_WEIGHT * distance(np.array(sign.where), *ends)
                detour = DETOUR_EM * any(self.names[index] for index in line[i + 1 : j])
                far = float(away) / sign.em + detour + self._nameless(a, b)
                if far < cost:
                    best, cost = (a, b), far
        return best

    def vertex(self, sign: _Mark | Value) -> int | None:
        """Find the point with two legs that a sign votes for."""
        costs = np.abs(self.points - sign.vote) + NEARNESS_WEIGHT * np.abs(self.points - sign.where)
        near = [
            (float(costs[i]) / sign.em + self._nameless(i), i) for i in range(len(self.points)) if len(self.legs(i)) > 1
        ]
        cost, index = min(near, default=(REACH_EM, None))
        return index if cost < REACH_EM else None

    def _nameless(self, *points: int) -> float:
        return NAMELESS_EM * sum(not self.names[point] for point in points)

    def legs(self, vertex: int) -> list[int]:
        """List the next point on every ray from a point, the next one with a name where there is one."""
        found = []
        for line in self.lines:
            if vertex in line:
                at = line.index(vertex)
                for ray in (line[:at][::-1], line[at + 1 :]):
                    found += [next((index for index in ray if self.names[index]), ray[0])] if ray else []
        return list(dict.fromkeys(found))

    def angle(self, vertex: int, toward: complex, right: bool = False) -> tuple[int, int, int] | None:
        """Find vertex and legs of the narrowest angle around a direction; of the one nearest to 90° if `right`."""
        way = toward - self.points[vertex]
        turns = {leg: cmath.phase((self.points[leg] - self.points[vertex]) / way) for leg in self.legs(vertex) if way}
        before = {leg: -turn for leg, turn in turns.items() if turn < 0}
        after = {leg: turn for leg, turn in turns.items() if turn >= 0}
        best, cost = None, math.inf
        for a, b in ((a, b) for a in before for b in after if before[a] + after[b] < WIDEST):
            error = abs(before[a] - math.pi / 4) + abs(after[b] - math.pi / 4) if right else before[a] + after[b]
            if error < cost:
                best, cost = (vertex, a, b), error
        return best

    def angle_at(self, sign: _Mark | Value) -> tuple[int, int, int] | None:
        """Find vertex and legs of the angle that a sign votes for and stands in."""
        vertex = self.vertex(sign)
        return None if vertex is None else self.angle(vertex, sign.where)

    def names_of(self, indices: tuple[int, ...]) -> list[str]:
        """List the names of points; who has none is given the first letter that is free, while there are any."""
        for index in indices:
            if not self.names[index]:
                free = (letter for letter in string.ascii_uppercase if letter not in self.names)
                self.names[index] = next(free, "")
        return [self.names[index] for index in indices]


def state(logits: np.ndarray, drawing: Drawing, values: list[Value]) -> list[str]:
    """Write logic forms, each once: right angles, then equal and parallel things, then lengths and angles.

    Points of the drawing that they need get names.
    """
    labels = {}
    speaks_of = {"length": drawing.segment, "angle": drawing.angle_at, "number": drawing.angle_at}
    for value in values:
        if value.role in speaks_of and (things := speaks_of[value.role](value)):
            labels[things] = value
    found = find_peaks(logits, "mark", THRESHOLD)
    kinds = probabilities(logits, "mark_kind", found).argmax(1)
    places = zip(kinds, found.where, votes(logits, "mark", found), strict=True)
    marks = [_Mark(MARKS[k], complex(*where), complex(*vote)) for k, where, vote in places]
    rights = [(mark, drawing.vertex(mark)) for mark in marks if mark.kind == "right"]
    angles = [vertex is not None and drawing.angle(vertex, mark.where, right=True) for mark, vertex in rights]
    corners = [angle for angle in angles if angle]
    named = {(vertex, frozenset(legs)) for vertex, *legs in (things for things in labels if len(things) == 3)}
    alikes = []
    for kind in MARKS:
        if kind.startswith(("tick", "arc", "arrow")):
            marked = [thing for mark in marks if mark.kind == kind and (thing := _marked(mark, drawing))]
            arc = kind.startswith("arc")  # an angle with a label says more than its arc
            free = [thing for thing in marked if not (arc and (thing[0], frozenset(thing[1:])) in named)]
            alikes.append((kind, list(dict.fromkeys(free))))
    forms = [perpendicular(*drawing.names_of(corner)) for corner in corners]
    forms += [form for kind, equal in alikes for form in alike(kind, [drawing.names_of(thing) for thing in equal])]
    forms += [labelled(value.role, drawing.names_of(things), value.text) for things, value in labels.items()]
    return list(dict.fromkeys(forms))


def _marked(mark: _Mark, drawing: Drawing) -> tuple[int, ...] | None:
    """Find what a tick, an arrow or an arc stands on."""
    if mark.kind.startswith("tick"):
        return drawing.segment(mark)
    if mark.kind.startswith("arc"):
        return drawing.angle_at(mark)
    place, ends = np.array(mark.where), drawing.points
    line = min(drawing.lines, key=lambda line: float(distance(place, ends[line[0]], ends[line[-1]])), default=None)
    return (line[0], line[-1]) if line else None
