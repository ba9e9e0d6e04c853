"""Functions of arrays: nets' outputs, peaks of heat maps, runs of pixels along one axis, colours and contrast."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Probabilities of independent logits, of any shape."""
    return 1 / (1 + np.exp(-np.clip(logits, -60, 60)))


def softmax(logits: np.ndarray, axis: int = -1) -> np.ndarray:
    """Probabilities along an axis, which sum to 1."""
    powers = np.exp(logits - logits.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


def color_sums(pixels: np.ndarray) -> np.ndarray:
    """The sum (H, W) int16 of the colours of a picture (H, W, 3) uint8; a third of it is a tenth of `mean`'s work."""
    levels = pixels[..., 0].astype(np.int16)
    levels += pixels[..., 1]
    levels += pixels[..., 2]
    return levels


def local_maxima(heat: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Find the cells of a map (H, W) above a threshold that none of their eight neighbours exceeds.

    Returns rows and columns, each (N,) int, the highest first and equal ones from top left to bottom right. Of a
    plateau all cells are returned.
    """
    padded = np.pad(heat, 1, constant_values=-np.inf)
    highest = np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).max((2, 3))
    rows, columns = np.nonzero((heat >= highest) & (heat > threshold))
    order = np.argsort(-heat[rows, columns], kind="stable")
    return rows[order], columns[order]


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


DARKEST = 0.002  # share of a page's pixels that its darkest ink has, at least
PALE = 0.45  # of the paper's brightness, by which ink is darker at most on a pale page; print has .7, worn print .6


def darkened(gray: np.ndarray) -> np.ndarray:
    """Return a grey page (H, W) uint8 as it is or, if it is pale, with its darkest ink black and its paper white.

    A page whose text is brighter than its paper is left as it is.
    """
    ranks = np.bincount(gray.ravel(), minlength=256).cumsum() / max(gray.size, 1)
    dark, paper, light = np.searchsorted(ranks, [DARKEST, 0.5, 1 - DARKEST]).tolist()
    depth = paper - dark
    if not light - paper < depth < PALE * paper:
        return gray
    return np.asarray(ImageOps.autocontrast(Image.fromarray(gray), cutoff=(100 * DARKEST, 50)))


def contrast(pixels: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Compute (H, W) uint8 by how much pixels (H, W, 3) differ from the paper's colour (3,) in any channel."""
    return np.abs(pixels.astype(np.int16) - paper.astype(np.int16)).max(2).astype(np.uint8)


def paper_of(pixels: np.ndarray) -> np.ndarray:
    """Find the colour (3,) that most of a picture's edge has."""
    return np.median(np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]), 0)
