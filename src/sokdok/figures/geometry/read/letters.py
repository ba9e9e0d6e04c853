"""Recognise the characters of a geometry figure from small squares around them.

The geometry net finds characters on a picture that is made smaller; this one sees them at full resolution and with
every character brought to the same size, which a much smaller net can learn.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from sokdok.imaging.arrays import softmax
from sokdok.model.nano.formats import Net

SIDE_PX = 24  # of a square, each way
REACH_EM = 0.7  # from a character's middle to the square's edge
EMPTY_LEVELS = 8.0  # contrast, of 255, below which a square counts as empty
PAPER_PERCENTILE = 20  # of a square's contrast: what is paper in it


def contrast(pixels: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Compute (H, W) uint8 by how much pixels (H, W, 3) differ from the paper's colour (3,) in any channel."""
    return np.abs(pixels.astype(np.int16) - paper.astype(np.int16)).max(2).astype(np.uint8)


def squares(ink: np.ndarray, middles: np.ndarray, ems: np.ndarray) -> np.ndarray:
    """Cut squares (N, 1, SIDE_PX, SIDE_PX) in 0 to 1, normalised, out of ink (H, W) around N middles (complex)."""
    margin = int(np.ceil(REACH_EM * ems.max(initial=1.0))) + 1
    image = Image.fromarray(np.pad(ink, margin))
    found = np.zeros((len(middles), 1, SIDE_PX, SIDE_PX), np.float32)
    for index, (middle, em) in enumerate(zip(middles, ems, strict=True)):
        x = float(np.clip(middle.real, 0, ink.shape[1])) + margin
        y = float(np.clip(middle.imag, 0, ink.shape[0])) + margin
        reach = REACH_EM * float(em)
        box = (x - reach, y - reach, x + reach, y + reach)
        square = np.asarray(image.resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR, box), np.float32)
        ground = np.percentile(square, PAPER_PERCENTILE)
        found[index, 0] = np.clip((square - ground) / max(square.max() - ground, EMPTY_LEVELS), 0, 1)
    return found


def read_letters(ink: np.ndarray, middles: np.ndarray, ems: np.ndarray, net: Net) -> np.ndarray:
    """Compute the probabilities (N, len(CHARS)) of the characters at N middles (complex) with ems in pixels."""
    if not len(middles):
        return np.zeros((0, 0))
    logits = net(squares(ink, middles, ems)).reshape(len(middles), -1).astype(np.float64)
    return softmax(logits)
