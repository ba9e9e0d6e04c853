"""What nano's net answers for every 4 x 4 pixels of a geometry figure, and how it is found back as a list of things.

- Heat maps say where ink of a line or circle runs, and where a point, a mark or a character has its middle.
- At a middle the other channels say more: the exact place, which mark or character it is, how large, what it is for,
  and *where what it speaks of lies* (a letter's point, a length's segment, an angle's vertex).

Shapes: K channels on a grid of (h, w) cells.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Net = Callable[[np.ndarray], np.ndarray]
"""float32 (N, C, H, W) -> logits, such as an onnxruntime session"""
STRIDE = 4
"""pixels per cell"""
VOTE_SCALE = 32.0
"""pixels of a vote of 1"""
SIZE_UNIT = 16.0
"""pixels per em of a character whose size is answered as 0"""
MARKS = ("right", "tick1", "tick2", "tick3", "arrow1", "arrow2", "arc1", "arc2", "end")
"""right angle; one to three ticks; parallel arrows; angle arcs; the arrowhead where a line goes on"""
ROLES = ("name", "length", "angle", "number", "other")
"""of a text: a point's name, a length, an angle's measure, an angle's number, none of these"""
CHARS = string.digits + string.ascii_letters + "+-=.°√()/,′"
HEATS = ("line", "ring", "point", "mark", "char")
PARTS = {
    **dict.fromkeys(HEATS, 1),
    "point_offset": 2, "mark_offset": 2, "char_offset": 2,
    "mark_vote": 2, "char_vote": 2,
    "mark_kind": len(MARKS), "char_role": len(ROLES), "char_size": 1, "char_code": len(CHARS),
}  # fmt: skip
"""channels of each part, in order"""
_STOPS = np.cumsum(list(PARTS.values())).tolist()
SLICES = {name: slice(stop - PARTS[name], stop) for name, stop in zip(PARTS, _STOPS, strict=True)}
CHANNELS = _STOPS[-1]


@dataclass(frozen=True)
class Found:
    """Things of one kind, N of them, best first; places in pixels."""

    where: np.ndarray
    """(N, 2) x, y"""
    score: np.ndarray
    """(N,) 0 to 1"""
    cells: tuple[np.ndarray, np.ndarray]
    """row and column of each"""


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Of any shape."""
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))


def peaks(logits: np.ndarray, kind: str, threshold: float) -> Found:
    """Middles of points, marks or characters in logits (K, h, w): cells hotter than their eight neighbours."""
    heat = sigmoid(logits[SLICES[kind]][0])
    padded = np.pad(heat, 1, constant_values=-1.0)
    around = np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).max((2, 3))
    rows, columns = np.nonzero((heat >= around) & (heat > threshold))
    order = np.argsort(-heat[rows, columns], kind="stable")
    rows, columns = rows[order], columns[order]
    offset = logits[SLICES[f"{kind}_offset"], rows, columns].T
    where = (np.stack([columns, rows], 1) + 0.5 + offset) * STRIDE
    return Found(where, heat[rows, columns], (rows, columns))


def votes(logits: np.ndarray, kind: str, found: Found) -> np.ndarray:
    """(N, 2) where what each mark or character speaks of lies, in pixels."""
    return found.where + logits[SLICES[f"{kind}_vote"], *found.cells].T * VOTE_SCALE


def chances(logits: np.ndarray, part: str, found: Found) -> np.ndarray:
    """(N, choices) probabilities of a part such as `char_code` where things were found."""
    values = logits[SLICES[part], *found.cells].T
    values = np.exp(values - values.max(1, keepdims=True, initial=-np.inf))
    return values / values.sum(1, keepdims=True)
