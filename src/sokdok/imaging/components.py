"""Connected components of a picture, by its runs: numpy alone, a few milliseconds for a figure.

- Every row is cut into runs of one code; runs of neighbouring rows that touch and have the same code belong together.
- Labels spread by taking the smallest of those that touch and following it to its own: some ten rounds.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np


class Components(NamedTuple):
    """N components."""

    boxes: np.ndarray  # (N, 4) int: left, top, right, bottom; right and bottom are the first pixels outside
    areas: np.ndarray  # (N,) int: pixels


class ConnectedRuns(NamedTuple):
    """The runs of a picture, from top left to bottom right, and the component that each belongs to; arrays (R,) int."""

    rows: np.ndarray
    starts: np.ndarray  # first column
    ends: np.ndarray  # first column behind
    codes: np.ndarray
    components: np.ndarray  # from 0, in the order of their first runs
    total: int  # how many components there are


def connected_runs(codes: np.ndarray, *, background: int = 0, corners: bool = True) -> ConnectedRuns:
    """Connect the pixels of equal codes (H, W), int or bool; those of `background` belong to no component.

    `corners`: whether pixels that touch only at a corner are connected (8 neighbours), or only those that share an edge
    (4 neighbours).
    """
    rows, starts, ends = _runs_of_codes(codes)
    values = codes[rows, starts].astype(int)
    inside = values != background
    rows, starts, ends, values = rows[inside], starts[inside], ends[inside], values[inside]
    upper, lower = _touching(rows, starts, ends, codes.shape[1] + 3, corners)
    alike = values[upper] == values[lower]
    labels = _spread(len(rows), upper[alike], lower[alike])
    first, members = np.unique(labels, return_inverse=True)
    return ConnectedRuns(rows, starts, ends, values, members, len(first))


def components(mask: np.ndarray, *, corners: bool = True) -> Components:
    """Find the components of a mask (H, W) bool, in the order of their first pixels."""
    found = connected_runs(mask, corners=corners)
    boxes = np.empty((found.total, 4), int)
    sides = (
        (found.starts, np.minimum, mask.shape[1]),
        (found.rows, np.minimum, mask.shape[0]),
        (found.ends, np.maximum, 0),
        (found.rows + 1, np.maximum, 0),
    )
    for side, (values, outermost, initial) in enumerate(sides):
        boxes[:, side] = initial
        outermost.at(boxes[:, side], found.components, values)
    areas = np.bincount(found.components, found.ends - found.starts, found.total)
    return Components(boxes, areas.astype(int))


def pixels_of(mask: np.ndarray, *, corners: bool = True) -> list[tuple[np.ndarray, np.ndarray]]:
    """Find the pixels of each component of a mask (H, W) bool, row by row: rows and columns, each (N,) int."""
    found = connected_runs(mask, corners=corners)
    lengths = found.ends - found.starts
    rows, owners, starts = (np.repeat(values, lengths) for values in (found.rows, found.components, found.starts))
    columns = starts + np.arange(len(rows)) - np.repeat(lengths.cumsum() - lengths, lengths)
    order = np.argsort(owners, kind="stable")
    bounds = np.searchsorted(owners[order], np.arange(found.total + 1))
    return [(rows[order[first:stop]], columns[order[first:stop]]) for first, stop in pairwise(bounds)]


def _runs_of_codes(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row, first column and first column behind of every run of one code."""
    height, width = codes.shape
    if not width:
        return np.zeros(0, int), np.zeros(0, int), np.zeros(0, int)
    begins = np.ones((height, width), bool)
    begins[:, 1:] = codes[:, 1:] != codes[:, :-1]
    rows, starts = np.nonzero(begins)
    ends = np.append(starts[1:], 0)
    ends[ends == 0] = width  # the next run begins a new row
    return rows, starts, ends


def _touching(
    rows: np.ndarray, starts: np.ndarray, ends: np.ndarray, width: int, corners: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of runs, the second a row below the first, that touch."""
    below = (rows + 1) * width
    first = np.searchsorted(rows * width + ends, below + starts, side="left" if corners else "right")
    behind = np.searchsorted(rows * width + starts, below + ends, side="right" if corners else "left")
    count = np.maximum(behind - first, 0)
    upper = np.repeat(np.arange(len(rows)), count)
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return upper, first[upper] + offset


def _spread(count: int, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The smallest index of the runs that each of `count` is connected to, by pairs (P,) and (P,) that touch."""
    labels = np.arange(count)
    while len(one):
        lowest = np.minimum(labels[one], labels[other])
        if (labels[one] == labels[other]).all():
            break
        np.minimum.at(labels, labels[one], lowest)
        np.minimum.at(labels, labels[other], lowest)
        labels = labels[labels]
    return labels
