"""Logic forms of plane geometry, such as `Equals(LengthOf(Line(A, B)), 2x)`: parse them and compare what they mean.

The predicates and their symmetries are those of Geometry3K (lupantech/InterGPS, README and diagram_parser/evaluation):

- the arguments of Equals, Perpendicular, Parallel, Congruent and the like come in any order, and so do a line's points;
- an angle's (and a three-point arc's) outer points may be swapped; a polygon's corners go round either way;
- a line through several known points can be named by any two of them in Perpendicular and Parallel;
- names of points are mapped first, where the two figures call them differently.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations, product

Form = str | tuple["Form", ...]  # A name or value, or a predicate followed by its arguments.
_ANY_ORDER = {"Equals", "Line", "Parallel", "Perpendicular", "Congruent", "Similar", "Add", "Mul", "SumOf"}
"""Predicates whose arguments come in any order."""
_POLYGONS = {
    *("Triangle", "Polygon", "Quadrilateral", "Parallelogram"),
    *("Rhombus", "Rectangle", "Square", "Trapezoid", "Kite", "Pentagon", "Hexagon"),
}
_TOKEN = re.compile(r"[(),]|[^(),]+")
_MAX_DEPTH = 20  # Predicates within predicates, at most.


def parse_form(text: str) -> Form | None:
    """Parse a logic form; None for text that is not one."""
    tokens = [token.strip() for token in _TOKEN.findall(text) if token.strip()]
    form, rest = _expression(tokens, 0, 0)
    return form if form is not None and rest == len(tokens) and isinstance(form, tuple) else None


def _expression(tokens: list[str], at: int, depth: int) -> tuple[Form | None, int]:
    """Return the expression that begins at a token, and where the next one does."""
    if at >= len(tokens) or tokens[at] in "()," or depth > _MAX_DEPTH:
        return None, at
    name, at = tokens[at], at + 1
    if at >= len(tokens) or tokens[at] != "(":
        return name, at
    arguments: list[Form] = []
    while at < len(tokens) and tokens[at] in "(,":
        argument, at = _expression(tokens, at + 1, depth + 1)
        if argument is None:
            return None, at
        arguments.append(argument)
    if at >= len(tokens) or tokens[at] != ")":
        return None, at
    return (name, *arguments), at + 1


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
        for one, other in product(*(_names(line, collinear) for line in form[1:])):
            yield form[0], one, other


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
        merged = _merge(merged, line)
    return merged


def _merge(lines: list[frozenset[str]], new: frozenset[str]) -> list[frozenset[str]]:
    """Add a line, taking in all that share two points with it, until none does."""
    while True:
        same = [line for line in lines if len(line & new) >= 2]
        if not same:
            return [*lines, new]
        lines = [line for line in lines if line not in same]
        new = new.union(*same)
