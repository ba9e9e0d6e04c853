"""Find the lines and circles of a geometry figure.

- A line is tried between every two points and kept where its heat never breaks off; of lines over one another the
  longest stays, with all points on it.
- Circles come from random triples of cells with ink that no line explains (RANSAC with a fixed seed), refined by
  least squares; a rim must be inked nearly all round and bare on both sides, which nothing in a photograph is.

Places are complex numbers in pixels, y downward.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from sokdok.model.nano.formats import STRIDE
from sokdok.model.nano.formats.geometry import heat_map

ON_LINE_PX, ON_LINE_SHARE = 4.0, 0.015  # offset of a point on a line, and as a share of its length: the larger counts
SHORTEST_LINE_PX = 3 * STRIDE
TRIM_PX, TRIM_SHARE = 1.5 * STRIDE, 0.2  # ends of a line without heat, and as a share of its length: the smaller counts
HOT, COLD_SHARE = 0.2, 0.16  # heat of a line, and the share of its length that may have less
COLD_PIECE_SHARE = 0.5  # the same of a piece between neighbours of its points: two figures may stand on one line
BESIDE_LINE_PX = 2.5  # heat is also taken from as far beside a line, since cells are coarse
INK_SHARE = 0.15  # of the range from black to white: a pixel with ink differs from the paper by more
LINE_CELLS_PX = 1.5 * STRIDE  # from a line to the cells with ink that it explains, at most
TRIPLES, MOST_CIRCLES = 300, 4  # tries for a circle; circles of a figure
FEWEST_CELLS = 12  # of a circle, with ink
LEAST_RADIUS, MOST_RADIUS = 3, 10  # in cells; in extents of the figure
ON_CIRCLE_CELLS = 0.75  # offset of an inked cell from its circle, at most
RIM_SHARE = 0.8  # share of a circle's rim that must be inked
BESIDE_CELLS, BESIDE_SHARE = 3.0, 0.4  # so far inside and outside of the rim, share that may be inked
RIM_SAMPLES = 120


@dataclass(frozen=True)
class FoundLine:
    """A line through points (by number, in order) and how hot it is, 0 to 1."""

    points: tuple[int, ...]
    heat: float


@dataclass(frozen=True)
class FoundCircle:
    """A circle in pixels and the share of its rim that is inked."""

    center: complex
    radius: float
    heat: float


def find_lines(logits: np.ndarray, points: np.ndarray) -> list[FoundLine]:
    """Find lines between points (N,) of a figure with logits (K, h, w), longest first."""
    heat = heat_map(logits, "line")
    pairs = sorted(combinations(range(len(points)), 2), key=lambda pair: -abs(points[pair[1]] - points[pair[0]]))
    found: list[FoundLine] = []
    for a, b in pairs:
        short = abs(points[b] - points[a]) < SHORTEST_LINE_PX
        if short or any(a in line.points and b in line.points for line in found):
            continue
        values = _heat_along(heat, points[a], points[b])
        if (values < HOT).mean() > COLD_SHARE:
            continue
        through = _points_between(points, a, b)
        pieces = (_heat_along(heat, *points[list(ends)]) for ends in pairwise(through))
        if all((piece < HOT).mean() <= COLD_PIECE_SHARE for piece in pieces):
            found.append(FoundLine(through, float(values.mean())))
    return found


def _heat_along(heat: np.ndarray, a: complex, b: complex) -> np.ndarray:
    """Sample the heat of a line from a to b without its ends."""
    length = abs(b - a)
    trim = min(TRIM_PX, TRIM_SHARE * length)
    steps = np.linspace(trim / length, 1 - trim / length, max(6, int(length / 2)))
    beside = 1j * (b - a) / length * BESIDE_LINE_PX
    return np.max([_sample(heat, a + (b - a) * steps + beside * side) for side in (-1, 0, 1)], 0)


def _sample(heat: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Sample heat at places in pixels, bilinear."""
    x = np.clip(where.real / STRIDE - 0.5, 0, heat.shape[1] - 1.001)
    y = np.clip(where.imag / STRIDE - 0.5, 0, heat.shape[0] - 1.001)
    column, row = x.astype(int), y.astype(int)
    right, down = x - column, y - row
    top = heat[row, column] * (1 - right) + heat[row, column + 1] * right
    bottom = heat[row + 1, column] * (1 - right) + heat[row + 1, column + 1] * right
    return top * (1 - down) + bottom * down


def _points_between(points: np.ndarray, a: int, b: int) -> tuple[int, ...]:
    """List the points on the segment ab, in order."""
    way = points[b] - points[a]
    length = abs(way)
    steps = (points - points[a]) * way.conjugate() / length
    near = np.abs(steps.imag) <= max(ON_LINE_PX, ON_LINE_SHARE * length)
    inside = near & (steps.real >= 0) & (steps.real <= length)
    inside[[a, b]] = True
    return tuple(sorted(np.nonzero(inside)[0].tolist(), key=lambda index: steps.real[index]))


def ink_cells(pixels: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Mask the cells (H / 4, W / 4) where a pixel of a picture (3, H, W) in 0 to 1 differs from its paper (3,)."""
    ink = np.abs(pixels - paper[:, None, None]).max(0) > INK_SHARE
    height, width = ink.shape
    return ink.reshape(height // STRIDE, STRIDE, width // STRIDE, STRIDE).any((1, 3))


def find_circles(ink: np.ndarray, points: np.ndarray, lines: list[FoundLine]) -> list[FoundCircle]:
    """Find circles in cells of ink (h, w) that lines through points (N,) don't explain, largest support first."""
    rows, columns = np.nonzero(ink)
    cells = columns + 0.5 + 1j * (rows + 0.5)
    cells = cells[_distance_from_lines(cells * STRIDE, points, lines) > LINE_CELLS_PX]
    rng = np.random.default_rng(0)
    found: list[FoundCircle] = []
    while len(cells) >= FEWEST_CELLS and len(found) < MOST_CIRCLES:
        center, radius = _refined(cells, *_best_circle(cells, rng))
        inside, rim, outside = (_inked(ink, center, radius + step) for step in (-BESIDE_CELLS, 0, BESIDE_CELLS))
        if rim < RIM_SHARE or max(inside, outside) > BESIDE_SHARE:
            break
        found.append(FoundCircle(center * STRIDE, radius * STRIDE, rim))
        cells = cells[np.abs(np.abs(cells - center) - radius) > 2 * ON_CIRCLE_CELLS]
    return found


def _inked(ink: np.ndarray, center: complex, radius: float) -> float:
    """Measure the share of a circle's rim, in cells, that runs over ink."""
    rim = (center + radius * np.exp(2j * np.pi * np.arange(RIM_SAMPLES) / RIM_SAMPLES)) * STRIDE
    return float((_sample(ink.astype(float), rim) > HOT).mean())


def _best_circle(cells: np.ndarray, rng: np.random.Generator) -> tuple[complex, float]:
    """Find the circle through three cells that most others lie on: centre and radius in cells."""
    triples = cells[rng.integers(0, len(cells), (TRIPLES, 3))]
    centers, radii = _circumcircles(triples)
    offset = np.abs(np.abs(cells[None] - centers[:, None]) - radii[:, None])
    support = (
        (offset < ON_CIRCLE_CELLS).sum(1)
        * (radii > LEAST_RADIUS)
        * (radii < MOST_RADIUS * abs(cells.max() - cells.min() + 1))
    )
    best = int(support.argmax())
    return complex(centers[best]), float(radii[best])


def _circumcircles(triples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute centres and radii (N,) of circles through triples (N, 3); degenerate ones get a tiny one."""
    a, b, c = triples.T
    second, third = b - a, c - a
    area = 2 * (second.conjugate() * third).imag
    flat = np.abs(area) < 1e-6
    area = np.where(flat, 1.0, area)
    offset = 1j * (third * np.abs(second) ** 2 - second * np.abs(third) ** 2) / area
    offset = np.where(flat, 0, -offset)
    return a + offset, np.abs(offset)


def _refined(cells: np.ndarray, center: complex, radius: float) -> tuple[complex, float]:
    """Refine a circle, in cells, by least squares on the cells near it (Kåsa 1976)."""
    near = cells[np.abs(np.abs(cells - center) - radius) < 2 * ON_CIRCLE_CELLS]
    if len(near) < 6:
        return center, max(radius, 1e-3)
    system = np.stack([near.real, near.imag, np.ones(len(near))], 1)
    x, y, rest = np.linalg.lstsq(system, np.abs(near) ** 2, rcond=None)[0]
    middle = complex(x / 2, y / 2)
    return middle, float(np.sqrt(max(rest + abs(middle) ** 2, 1e-6)))


def explained_share(logits: np.ndarray, points: np.ndarray, lines: list[FoundLine]) -> float:
    """Measure the share of the hot cells of lines that lie near a line that was found.

    logits: (K, h, w); points: (N,) complex, pixels.
    """
    rows, columns = np.nonzero(heat_map(logits, "line") > 0.5)
    hot = (columns + 0.5 + 1j * (rows + 0.5)) * STRIDE
    return float((_distance_from_lines(hot, points, lines) <= 2 * STRIDE).mean()) if len(hot) else 1.0


def _distance_from_lines(places: np.ndarray, points: np.ndarray, lines: list[FoundLine]) -> np.ndarray:
    """Compute the distance of places (M,) from the nearest line, in pixels."""
    ends = [(points[line.points[0]], points[line.points[-1]]) for line in lines]
    return np.min([np.full(len(places), np.inf), *(distance(places, *pair) for pair in ends)], 0)


def distance(places: np.ndarray, start: complex, end: complex) -> np.ndarray:
    """Compute the distance of places (M,) from the segment between two others."""
    way = end - start
    share = np.clip(((places - start) * way.conjugate()).real / (abs(way) ** 2 or 1.0), 0, 1)
    return np.abs(places - start - share * way)
