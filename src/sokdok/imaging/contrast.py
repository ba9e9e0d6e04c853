"""Pale pages: pencil, worn print, carbon copies. Nets that learnt from darker ones see little on them."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageOps

DARKEST = 0.002  # share of a page's pixels that its darkest ink has, at least
PALE = 0.45
"""of the paper's brightness: a page whose darkest ink is less darker than this is pale; print has .7, worn print .6"""


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
