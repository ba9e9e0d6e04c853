"""What shows through the paper: lines of the page's back, much paler than the writing on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sokdok.reading.nano.text_detector import DetectedLine

PALE = 0.3  # share of the contrast of a page's dark lines, below which one is pale: pencil beside ink has some .4
DARK_SHARE = 0.7  # of the length of all lines, as much is no darker than the dark ones


def pale_lines(gray: np.ndarray, lines: Sequence[DetectedLine]) -> np.ndarray:
    """Tell which lines (N,) of a grey page (H, W) uint8 are much paler than most."""
    if not lines:
        return np.zeros(0, bool)
    contrasts = np.array([_contrast(gray, line) for line in lines])
    order = contrasts.argsort()
    lengths = np.array([line.width for line in lines])[order].cumsum()
    dark = contrasts[order][np.searchsorted(lengths, DARK_SHARE * lengths[-1])]
    return np.asarray(contrasts < PALE * dark)


def _contrast(gray: np.ndarray, line: DetectedLine) -> float:
    """Between the paper of a line and its darkest ink, or the other way round, in levels of grey."""
    left, top, right, bottom = line.box
    part = gray[max(0, int(top)) : int(bottom) + 1, max(0, int(left)) : int(right) + 1]
    if not part.size:
        return 0.0
    darkest, paper, lightest = np.percentile(part, (2, 50, 98))
    return float(max(paper - darkest, lightest - paper))
