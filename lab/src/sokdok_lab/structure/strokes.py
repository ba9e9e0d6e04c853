"""How heavy the lines of a page are that was read: bold type has heavier strokes than most of its page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sokdok.layout.text_line import TextLine
from sokdok_lab.structure.numbers import weighted_median

MOST_WEIGHT = 1.0  # logarithm of how much heavier a line is than its page: nearly three times
LEAST_CONTRAST = 20.0  # levels by which ink stands out from its ground
FAINT = 0.15  # share of a line's darkest ink that is noise


def weights_of(lines: Sequence[TextLine], gray: np.ndarray) -> list[float]:
    """Logarithms of how heavy the strokes of lines are beside those of their page (H, W) uint8; 0 if not known."""
    strokes = np.array([_stroke_px(gray, line) / line.em for line in lines])
    letters = np.array([len(line.text) for line in lines])
    known = strokes > 0
    if not known.any():
        return [0.0] * len(lines)
    usual = weighted_median(strokes[known], letters[known])
    weights = np.clip(np.log(np.where(known, strokes, usual) / usual), -MOST_WEIGHT, MOST_WEIGHT)
    return [float(weight) for weight in weights]


def _stroke_px(gray: np.ndarray, line: TextLine) -> float:
    """The mean width of a line's strokes along its rows, pixels; 0 where nothing stands out from its ground."""
    left, top, right, bottom = (round(side) for side in line.box)
    part = gray[max(0, top) : bottom, max(0, left) : right].astype(np.float32)
    if part.size < 2 or min(part.shape) < 2:
        return 0.0
    ink = np.abs(part - np.median(part))
    most = float(np.percentile(ink, 98))
    if most < LEAST_CONTRAST:
        return 0.0
    ink = np.clip((ink / most - FAINT) / (1 - FAINT), 0, 1)
    edges = float(np.abs(np.diff(ink, axis=1, prepend=0, append=0)).sum()) / 2
    return float(ink.sum()) / max(edges, 1e-3)
