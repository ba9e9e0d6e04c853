"""What scanners, cameras, copies and years do to a crop: show-through, ink, tones, light, specks, blur, noise, JPEG."""

from __future__ import annotations

import io
import random

import numpy as np
from PIL import Image, ImageFilter

from sokdok_lab.synth.pages.paper import press, smooth_noise

CLEAN_SHARE = 0.4  # share of the crops that stay as they are drawn
INVERTED_SHARE = 0.08  # share of the crops that are white on black


def worn(pixels: np.ndarray, back: np.ndarray | None, rng: random.Random) -> np.ndarray:
    """Wear a grey crop (H, W) uint8. back: another one of the size, that may shine through from behind."""
    if rng.random() > CLEAN_SHARE:
        pixels = _aged(pixels, back, rng)
        pixels = _seen(pixels, rng)
    return 255 - pixels if rng.random() < INVERTED_SHARE else pixels


def _aged(pixels: np.ndarray, back: np.ndarray | None, rng: random.Random) -> np.ndarray:
    """Ink and paper: where type is thick or thin, pale, spotted, and what shines through."""
    noise = np.random.default_rng(rng.getrandbits(64))
    if rng.random() < 0.15 and np.median(pixels[::8, ::8]) > 150:
        uneven = rng.choice([0.0, 0.1, 0.25])
        pixels = 255 - press(255 - pixels, rng.uniform(0.5, 1.6), rng.uniform(-0.8, 0.9), uneven, noise)
    if back is not None and rng.random() < 0.25:
        strength, paper = rng.uniform(0.08, 0.45), float(np.median(pixels[::8, ::8]))
        ghost = Image.fromarray(np.ascontiguousarray(back[:, ::-1])).filter(
            ImageFilter.GaussianBlur(rng.uniform(0.8, 3))
        )
        shade = np.maximum(float(np.median(back[::8, ::8])) - np.asarray(ghost, np.float32), 0) * strength
        pixels = np.minimum(pixels, np.clip(paper - shade, 0, 255)).astype(np.uint8)
    if rng.random() < 0.15:
        at = noise.integers(0, pixels.shape[0], (2, int(rng.choice([5, 40, 300]))))
        pixels = pixels.copy()
        pixels[at[0], at[1]] = rng.choice([0, 60, 120, 255])
    return pixels


def _seen(pixels: np.ndarray, rng: random.Random) -> np.ndarray:
    """Tones, light that falls off, blur, noise, black and white alone, JPEG."""
    noise = np.random.default_rng(rng.getrandbits(64))
    image = Image.fromarray(pixels)
    if rng.random() < 0.35:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.3)))
    y: np.ndarray = np.asarray(image, np.float32)
    if rng.random() < 0.45:
        low, high = rng.uniform(0, 90), rng.uniform(160, 255)
        y = low + y * ((high - low) / 255)
    if rng.random() < 0.3:
        y = y * (1 + rng.uniform(0.03, 0.13) * smooth_noise(pixels.shape, max(pixels.shape) / rng.uniform(1, 4), noise))
    if rng.random() < 0.4:
        y = y + rng.choice([3, 6, 12]) * rng.random() * noise.standard_normal(pixels.shape, np.float32)
    if rng.random() < 0.06:
        dark, light = np.percentile(y[::4, ::4], [1, 90])
        y = np.where(y < dark + rng.uniform(0.35, 0.65) * (light - dark), np.float32(0), np.float32(255))
    seen = np.clip(y, 0, 255).astype(np.uint8)
    if rng.random() < 0.35:
        buffer = io.BytesIO()
        Image.fromarray(seen).save(buffer, "JPEG", quality=rng.randint(15, 85))
        seen = np.asarray(Image.open(buffer))
    return seen
