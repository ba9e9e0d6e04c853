"""Output of nano's geometry nets: the channels for every 4 x 4 pixels of a figure, and how things are found in them.

- Heat maps say where ink of a line or circle runs, and where a point, a mark or a character has its middle.
- At a middle the other channels say more: the exact place, which mark or character it is, how large, what it is for,
  and *where what it speaks of lies* (a letter's point, a length's segment, an angle's vertex).

Shapes: K = `CHANNELS` channels on a grid of (h, w) cells.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sokdok.imaging.arrays import local_maxima, sigmoid, softmax
from sokdok.model.nano.formats import STRIDE, channel_slices

VOTE_SCALE_PX = 32.0  # pixels of a vote of 1
SIZE_UNIT_PX = 16.0  # pixels per em of a character whose size channel is 0
MARKS = ("right", "tick1", "tick2", "tick3", "arrow1", "arrow2", "arc1", "arc2", "end")
"""right angle; one to three ticks; parallel arrows; angle arcs; the arrowhead where a line goes on"""
ROLES = ("name", "length", "angle", "number", "other")  # what a text is of a point, segment, angle
CHARS = string.digits + string.ascii_letters + "+-=.°√()/,′"  # classes of a character, also of the letter net
HEATS = ("line", "ring", "point", "mark", "char")
PARTS = {  # channels of each part, in order
    **dict.fromkeys(HEATS, 1),
    "point_offset": 2, "mark_offset": 2, "char_offset": 2,
    "mark_vote": 2, "char_vote": 2,
    "mark_kind": len(MARKS), "char_role": len(ROLES), "char_size": 1, "char_code": len(CHARS),
}  # fmt: skip
SLICES = channel_slices(PARTS)
CHANNELS = sum(PARTS.values())


@dataclass(frozen=True)
class Found:
    """Things of one kind, N of them, best first; places in pixels."""

    where: np.ndarray  # (N, 2) x, y
    score: np.ndarray  # (N,) 0 to 1
    cells: tuple[np.ndarray, np.ndarray]  # row and column of each


def heat_map(logits: np.ndarray, kind: str, slices: Mapping[str, slice] = SLICES) -> np.ndarray:
    """Get the probabilities (h, w) of one of `HEATS` from logits (K, h, w)."""
    return sigmoid(logits[slices[kind]][0])


def find_peaks(logits: np.ndarray, kind: str, threshold: float, slices: Mapping[str, slice] = SLICES) -> Found:
    """Find the middles of points, marks or characters in logits (K, h, w); slices: of another net's parts."""
    heat = heat_map(logits, kind, slices)
    rows, columns = local_maxima(heat, threshold)
    offset = logits[slices[f"{kind}_offset"], rows, columns].T
    where = (np.stack([columns, rows], 1) + 0.5 + offset) * STRIDE
    return Found(where, heat[rows, columns], (rows, columns))


def votes(logits: np.ndarray, kind: str, found: Found, slices: Mapping[str, slice] = SLICES) -> np.ndarray:
    """Compute (N, 2) where what each mark or character speaks of lies, in pixels."""
    return found.where + logits[slices[f"{kind}_vote"], *found.cells].T * VOTE_SCALE_PX


def probabilities(logits: np.ndarray, part: str, found: Found, slices: Mapping[str, slice] = SLICES) -> np.ndarray:
    """Compute the probabilities (N, choices) of a part such as `char_code` where things were found."""
    return softmax(logits[slices[part], *found.cells].T)
