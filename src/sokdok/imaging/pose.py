"""How a page lies in its picture: turned by quarters, askew, seen at an angle; and the picture of it lying straight.

A plane seen by a camera is mapped by a 3x3 matrix, of which turning and skew are special cases. Layout works on the
straight page; what it finds goes back to the picture, whose pixels are the ones that everybody else knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

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
        return box if self.is_straight else _around(self.points_to_picture(_corners(box)))

    def from_picture(self, box: Box) -> Box:
        """The box of the straight page around a box in the picture."""
        return box if self.is_straight else _around(self.points_from_picture(_corners(box)))

    def points_to_picture(self, points: np.ndarray) -> np.ndarray:
        """Map points (N, 2) of the straight page to the picture."""
        return mapped(self.matrix, points)

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
