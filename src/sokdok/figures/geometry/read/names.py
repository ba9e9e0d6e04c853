"""Give the points of a geometry figure their letters.

A letter votes for the place of its point. Letters of one point add up (a textbook's own and an annotator's), every
letter is given once, to the point that has the best claim on it.
"""

from __future__ import annotations

import numpy as np

from sokdok.figures.geometry.read.labels import Symbol, capital_probabilities, is_name
from sokdok.model.nano.formats.geometry import CHARS, ROLES, Found

REACH_EM = 1.2  # from a letter's vote to its point, at most
NEARNESS_WEIGHT = 0.25  # of the distance to the letter itself beside that to its vote
NEW_POINT_PROBABILITY = 0.8  # of being a name, from which a letter makes a point where there is none
SAME_POINT_PX = 6.0  # within which two found points are one
LEAST_CLAIM = 0.15  # summed probability from which a point gets a letter


def name_points(found: Found, symbols: list[Symbol]) -> tuple[np.ndarray, list[str]]:
    """Find places (N,) of points as complex numbers and their names, empty where a point has none.

    A letter that votes for a place without a point makes one.
    """
    points: list[complex] = []
    for x, y in found.where:
        if all(abs(complex(x, y) - other) > SAME_POINT_PX for other in points):
            points.append(complex(x, y))
    owned = [(letter, _owner(letter, points)) for letter in symbols if is_name(letter)]
    claims = np.zeros((len(points), len(CHARS)))  # after the owners, who may add points
    for letter, owner in owned:
        if owner is not None:
            claims[owner] += capital_probabilities(letter) * letter.score * letter.roles[ROLES.index("name")]
    return np.array(points, complex), _assigned(claims)


def _owner(letter: Symbol, points: list[complex]) -> int | None:
    """Find the number of the point that a letter votes for; a new one where there is none and the letter is clear."""
    costs = [abs(point - letter.vote) + NEARNESS_WEIGHT * abs(point - letter.where) for point in points]
    best = costs.index(min(costs)) if costs else None
    if best is not None and abs(points[best] - letter.vote) <= REACH_EM * letter.em:
        return best
    if letter.roles.max() < NEW_POINT_PROBABILITY:
        return None
    points.append(letter.vote)
    return len(points) - 1


def _assigned(claims: np.ndarray) -> list[str]:
    """Assign names by claims (N, len(CHARS)), each letter once, best claims first."""
    names, claims = [""] * len(claims), claims.copy()
    while claims.size and claims.max() > LEAST_CLAIM:
        point, code = np.unravel_index(int(claims.argmax()), claims.shape)
        names[point] = CHARS[code]
        claims[point], claims[:, code] = 0, 0
    return names
