"""From a clean drawing to what a scanner, a screen or a mail attachment makes of it; boxes follow.

Each kind of damage hits a share of the pages, so that many stay clean: paper and ink of any grey, up to a degree of
skew, blur, sensor noise, JPEG; and every page is resized, as `model.preprocess` or a renderer does.
"""

from __future__ import annotations

import io
import math
import random

import numpy as np
from PIL import Image, ImageFilter

MAX_SKEW_DEGREES = 1.0
_FILTERS = (Image.Resampling.BICUBIC, Image.Resampling.BICUBIC, Image.Resampling.BILINEAR, Image.Resampling.LANCZOS)


def photograph(
    ink: np.ndarray, boxes: np.ndarray, size: tuple[int, int], damage: float, rng: random.Random
) -> tuple[np.ndarray, np.ndarray]:
    """Turn ink (H, W) uint8 and boxes (N, 4) into a grey page of size (width, height) and the boxes in its pixels.

    damage: 0 leaves the page clean, 1 is the usual share of damaged ones.
    """
    height, width = ink.shape
    paper, darkness = _tones(damage, rng)
    image = Image.fromarray(ink)
    if rng.random() < 0.25 * damage:
        degrees = rng.uniform(-MAX_SKEW_DEGREES, MAX_SKEW_DEGREES)
        image = image.rotate(degrees, Image.Resampling.BILINEAR)
        boxes = rotated(boxes, degrees, (width / 2, height / 2))
    image = image.point(np.linspace(paper, darkness, 256).round().astype(int).tolist())
    image = image.resize(size, rng.choice(_FILTERS))
    boxes = boxes * np.array([size[0] / width, size[1] / height] * 2, np.float32)
    return degrade(image, damage, rng), boxes


def _tones(damage: float, rng: random.Random) -> tuple[int, int]:
    """Choose the grey of the paper and of full ink."""
    if rng.random() > 0.4 * damage:
        return 255, 0
    paper = rng.randint(190, 255)
    return paper, rng.randint(0, paper // 2)


def rotated(boxes: np.ndarray, degrees: float, center: tuple[float, float]) -> np.ndarray:
    """Turn the middles of boxes (N, 4) about a point, counter-clockwise as PIL does; their sides stay as they are."""
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]) / 2
    middle = (middle - center) @ turn.T + center
    return np.concatenate([middle - half, middle + half], 1).astype(np.float32)


def degrade(image: Image.Image, damage: float, rng: random.Random) -> np.ndarray:
    """Degrade a grey or RGB image: blur, noise and JPEG at times; `damage` as in `photograph`. Return its pixels."""
    if rng.random() < 0.2 * damage:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.7)))
    pixels = np.asarray(image)
    if rng.random() < 0.2 * damage:
        noise = np.random.default_rng(rng.getrandbits(64)).standard_normal(pixels.shape, np.float32)
        pixels = np.clip(pixels + noise * rng.uniform(2, 12), 0, 255).astype(np.uint8)
    if rng.random() < 0.25 * damage:
        pixels = _jpeg(pixels, rng.randint(40, 90))
    return pixels


def _jpeg(pixels: np.ndarray, quality: int) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))
