"""What copying does to a drawing in colour: blur, noise, JPEG; most stay clean."""

from __future__ import annotations

import io
import random

import numpy as np
from PIL import Image, ImageFilter


def degrade(pixels: np.ndarray, rng: random.Random) -> np.ndarray:
    """Degrade pixels (H, W, 3) uint8 as a scanner, a screenshot or a mail does."""
    image = Image.fromarray(pixels)
    if rng.random() < 0.15:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.8)))
    if rng.random() < 0.15:
        image = image.convert("L").convert("RGB")
    pixels = np.asarray(image)
    if rng.random() < 0.15:
        noise = np.random.default_rng(rng.getrandbits(64)).standard_normal(pixels.shape[:2], np.float32)
        pixels = np.clip(pixels + (noise * rng.uniform(2, 12))[..., None], 0, 255).astype(np.uint8)
    if rng.random() < 0.25:
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "JPEG", quality=rng.randint(40, 90))
        pixels = np.asarray(Image.open(buffer))
    return pixels
