"""Things on a page put into groups by where they are: values that are close, boxes side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any, TypeVar

import numpy as np

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

    def beside(row: list[T], item: T) -> bool:
        boxes = [box(other) for other in row]
        middle = sum(other.middle[1] for other in boxes) / len(boxes)
        height = min(box(item).height, median(other.height for other in boxes))
        return box(item).middle[1] - middle < tolerance * height

    found = consecutive(items, lambda item: box(item).middle[1], beside)
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
