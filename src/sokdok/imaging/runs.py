"""Runs: neighbouring pixels along one axis that are alike."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Runs(NamedTuple):
    """N runs of a picture along its rows, from top left to bottom right; each array is (N,) int."""

    rows: np.ndarray
    starts: np.ndarray  # first column
    ends: np.ndarray  # first column behind


def runs(mask: np.ndarray) -> Runs:
    """Find the runs of True along the rows of a mask (H, W) bool."""
    steps = np.diff(np.pad(mask.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, starts = np.nonzero(steps == 1)
    _, ends = np.nonzero(steps == -1)
    return Runs(rows, starts, ends)


def spans(flags: np.ndarray, max_gap: float = 0) -> np.ndarray:
    """Find the runs of True in flags (W,): (N, 2) int of first index and first index behind, in rising order.

    Runs with no more than `max_gap` False between them count as one: so a line of text is cut at its wide gaps.
    """
    _, starts, ends = runs(np.asarray(flags, bool)[None])
    cuts = starts[1:] - ends[:-1] > max_gap
    return np.stack([starts[np.append(True, cuts)[: len(starts)]], ends[np.append(cuts, True)[: len(ends)]]], 1)


def gaps(flags: np.ndarray, min_gap: float = 0) -> np.ndarray:
    """Find the runs of False between two of True in flags (W,), longer than `min_gap`: (N, 2) int like `spans`."""
    found = spans(flags, min_gap)
    return np.stack([found[:-1, 1], found[1:, 0]], 1)
