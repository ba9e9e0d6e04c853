"""Which character stands at a place of a geometry figure, told from a small square around it.

The geometry net finds characters on a picture that is made smaller; this one looks again, at full resolution and with
every character brought to the same size, which a much smaller net can learn.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from sokdok.imaging.arrays import softmax
from sokdok.model.nano.formats.channels import Net

SIDE = 24
"""pixels of a square each way"""
REACH = 0.7
"""ems from a character's middle to the square's edge"""
FLAT = 8.0
"""levels of 255: contrast below which a square counts as empty"""


def contrast(pixels: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """(H, W) uint8: how far the pixels (H, W, 3) differ from the paper's colour (3,) in any channel."""
    return np.abs(pixels.astype(np.int16) - paper.astype(np.int16)).max(2).astype(np.uint8)


def squares(ink: np.ndarray, middles: np.ndarray, ems: np.ndarray) -> np.ndarray:
    """(N, 1, SIDE, SIDE) float32 in 0 to 1 around N middles (complex, pixels) of ink (H, W) uint8, each normalised."""
    margin = int(np.ceil(REACH * ems.max(initial=1.0))) + 1
    image = Image.fromarray(np.pad(ink, margin))
    found = np.zeros((len(middles), 1, SIDE, SIDE), np.float32)
    for index, (middle, em) in enumerate(zip(middles, ems, strict=True)):
        x = float(np.clip(middle.real, 0, ink.shape[1])) + margin
        y = float(np.clip(middle.imag, 0, ink.shape[0])) + margin
        reach = REACH * float(em)
        box = (x - reach, y - reach, x + reach, y + reach)
        square = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box), np.float32)
        ground = np.percentile(square, 20)
        found[index, 0] = np.clip((square - ground) / max(square.max() - ground, FLAT), 0, 1)
    return found


def read_letters(ink: np.ndarray, middles: np.ndarray, ems: np.ndarray, net: Net) -> np.ndarray:
    """(N, len(CHARS)) probabilities of the characters at N middles (complex) with ems in pixels."""
    if not len(middles):
        return np.zeros((0, 0))
    logits = net(squares(ink, middles, ems)).reshape(len(middles), -1).astype(np.float64)
    return softmax(logits)
