"""Paper and ink: smooth noise, elastic distortion, pressure of the pen, ruled and grainy sheets in colour.

Everything takes arrays and a generator, and depends on that generator alone.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageFilter


def smooth_noise(shape: tuple[int, int], cell: float, rng: np.random.Generator) -> np.ndarray:
    """Draw noise (H, W) float32 of about unit variance that changes over `cell` pixels."""
    height, width = shape
    coarse = rng.standard_normal((math.ceil(height / cell) + 1, math.ceil(width / cell) + 1), np.float32)
    box = (0.5, 0.5, 0.5 + width / cell, 0.5 + height / cell)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC, box))


def displacement(shape: tuple[int, int], cell: float, size: float, rng: np.random.Generator) -> np.ndarray:
    """Draw a field (2, H, W) float32: x and y offsets of about `size` pixels that change over `cell` pixels."""
    return size * np.stack([smooth_noise(shape, cell, rng) for _ in range(2)])


def warp(ink: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Warp ink (H, W) uint8 -> float32: each pixel from `offsets` away, bilinearly; the edge goes on outside."""
    height, width = ink.shape
    x = np.clip(np.arange(width, dtype=np.float32) + offsets[0], 0, width - 1.001)
    y = np.clip(np.arange(height, dtype=np.float32)[:, None] + offsets[1], 0, height - 1.001)
    left, top = x.astype(np.int32), y.astype(np.int32)
    x -= left
    y -= top
    at = top * width + left
    flat = ink.ravel().astype(np.float32)
    upper = flat[at] * (1 - x) + flat[at + 1] * x
    lower = flat[at + width] * (1 - x) + flat[at + width + 1] * x
    return upper * (1 - y) + lower * y


def warp_boxes(boxes: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Move boxes (N, 4) as `warp` moves ink; their sides stay as they are."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    moved = middles
    for _ in range(2):  # the inverse of a small, smooth displacement, by fixed-point iteration
        at = np.clip(np.rint(moved), 0, [offsets.shape[2] - 1, offsets.shape[1] - 1]).astype(int)
        moved = middles - offsets[:, at[:, 1], at[:, 0]].T
    shift = moved - middles
    return (boxes + np.concatenate([shift, shift], 1)).astype(np.float32)


def press(ink: np.ndarray, radius: float, weight: float, uneven: float, rng: np.random.Generator) -> np.ndarray:
    """Make strokes (H, W) uint8 thicker (weight > 0) or thinner, here more and there less.

    The blurred ink is cut at another level: about `radius` pixels are won or lost at most, and edges stay soft.
    """
    blurred = Image.fromarray(ink).filter(ImageFilter.GaussianBlur(radius))
    # Against the peak near by, so that hairlines, which blurring makes faint, are kept.
    peak = blurred.filter(ImageFilter.MaxFilter(2 * max(1, round(radius)) + 1))
    share = np.asarray(blurred, np.float32) / np.maximum(np.asarray(peak), 16)
    level = 0.55 - 0.3 * weight - uneven * smooth_noise(ink.shape, 12 * radius + 8, rng)
    inked = np.clip((share - np.clip(level, 0.2, 0.8)) * (2 + radius) + 0.5, 0, 1)
    return (inked * 255).astype(np.uint8)


def sheet(shape: tuple[int, int], tint: np.ndarray, grain: float, rng: np.random.Generator) -> np.ndarray:
    """Draw empty paper (H, W, 3) float32 in 0..255: a tint (3,), light that falls off, stains and grain."""
    light = 0.02 * smooth_noise(shape, max(shape) / 2, rng) + 0.006 * smooth_noise(shape, 40, rng)
    light += grain * rng.standard_normal(shape, np.float32)
    return np.clip(tint * (1 + light[..., None]), 0, 255).astype(np.float32)


def stain(paper: np.ndarray, ink: np.ndarray, color: np.ndarray) -> np.ndarray:
    """Lay ink (H, W) in 0..1 of a color (3,) on paper (H, W, 3)."""
    return paper + ink[..., None] * (color - paper)
