"""Which letter belongs to which point of a geometry figure.

A letter votes for the place of its point. Letters of one point add up (a textbook's own and an annotator's), every
letter is given once, to the point that has the best claim on it.
"""

from __future__ import annotations

import numpy as np

from sokdok.figures.geometry.read.labels import Symbol, capital_chances, is_name
from sokdok.model.nano.formats.geometry import CHARS, ROLES, Found

REACH, PULL = 1.2, 0.25
"""ems between a letter's vote and its point; how much nearness to the letter itself counts beside the vote"""
SURE = 0.8
"""probability of being a name from which a letter makes a point where there is none"""
CLOSE = 6.0
"""pixels within which two found points are one"""
LEAST = 0.15


def name_points(found: Found, symbols: list[Symbol]) -> tuple[np.ndarray, list[str]]:
    """Places (N,) of points as complex numbers and their names, empty where a point has none.

    A letter that votes for a place without a point makes one.
    """
    points: list[complex] = []
    for x, y in found.where:
        if all(abs(complex(x, y) - other) > CLOSE for other in points):
            points.append(complex(x, y))
    owned = [(letter, _owner(letter, points)) for letter in symbols if is_name(letter)]
    claims = np.zeros((len(points), len(CHARS)))  # after the owners, who may add points
    for letter, owner in owned:
        if owner is not None:
            claims[owner] += capital_chances(letter) * letter.score * letter.roles[ROLES.index("name")]
    return np.array(points, complex), _dealt(claims)


def _owner(letter: Symbol, points: list[complex]) -> int | None:
    """The number of the point a letter votes for; a new one where there is none and the letter is sure."""
    costs = [abs(point - letter.vote) + PULL * abs(point - letter.where) for point in points]
    best = costs.index(min(costs)) if costs else None
    if best is not None and abs(points[best] - letter.vote) <= REACH * letter.em:
        return best
    if letter.roles.max() < SURE:
        return None
    points.append(letter.vote)
    return len(points) - 1


def _dealt(claims: np.ndarray) -> list[str]:
    """Names by claims (N, len(CHARS)), each letter once, best claims first."""
    names, claims = [""] * len(claims), claims.copy()
    while claims.size and claims.max() > LEAST:
        point, code = np.unravel_index(int(claims.argmax()), claims.shape)
        names[point] = CHARS[code]
        claims[point], claims[:, code] = 0, 0
    return names
