"""How a geometry figure is written down: the family's dictionary, and logic forms for what marks and labels state.

- The dictionary is what DeepSeek-OCR writes for geometry: `Line` (`line`, `line_type`, `line_endpoint`) and `Circle`
  (`circle_center`, `radius`) in a window of -15 to 15 with y upward. The key `Relation` is ours.
- Logic forms are those of Geometry3K (Lu et al. 2021, Inter-GPS).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

WINDOW = 15.0  # half the long side of a picture in the dictionary's coordinates
SOLID, DASHED = "--", ".."
Place = tuple[float, float]


def dictionary(
    size: tuple[int, int],
    lines: Iterable[tuple[Place, Place, bool]],
    names: Mapping[str, Place],
    circles: Sequence[tuple[str, Place, float]],
    stated: Sequence[str],
) -> str:
    """Write a figure on a picture of (width, height); places and radii in its pixels.

    lines: first point, last point, whether dashed. circles: the centre's name or nothing, centre, radius.
    """
    scale = 2 * WINDOW / max(size)

    def put(place: Place) -> str:
        return f"({(place[0] - size[0] / 2) * scale:.2f}, {(size[1] / 2 - place[1]) * scale:.2f})"

    lines = list(lines)
    text: dict[str, object] = {
        "Line": {
            "line": [f"{put(first)} -- {put(last)}" for first, last, _ in lines],
            "line_type": [DASHED if dashed else SOLID for _, _, dashed in lines],
            "line_endpoint": [f"{name}: {put(place)}" for name, place in names.items()],
        }
    }
    if circles:
        centers = [f"{name}: {put(place)}" if name else put(place) for name, place, _ in circles]
        text["Circle"] = {"circle_center": centers, "radius": [round(radius * scale, 2) for *_, radius in circles]}
    return str(text | {"Relation": list(stated)})


def length(a: str, b: str) -> str:
    """Write the length of a segment."""
    return f"LengthOf(Line({a}, {b}))"


def measure(vertex: str, a: str, b: str) -> str:
    """Write the measure of the angle with legs through a and b."""
    return f"MeasureOf(Angle({a}, {vertex}, {b}))"


def on_line(point: str, a: str, b: str) -> str:
    """Write that a point lies between two others."""
    return f"PointLiesOnLine({point}, Line({a}, {b}))"


def on_circle(point: str, center: str) -> str:
    """Write that a point lies on the circle around another."""
    return f"PointLiesOnCircle({point}, Circle({center}))"


def perpendicular(vertex: str, a: str, b: str) -> str:
    """Write that an angle with legs through a and b is right."""
    return f"Perpendicular(Line({a}, {vertex}), Line({vertex}, {b}))"


def labelled(role: str, names: Sequence[str], value: str) -> str:
    """Write what a label with a role of `formats.geometry.ROLES` states of its points, an angle's vertex first."""
    if role == "length":
        return f"Equals({length(*names)}, {value})"
    return f"Equals({measure(*names)}, {value if role == 'angle' else f'MeasureOf(angle {value})'})"


def alike(kind: str, groups: Sequence[Sequence[str]]) -> list[str]:
    """Write what equal marks (a kind of `formats.geometry.MARKS`) on several segments or angles state, pair by pair."""
    if kind.startswith("arrow"):
        return [f"Parallel(Line({', '.join(a)}), Line({', '.join(b)}))" for a, b in pairwise(groups)]
    write = length if kind.startswith("tick") else measure
    return [f"Equals({write(*a)}, {write(*b)})" for a, b in pairwise(groups)]
