"""How a page lies in its picture: turned by quarters, askew, seen at an angle; and the picture of it lying straight.

- A plane seen by a camera is mapped by a 3x3 matrix, of which turning and skew are special cases. Layout works on the
  straight page; what it finds goes back to the picture, whose pixels are the ones that everybody else knows.
- How it lies is found by the lines of its text (`straighten`), which run straight across the printed page. All lines
  that are parallel on paper meet in one point of the picture, far away: its direction is the skew, its nearness the
  perspective. Lines that disagree (slanted labels, bad detections) are left out. Where margins lean otherwise than
  lines do, the ends of lines that were flush show how.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from PIL import Image

from sokdok.imaging.box import Box

QUARTERS = (0, 90, 180, 270)  # degrees by which a page can be turned clockwise
_TURN_BACK = {
    90: Image.Transpose.ROTATE_90,  # PIL turns counter-clockwise
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


Row = tuple[float, float, float]
Matrix = tuple[Row, ...]  # three rows


@dataclass(frozen=True)
class Pose:
    """The map from the straight page to the picture, both in pixels, origin top left."""

    rows: Matrix  # 3 x 3, of a point (x, y, 1)
    size: tuple[int, int]  # width and height of the straight page
    turned: int = 0  # quarter turn clockwise, one of `QUARTERS`, that is part of the map
    quarters_only: bool = True  # whether nothing else is

    @cached_property
    def matrix(self) -> np.ndarray:
        """(3, 3)"""
        return np.array(self.rows)

    @property
    def is_straight(self) -> bool:
        """Whether the picture is the straight page."""
        return self.quarters_only and not self.turned

    def straightened(self, image: Image.Image) -> Image.Image:
        """The straight page, from its picture; what lies beyond the picture is as bright as the page mostly is."""
        if self.quarters_only:
            return image.transpose(_TURN_BACK[self.turned]) if self.turned else image
        data = (self.matrix / self.matrix[2, 2]).ravel()[:8]
        pixels = np.asarray(image)
        paper = np.median(pixels[::4, ::4].reshape(-1, *pixels.shape[2:]), axis=0)
        fill = tuple(int(level) for level in np.atleast_1d(paper))
        return image.transform(
            self.size,
            Image.Transform.PERSPECTIVE,
            data.tolist(),
            Image.Resampling.BICUBIC,
            fillcolor=fill if len(fill) > 1 else fill[0],
        )

    def to_picture(self, box: Box) -> Box:
        """The box in the picture around a box of the straight page."""
        return box if self.is_straight else _around(mapped(self.matrix, _corners(box)))

    def from_picture(self, box: Box) -> Box:
        """The box of the straight page around a box in the picture."""
        return box if self.is_straight else _around(self.points_from_picture(_corners(box)))

    def points_from_picture(self, points: np.ndarray) -> np.ndarray:
        """Map points (N, 2) of the picture to the straight page."""
        return mapped(np.linalg.inv(self.matrix), points)


def turned(size: tuple[int, int], degrees: int = 0) -> Pose:
    """The pose of a page that was turned clockwise by `degrees`, one of `QUARTERS`, into a picture of this size."""
    width, height = size
    maps = {
        0: ((1, 0, 0), (0, 1, 0)),
        90: ((0, -1, width), (1, 0, 0)),
        180: ((-1, 0, width), (0, -1, height)),
        270: ((0, 1, 0), (-1, 0, height)),
    }
    return Pose(_rows([*maps[degrees], (0, 0, 1)]), size if degrees % 180 == 0 else (height, width), degrees)


def tilted(matrix: np.ndarray, size: tuple[int, int]) -> Pose:
    """The pose of a page of `size` by its matrix (3, 3)."""
    return Pose(_rows(matrix / matrix[2, 2]), size, quarters_only=False)


def _rows(matrix: Iterable[Iterable[float]]) -> Matrix:
    first, second, third = ((float(a), float(b), float(c)) for a, b, c in matrix)
    return first, second, third


def combined(outer: Pose, inner: Pose) -> Pose:
    """The pose of a page that lies as `inner` in a picture, which lies as `outer` in another."""
    if inner.is_straight or outer.is_straight:
        return outer if inner.is_straight else inner
    found = tilted(outer.matrix @ inner.matrix, inner.size)
    quarters_only = outer.quarters_only and inner.quarters_only
    return replace(found, turned=(outer.turned + inner.turned) % 360, quarters_only=quarters_only)


def mapped(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Map points (N, 2) by a matrix (3, 3)."""
    found = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(found[:, :2] / found[:, 2:])


def _corners(box: Box) -> np.ndarray:
    return np.array([(box.left, box.top), (box.right, box.top), (box.left, box.bottom), (box.right, box.bottom)])


def _around(points: np.ndarray) -> Box:
    (left, top), (right, bottom) = points.min(0).tolist(), points.max(0).tolist()
    return Box(left, top, right, bottom)


MIN_LINES = 3  # by which a page's pose is found
MIN_LENGTH_EM = 4.2  # of a line that does: of shorter ones the detector does not say how they slope
MAX_OFF = 0.02  # slope by which a line may disagree with the others
LEVEL = 0.002  # slope up to which a line is level: two pixels over a thousand
MIN_NEARNESS = 0.005  # half the page, in distances to where its lines meet: less is what detected lines are off by
MAX_SLOPE = 0.35  # of a page askew: beyond it, lines are no lines
MAX_NEARNESS = 0.35  # the same in a picture that can be straightened: mild perspective
MIN_FLUSH = 6  # ends of lines that make up a margin, and lines by which their meeting point is found
LEANS = np.linspace(-0.12, 0.12, 49)  # pixels that a margin may lean to the right for each one down


class Lines(NamedTuple):
    """Lines of text on a page, N of them, in its pixels."""

    left: np.ndarray  # (N, 2) the middle of each one's left end
    right: np.ndarray  # (N, 2)
    em: np.ndarray  # (N,)


def straighten(size: tuple[int, int], lines: Lines) -> Pose:
    """How a page lies in a picture of `size`, by its lines in there; straight if they are level, or too few."""
    sides = np.array(size, float)
    length = (lines.right[:, 0] - lines.left[:, 0]) / np.maximum(lines.em, 1.0)
    long = length >= MIN_LENGTH_EM
    if long.sum() < MIN_LINES:
        return turned(size)
    lines, length = Lines(*(values[long] for values in lines)), length[long]
    middle, half = sides / 2, float(sides.max()) / 2
    slope, nearness = _meeting_point(lines, length, middle, half)
    lean = _lean(lines, middle, slope, nearness)
    if max(abs(slope) + abs(nearness) * half, abs(lean)) < LEVEL or abs(slope) > MAX_SLOPE:
        return turned(size)
    return tilted(*_fitted(_matrix(slope, nearness, lean), middle, sides))


def _meeting_point(lines: Lines, length: np.ndarray, middle: np.ndarray, half: float) -> tuple[float, float]:
    """Slope at the page's middle, and one over the distance to the point where all lines meet, signed.

    A line through (x, y) towards the point (1, slope, nearness) has the slope s = slope + nearness (s x - y).
    """
    steps = lines.right - lines.left
    slopes = steps[:, 1] / steps[:, 0]
    x, y = ((lines.left + lines.right) / 2 - middle).T
    order = np.argsort(slopes)
    usual = float(slopes[order][np.searchsorted(length[order].cumsum(), length.sum() / 2)])
    slope, nearness = usual, 0.0
    for _ in range(3):
        off = np.abs(slopes - slope - nearness * (slopes * x - y))
        kept = off <= (MAX_OFF if nearness else 2 * MAX_OFF)
        if kept.sum() < MIN_FLUSH:  # too few for more than their slope
            return usual, 0.0
        rows = np.column_stack([np.ones(kept.sum()), (slopes * x - y)[kept] / half])
        weights = np.sqrt(length[kept])
        # Lines that lie close together say little about where they meet: without evidence it is far away.
        prior = np.array([[0.0, np.sqrt(length[kept].sum()) * 0.05]])
        left = np.vstack([rows * weights[:, None], prior])
        found = np.linalg.lstsq(left, np.append(slopes[kept] * weights, 0.0), rcond=None)[0]
        slope, nearness = float(found[0]), float(found[1]) / half
    return (slope, nearness) if MIN_NEARNESS <= abs(nearness) * half <= MAX_NEARNESS else (usual, 0.0)


def _lean(lines: Lines, middle: np.ndarray, slope: float, nearness: float) -> float:
    """Pixels to the right for each one down, of what is upright on paper.

    The page is straightened as if it were only turned; what its flush ends lean then comes on top.
    """
    level = np.linalg.inv(_matrix(slope, nearness, -slope))
    em = float(np.median(lines.em))
    found = [_margin(mapped(level, ends - middle), em) for ends in (lines.left, lines.right)]
    flush, lean = max(found, key=lambda margin: margin[0])
    return -slope + (lean if flush >= MIN_FLUSH else 0.0)


def _margin(ends: np.ndarray, em: float) -> tuple[int, float]:
    """How many ends of lines (N, 2) stand flush along one margin, and how it leans."""
    best, upright = (0, 0.0), 0
    for lean in LEANS[np.argsort(np.abs(LEANS))]:
        across = np.sort(ends[:, 0] - lean * ends[:, 1])
        flush = int((np.searchsorted(across, across + 0.35 * em, side="right") - np.arange(len(across))).max())
        upright = upright or flush
        # More must be flush, and clearly: indents and ragged ends meet by chance.
        if flush > best[0] and (not best[0] or flush >= 1.25 * upright + 1):
            best = flush, float(lean)
    return best


def _matrix(slope: float, nearness: float, lean: float) -> np.ndarray:
    """From the straight page to the picture, both from their middles; lengths there stay as they are."""
    along = np.array([1.0, slope, nearness]) / np.hypot(1.0, slope)
    down = np.array([lean, 1.0, 0.0]) / np.hypot(1.0, lean)
    return np.column_stack([along, down, [0.0, 0.0, 1.0]])


def _fitted(matrix: np.ndarray, middle: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """A matrix between middles as one between top left corners; and the size of a page that all of it is on."""
    width, height = size
    corners = np.array([(0, 0), (width, 0), (0, height), (width, height)]) - middle
    found = mapped(np.linalg.inv(matrix), corners)
    first, last = np.floor(found.min(0)), np.ceil(found.max(0))
    before = np.array([[1, 0, first[0]], [0, 1, first[1]], [0, 0, 1]])
    behind = np.array([[1, 0, middle[0]], [0, 1, middle[1]], [0, 0, 1]])
    wide, high = (last - first).astype(int).tolist()
    return behind @ matrix @ before, (wide, high)
