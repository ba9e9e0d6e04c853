"""Paper and ink, and what becomes of a drawing before it is read.

- Paper: smooth noise, elastic distortion, pressure of the pen, each from its generator alone.
- `Wear`: what prints, scanners, faxes, cameras, copies and mail make of a picture. Each kind of picture has a wear of
  its own: a table of what happens to which share of its pictures, and how strongly.

    pixels = Wear(blurred=(0.3, 0.3, 0.9), jpeg=(0.35, 30, 90))(pixels, random.Random(7))
"""

from __future__ import annotations

import io
import math
import random
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter
from scipy.ndimage import map_coordinates

Chance = tuple[float, float, float]  # share of the pictures, and between what the strength lies
Tones = tuple[float, tuple[float, float], tuple[float, float]]  # share, and between what levels ink and paper lie
NEVER: Chance = (0, 0, 0)


@dataclass(frozen=True, kw_only=True)
class Wear:
    """Shares of the pictures that each kind of wear hits, in the order in which it happens, and its strength."""

    grey: float = 0.0  # colours are lost
    pressed: Chance = NEVER  # ink has spread or worn off: radius, units
    ghost: Chance = NEVER  # what is printed on the back shines through: share of its ink
    coarse: Chance = NEVER  # seen in fewer pixels: factor
    blurred: Chance = NEVER  # radius, units
    gamma: Chance = NEVER  # exponent
    toned: Tones = (0, (0, 0), (255, 255))  # ink and paper of other tones
    lit: Chance = NEVER  # light falls off: share
    shaded: Chance = NEVER  # something's shadow lies on a part of it: share of the light that is gone there
    noisy: Chance = NEVER  # deviation, levels
    bilevel: Chance = NEVER  # black and white alone: the level between them, as a share of the way from dark to light
    specked: Chance = NEVER  # share of the pixels
    jpeg: Chance = NEVER  # quality
    inverted: float = 0.0  # white on black

    def __call__(
        self,
        pixels: np.ndarray,
        rng: random.Random,
        *,
        damage: float = 1.0,
        unit: float = 1.0,
        back: np.ndarray | None = None,
    ) -> np.ndarray:
        """Wear pixels (H, W) or (H, W, 3) uint8, dark on light.

        damage: what all shares are multiplied by. unit: pixels of one in lengths. back: what is printed on the back,
        the picture itself if None.
        """

        def noise() -> np.random.Generator:
            return np.random.default_rng(rng.getrandbits(64))

        def hit(chance: Chance) -> float | None:
            share, low, high = chance
            return rng.uniform(low, high) if share and rng.random() < share * damage else None

        if (radius := hit(self.pressed)) is not None:
            weight, uneven = rng.uniform(-0.8, 0.9), rng.choice([0, 0.1, 0.25])
            pixels = 255 - press(255 - pixels, radius * unit, weight, uneven, noise())
        if (strength := hit(self.ghost)) is not None:
            pixels = _shone_through(pixels, pixels if back is None else back, strength, rng)
        image = Image.fromarray(pixels)
        if hit((self.grey, 0, 0)) is not None:
            image = image.convert("L").convert(image.mode)
        if (factor := hit(self.coarse)) is not None:
            small = image.resize((max(1, round(image.width * factor)), max(1, round(image.height * factor))))
            image = small.resize(image.size, Image.Resampling.BILINEAR)
        if (radius := hit(self.blurred)) is not None:
            image = image.filter(ImageFilter.GaussianBlur(radius * unit))
        y: np.ndarray = np.asarray(image).astype(np.float32)
        each = (..., *[None] * (y.ndim - 2))  # of a field (H, W) for all colours alike
        if (exponent := hit(self.gamma)) is not None:
            y = 255 * (y / 255) ** exponent
        if hit((self.toned[0], 0, 0)) is not None:
            ink, paper = rng.uniform(*self.toned[1]), rng.uniform(*self.toned[2])
            y = ink + y * ((paper - ink) / 255)
        if (share := hit(self.lit)) is not None:
            y = y * (1 + share * smooth_noise(y.shape[:2], max(y.shape) / rng.uniform(1, 4), noise()))[each]
        if (share := hit(self.shaded)) is not None:
            edge, soft = 1.5 * smooth_noise(y.shape[:2], max(y.shape), noise()), rng.choice([2.0, 10.0, 60.0])
            y = y * (1 - share / (1 + np.exp(np.clip(-soft * edge, -50, 50))))[each]
        if (deviation := hit(self.noisy)) is not None:
            y = y + deviation * noise().standard_normal(y.shape[:2], np.float32)[each]
        if (share := hit(self.bilevel)) is not None:
            y = np.clip(y, 0, 255)
            dark, light = float(y.min()), float(y.max())
            y = np.where(y < dark + share * (light - dark), np.float32(0), np.float32(255))
        if (share := hit(self.specked)) is not None:
            y[noise().random(y.shape[:2], np.float32) < share] = rng.choice([0, 60, 120, 255])
        pixels = np.clip(y, 0, 255).astype(np.uint8)
        if (quality := hit(self.jpeg)) is not None:
            file = io.BytesIO()
            Image.fromarray(pixels).save(file, "JPEG", quality=round(quality))
            pixels = np.asarray(Image.open(file))
        return 255 - pixels if hit((self.inverted, 0, 0)) is not None else pixels


def _shone_through(pixels: np.ndarray, back: np.ndarray, strength: float, rng: random.Random) -> np.ndarray:
    """Let what is printed on the back (H, W) shine through: mirrored, pale and blurred."""
    paper, behind = (float(np.median(side[::8, ::8])) for side in (pixels, back))
    rolled = np.roll(back[:, ::-1], (rng.randrange(back.shape[0]), rng.randrange(back.shape[1])), (0, 1))
    ghost = Image.fromarray(rolled).filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 3)))
    shade = np.maximum(behind - np.asarray(ghost, np.float32), 0) * strength
    return np.minimum(pixels, np.clip(paper - shade, 0, 255)).astype(np.uint8)


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
    places = np.indices(ink.shape, np.float32) + offsets[::-1]
    return np.asarray(map_coordinates(ink.astype(np.float32), places, order=1, mode="nearest"))


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


PAPER = Wear(toned=(0.4, (0, 110), (190, 255)))
SCAN = Wear(blurred=(0.2, 0.2, 0.7), noisy=(0.2, 2, 12), jpeg=(0.25, 40, 90))
MAX_SKEW_DEGREES = 1.0
_FILTERS = (Image.Resampling.BICUBIC, Image.Resampling.BICUBIC, Image.Resampling.BILINEAR, Image.Resampling.LANCZOS)


def photograph(
    ink: np.ndarray, boxes: np.ndarray, size: tuple[int, int], damage: float, rng: random.Random
) -> tuple[np.ndarray, np.ndarray]:
    """Turn ink (H, W) uint8 and boxes (N, 4) into a grey page of size (width, height) and the boxes in its pixels.

    A share of the pages is on `PAPER`, skewed, and worn as `SCAN`; every one is resized, as `model.preprocess` or a
    renderer does. damage: 0 leaves the page clean, 1 is the usual share of damaged ones.
    """
    height, width = ink.shape
    image = Image.fromarray(PAPER(255 - ink, rng, damage=damage))
    if rng.random() < 0.25 * damage:
        degrees = rng.uniform(-MAX_SKEW_DEGREES, MAX_SKEW_DEGREES)
        image = image.rotate(degrees, Image.Resampling.BILINEAR, fillcolor=image.getpixel((0, 0)))
        boxes = rotated(boxes, degrees, (width / 2, height / 2))
    boxes = boxes * np.array([size[0] / width, size[1] / height] * 2, np.float32)
    return SCAN(np.asarray(image.resize(size, rng.choice(_FILTERS))), rng, damage=damage), boxes


def rotated(boxes: np.ndarray, degrees: float, center: tuple[float, float]) -> np.ndarray:
    """Turn the middles of boxes (N, 4) about a point, counter-clockwise as PIL does; their sides stay as they are."""
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    middle, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    middle = (middle - center) @ turn.T + center
    return np.concatenate([middle - half, middle + half], 1).astype(np.float32)
