"""What belongs together on a page by where it is: values that are close, boxes side by side, pixels that touch.

Connected components are found by a picture's runs, in numpy alone, a few milliseconds for a figure: every row is cut
into runs, and those of neighbouring rows that touch belong together. Labels spread by taking the smallest of those that
touch and following it to its own: some ten rounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple, TypeVar

import numpy as np

from sokdok.imaging.arrays import Runs, runs
from sokdok.imaging.box import Box

T = TypeVar("T")


def consecutive(items: Iterable[T], order: Callable[[T], Any], joins: Callable[[list[T], T], bool]) -> list[list[T]]:
    """Sort items and cut them into groups: one goes on with the last group where `joins(group, item)`."""
    groups: list[list[T]] = []
    for item in sorted(items, key=order):
        if groups and joins(groups[-1], item):
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def close_values(values: Sequence[float], tolerance: float) -> list[list[int]]:
    """Indices of values, in rising order, grouped where neighbours differ by no more than `tolerance`."""
    return consecutive(
        range(len(values)), lambda i: values[i], lambda group, i: values[i] - values[group[-1]] <= tolerance
    )


def rows(items: Iterable[T], box: Callable[[T], Box], tolerance: float = 0.5) -> list[list[T]]:
    """Group items that stand side by side: rows from top to bottom, each from left to right.

    An item is in a row if its middle lies below the mean middle of those before it by less than `tolerance` times
    the smaller height: its own, or their median.
    """

    def belongs(row: list[T], item: T) -> bool:
        boxes = [box(other) for other in row]
        middle = sum(other.middle[1] for other in boxes) / len(boxes)
        height = min(box(item).height, median(other.height for other in boxes))
        return box(item).middle[1] - middle < tolerance * height

    found = consecutive(items, lambda item: box(item).middle[1], belongs)
    return [sorted(row, key=lambda item: box(item).left) for row in found]


def gaps_to(boxes: Sequence[Box]) -> Callable[[int], tuple[np.ndarray, np.ndarray]]:
    """Measure the gaps between one of N boxes, by its number, and all: across and down (N,), negative in overlaps.

    An array at a time, so that `connected` compares the pairs of thousands of boxes.
    """
    left, top, right, bottom = np.array(boxes, float).reshape(-1, 4).T

    def gaps(at: int) -> tuple[np.ndarray, np.ndarray]:
        across = np.maximum(left, left[at]) - np.minimum(right, right[at])
        return across, np.maximum(top, top[at]) - np.minimum(bottom, bottom[at])

    return gaps


def connected(count: int, near: Callable[[int], np.ndarray]) -> list[list[int]]:
    """Group 0 to count - 1 by the pairs that are near: `near` gives which of all (count,) bool are near one of them."""
    left = np.ones(count, bool)
    groups: list[list[int]] = []
    for first in range(count):
        if not left[first]:
            continue
        left[first] = False
        group = [first]
        for index in group:  # which grows meanwhile
            found = np.flatnonzero(left & near(index))
            left[found] = False
            group += found.tolist()
        groups.append(sorted(group))
    return groups


# --- connected components ---


class Components(NamedTuple):
    """N components."""

    boxes: np.ndarray  # (N, 4) int: left, top, right, bottom; right and bottom are the first pixels outside
    areas: np.ndarray  # (N,) int: pixels


def _labelled(mask: np.ndarray, corners: bool) -> tuple[Runs, np.ndarray, int]:
    """The runs of a mask (H, W) bool, each one's component (R,), in the order of their first runs, and how many."""
    found = runs(mask)
    labels = _spread(len(found.rows), *_touching(found, mask.shape[1] + 3, corners))
    first, owners = np.unique(labels, return_inverse=True)
    return found, owners, len(first)


def components(mask: np.ndarray, *, corners: bool = True) -> Components:
    """Find the components of a mask (H, W) bool, in the order of their first pixels.

    `corners`: whether pixels that touch only at a corner are connected (8 neighbours), or only those that share an edge
    (4 neighbours).
    """
    found, owners, total = _labelled(mask, corners)
    boxes = np.empty((total, 4), int)
    sides = (
        (found.starts, np.minimum, mask.shape[1]),
        (found.rows, np.minimum, mask.shape[0]),
        (found.ends, np.maximum, 0),
        (found.rows + 1, np.maximum, 0),
    )
    for side, (values, outermost, initial) in enumerate(sides):
        boxes[:, side] = initial
        outermost.at(boxes[:, side], owners, values)
    areas = np.bincount(owners, found.ends - found.starts, total)
    return Components(boxes, areas.astype(int))


def pixels_of(mask: np.ndarray, *, corners: bool = True) -> list[tuple[np.ndarray, np.ndarray]]:
    """Find the pixels of each component of a mask (H, W) bool, row by row: rows and columns, each (N,) int."""
    found, owners, total = _labelled(mask, corners)
    lengths = found.ends - found.starts
    rows, owners, starts = (np.repeat(values, lengths) for values in (found.rows, owners, found.starts))
    columns = starts + np.arange(len(rows)) - np.repeat(lengths.cumsum() - lengths, lengths)
    order = np.argsort(owners, kind="stable")
    bounds = np.searchsorted(owners[order], np.arange(total + 1))
    return [(rows[order[first:stop]], columns[order[first:stop]]) for first, stop in pairwise(bounds)]


def _touching(found: Runs, width: int, corners: bool) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of runs, the second a row below the first, that touch."""
    rows, starts, ends = found
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
