"""What scanners and copiers make of a line drawing: black and white, thick or broken lines, specks, grey edges.

And what cuts it out of its page: some pictures end where their ink does, or a little before.
"""

from __future__ import annotations

import random

import numpy as np
from PIL import Image, ImageFilter

_INK_LEVEL = 230  # grey from which a pixel is paper; some labels are drawn in light colours


def scan(picture: np.ndarray, rng: random.Random) -> np.ndarray:
    """Degrade a grey drawing (H, W) uint8 as a scanner does; some stay clean."""
    kind = rng.choices(("clean", "bilevel", "blurred bilevel", "grey"), (2, 4, 3, 2))[0]
    if kind == "clean":
        return picture
    noise = np.random.default_rng(rng.getrandbits(32))
    image = Image.fromarray(picture)
    if kind != "bilevel":
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.9)))
    pixels: np.ndarray = np.asarray(image).astype(np.float32)
    if kind == "grey":
        paper, black = rng.uniform(200, 255), rng.uniform(0, 90)
        pixels = black + pixels * ((paper - black) / 255) + noise.normal(0, rng.uniform(0, 9), pixels.shape)
        return np.clip(pixels, 0, 255).astype(np.uint8)
    if kind == "blurred bilevel":
        pixels += noise.normal(0, rng.uniform(0, 20), pixels.shape)
    faintest = 140 if kind == "bilevel" else 165  # so that lines of one pixel stay
    pixels = np.where(pixels > rng.uniform(faintest, 205), 255, 0).astype(np.uint8)
    if rng.random() < 0.3:
        pixels[noise.random(pixels.shape) < rng.uniform(0, 0.002)] = 0
    if rng.random() < 0.2:
        pixels[noise.random(pixels.shape) < rng.uniform(0, 0.03)] = 255
    return pixels


def cut_out(picture: np.ndarray, rng: random.Random, most_px: float) -> tuple[np.ndarray, tuple[int, int]]:
    """Cut a drawing (H, W) uint8 where its ink ends, each side up to `most_px` before that or behind; and the corner.

    The corner (x, y) is what has moved to the origin.
    """
    inked = picture < _INK_LEVEL
    (top, bottom), (left, right) = (np.flatnonzero(inked.any(axis))[[0, -1]] for axis in (1, 0))
    before = [round(rng.uniform(-most_px, most_px)) for _ in range(4)]
    x, y = max(0, int(left) + before[0]), max(0, int(top) + before[1])
    return picture[y : int(bottom) + 1 + before[2], x : int(right) + 1 + before[3]], (x, y)
