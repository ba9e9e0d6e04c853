"""The pen: how wide and how dark its strokes are, and drawing them."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

FINE = 2  # pixels of the drawing, each way, for one of the ink
ROUND_PX = 2.5  # width of a stroke, from which on its corners would show


class Pen:
    """A pencil, a ball, a pointed pen that pressure widens where it goes down, or a broad nib; in heights of an x."""

    def __init__(self, rng: random.Random) -> None:
        self.thin = rng.uniform(0.06, 0.2)
        self.thick = self.thin * rng.choice([1.0, rng.uniform(1.2, 3.0)])
        self.nib = rng.choice([None, None, rng.uniform(0.4, 1.1)])
        """angle of a broad nib, radians"""
        self.faint = rng.choice([1.0, 1.0, rng.uniform(0.25, 1.0)])
        """darkness of its thinnest strokes, as a share of that of its thickest"""
        self.thirst = rng.choice([0.0, 0.0, 0.0013, 0.0033])
        """darkness that each x of a stroke costs a dipped pen"""
        self.palest = rng.uniform(0.35, 0.8)
        """darkness at which it is dipped again"""

    def strokes(self, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Width (N,) and darkness (N,) of each step (N, 2) of a stroke, y upwards."""
        angle = np.arctan2(steps[:, 1], steps[:, 0])
        share = np.clip(-np.sin(angle), 0, 1) if self.nib is None else np.abs(np.sin(angle - self.nib))
        return self.thin + (self.thick - self.thin) * share, self.faint + (1 - self.faint) * share


def draw(curves: Sequence[np.ndarray], pen: Pen, shape: tuple[int, int], size: float) -> np.ndarray:
    """Draw curves, each (N, 2) in heights of an x, y downwards, `size` pixels to an x: ink (H, W) uint8 of `shape`."""
    image = Image.new("L", (shape[1] * FINE, shape[0] * FINE))
    canvas = ImageDraw.Draw(image)
    scale, dark = size * FINE, 1.0
    for curve in curves:
        steps = np.diff(curve, axis=0) * (1, -1)
        widths, tones = pen.strokes(steps)
        dark -= pen.thirst * float(np.linalg.norm(steps, axis=1).sum())
        if dark < pen.palest:
            dark = 1.0
        points = (curve * scale).tolist()
        drawn = zip(np.maximum(1.0, widths * scale).tolist(), (255 * dark * tones).astype(int).tolist(), strict=True)
        for (x, y), (x1, y1), (wide, tone) in zip(points[:-1], points[1:], drawn, strict=True):
            canvas.line((x, y, x1, y1), tone, round(wide))
            if wide > ROUND_PX:
                canvas.ellipse((x1 - wide / 2, y1 - wide / 2, x1 + wide / 2, y1 + wide / 2), tone)
    return np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.BOX))
