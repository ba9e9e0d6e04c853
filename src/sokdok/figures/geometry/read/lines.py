"""Lines and circles of a geometry figure: what joins which points, which rings are round.

- A line is tried between every two points and kept where its heat never breaks off; of lines over one another the
  longest stays, with all points on it.
- Circles come from random triples of cells with ink that no line explains (RANSAC with a fixed seed), refined by
  least squares; a rim must be inked nearly all round and bare on both sides, which nothing in a photograph is.

Places are complex numbers in pixels, y downward.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sokdok.model.nano.formats.geometry import STRIDE, heat_map

ON, ON_SHARE = 4.0, 0.015
"""pixels, and share of a line's length, that a point on it may lie aside"""
HOT, COLD_SHARE = 0.2, 0.16
"""heat of a line, and the share of a line's length that may have less"""
ASIDE = 2.5
"""pixels: heat is taken from as far beside a line, since cells are coarse"""
INK = 0.15
"""of the range from black to white: a pixel with ink differs from the paper by more"""
TRIPLES, RING_CELLS, MOST_RINGS = 300, 0.75, 4
"""tries for a circle; cells that an inked one may lie off it; circles of a figure"""
ROUND, BARE, BESIDE = 0.8, 0.4, 3.0
"""share of a circle's rim that must be inked, share that may be so many cells inside and outside of it"""


@dataclass(frozen=True)
class FoundLine:
    """A line through points (by number, in order) and how hot it is, 0 to 1."""

    points: tuple[int, ...]
    heat: float


@dataclass(frozen=True)
class FoundRing:
    """A circle in pixels and the share of its rim that is inked."""

    center: complex
    radius: float
    heat: float


def find_lines(logits: np.ndarray, points: np.ndarray) -> list[FoundLine]:
    """Lines between points (N,) of a figure with logits (K, h, w), longest first."""
    heat = heat_map(logits, "line")
    pairs = sorted(combinations(range(len(points)), 2), key=lambda pair: -abs(points[pair[1]] - points[pair[0]]))
    found: list[FoundLine] = []
    for a, b in pairs:
        if any(a in line.points and b in line.points for line in found):
            continue
        hot = _heat_along(heat, points[a], points[b])
        if hot is not None:
            found.append(FoundLine(_through(points, a, b), hot))
    return found


def _heat_along(heat: np.ndarray, a: complex, b: complex) -> float | None:
    """Mean heat from a to b, ends aside, or nothing where it breaks off."""
    length = abs(b - a)
    if length < 3 * STRIDE:
        return None
    trim = min(1.5 * STRIDE, 0.2 * length)
    steps = np.linspace(trim / length, 1 - trim / length, max(6, int(length / 2)))
    aside = 1j * (b - a) / length * ASIDE
    values = np.max([_sample(heat, a + (b - a) * steps + aside * side) for side in (-1, 0, 1)], 0)
    return float(values.mean()) if (values < HOT).mean() <= COLD_SHARE else None


def _sample(heat: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Heat at places in pixels, bilinear."""
    x = np.clip(where.real / STRIDE - 0.5, 0, heat.shape[1] - 1.001)
    y = np.clip(where.imag / STRIDE - 0.5, 0, heat.shape[0] - 1.001)
    column, row = x.astype(int), y.astype(int)
    right, down = x - column, y - row
    top = heat[row, column] * (1 - right) + heat[row, column + 1] * right
    bottom = heat[row + 1, column] * (1 - right) + heat[row + 1, column + 1] * right
    return top * (1 - down) + bottom * down


def _through(points: np.ndarray, a: int, b: int) -> tuple[int, ...]:
    """The points on the segment ab, in order."""
    way = points[b] - points[a]
    length = abs(way)
    steps = (points - points[a]) * way.conjugate() / length
    near = np.abs(steps.imag) <= max(ON, ON_SHARE * length)
    inside = near & (steps.real >= 0) & (steps.real <= length)
    inside[[a, b]] = True
    return tuple(sorted(np.nonzero(inside)[0].tolist(), key=lambda index: steps.real[index]))


def ink_cells(pixels: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """(H / 4, W / 4) bool: where a picture (3, H, W) in 0 to 1 differs from its paper (3,) in some pixel of a cell."""
    ink = np.abs(pixels - paper[:, None, None]).max(0) > INK
    height, width = ink.shape
    return ink.reshape(height // STRIDE, STRIDE, width // STRIDE, STRIDE).any((1, 3))


def find_rings(ink: np.ndarray, points: np.ndarray, lines: list[FoundLine]) -> list[FoundRing]:
    """Circles in cells of ink (h, w) that lines through points (N,) don't explain, largest support first."""
    rows, columns = np.nonzero(ink)
    cells = columns + 0.5 + 1j * (rows + 0.5)
    cells = cells[_off_lines(cells * STRIDE, points, lines) > 1.5 * STRIDE]
    rng = np.random.default_rng(0)
    found: list[FoundRing] = []
    while len(cells) >= 12 and len(found) < MOST_RINGS:
        center, radius = _refined(cells, *_best_circle(cells, rng))
        inside, rim, outside = (_inked(ink, center, radius + step) for step in (-BESIDE, 0, BESIDE))
        if rim < ROUND or max(inside, outside) > BARE:
            break
        found.append(FoundRing(center * STRIDE, radius * STRIDE, rim))
        cells = cells[np.abs(np.abs(cells - center) - radius) > 2 * RING_CELLS]
    return found


def _inked(ink: np.ndarray, center: complex, radius: float) -> float:
    """Share of a circle's rim, in cells, that runs over ink."""
    rim = (center + radius * np.exp(2j * np.pi * np.arange(120) / 120)) * STRIDE
    return float((_sample(ink.astype(float), rim) > HOT).mean())


def _best_circle(cells: np.ndarray, rng: np.random.Generator) -> tuple[complex, float]:
    """Centre and radius in cells of the circle through three cells that most others lie on."""
    triples = cells[rng.integers(0, len(cells), (TRIPLES, 3))]
    centers, radii = _circumcircles(triples)
    off = np.abs(np.abs(cells[None] - centers[:, None]) - radii[:, None])
    support = (off < RING_CELLS).sum(1) * (radii > 3) * (radii < 10 * abs(cells.max() - cells.min() + 1))
    best = int(support.argmax())
    return complex(centers[best]), float(radii[best])


def _circumcircles(triples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centres and radii (N,) of circles through triples (N, 3); degenerate ones get a tiny one."""
    a, b, c = triples.T
    second, third = b - a, c - a
    area = 2 * (second.conjugate() * third).imag
    flat = np.abs(area) < 1e-6
    area = np.where(flat, 1.0, area)
    offset = 1j * (third * np.abs(second) ** 2 - second * np.abs(third) ** 2) / area
    offset = np.where(flat, 0, -offset)
    return a + offset, np.abs(offset)


def _refined(cells: np.ndarray, center: complex, radius: float) -> tuple[complex, float]:
    """Least squares on the cells near a circle (Kåsa's fit), in cells."""
    near = cells[np.abs(np.abs(cells - center) - radius) < 2 * RING_CELLS]
    if len(near) < 6:
        return center, max(radius, 1e-3)
    system = np.stack([near.real, near.imag, np.ones(len(near))], 1)
    x, y, rest = np.linalg.lstsq(system, np.abs(near) ** 2, rcond=None)[0]
    middle = complex(x / 2, y / 2)
    return middle, float(np.sqrt(max(rest + abs(middle) ** 2, 1e-6)))


def explained(logits: np.ndarray, points: np.ndarray, lines: list[FoundLine]) -> float:
    """Share of the hot cells of lines that lie near a line that was found."""
    rows, columns = np.nonzero(heat_map(logits, "line") > 0.5)
    hot = (columns + 0.5 + 1j * (rows + 0.5)) * STRIDE
    return float((_off_lines(hot, points, lines) <= 2 * STRIDE).mean()) if len(hot) else 1.0


def _off_lines(places: np.ndarray, points: np.ndarray, lines: list[FoundLine]) -> np.ndarray:
    """How far each of some places (M,) lies from the nearest line, in pixels."""
    off = np.full(len(places), np.inf)
    for line in lines:
        start, way = points[line.points[0]], points[line.points[-1]] - points[line.points[0]]
        share = np.clip(((places - start) * way.conjugate()).real / abs(way) ** 2, 0, 1)
        off = np.minimum(off, np.abs(places - start - share * way))
    return off
