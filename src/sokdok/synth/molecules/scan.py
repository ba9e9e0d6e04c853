"""What scanners and copiers make of a line drawing: black and white, thick or broken lines, specks, grey edges."""

from __future__ import annotations

import random

import numpy as np
from PIL import Image, ImageFilter


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
