"""Windows of a picture at a random scale, some of them seen askew or at an angle; the strips follow."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np
from PIL import Image

from sokdok.imaging.box import Box
from sokdok.imaging.pose import mapped
from sokdok_lab.training.detection.strips import Strip

SIDE_PX = 384  # of a crop, each way
SCALES = (0.65, 1.6)
ANCHORED_SHARE = 0.6  # share of the crops that are cut around a line; the others lie anywhere
ASKEW_SHARE, ANGLED_SHARE = 0.35, 0.2
"""shares of the crops that are turned and sheared a little, and that are seen at an angle besides"""
SKEWS = (0.01, 0.03, 0.08)  # usual slopes of crops askew
REACH = 0.12  # of a side: how far a corner of a crop at an angle is moved


def crop(pixels: np.ndarray, strips: Sequence[Strip], rng: random.Random) -> tuple[np.ndarray, list[Strip]]:
    """Cut a window (SIDE_PX, SIDE_PX) out of a grey picture (H, W) uint8, with the strips there."""
    low, high = SCALES
    scale = low * (high / low) ** rng.random()
    height, width = (side * scale for side in pixels.shape)
    anchor = rng.choice(strips).left if strips and rng.random() < ANCHORED_SHARE else (None, None)
    x, y = (
        _start(side, at if at is None else at * scale, rng) for side, at in zip((width, height), anchor, strict=True)
    )
    to_crop = _view(rng) @ np.array([[scale, 0, -x], [0, scale, -y], [0, 0, 1]])
    from_crop = np.linalg.inv(to_crop)
    frame = _frame(from_crop)
    near = [strip for strip in strips if strip.reaches_into(frame)]  # mapping all would cost more than all else
    return _seen(pixels, from_crop, frame, scale), [strip.mapped(to_crop) for strip in near]


def _frame(from_crop: np.ndarray) -> Box:
    """The part of the picture around what a crop shows, in whole pixels."""
    corners = mapped(from_crop, np.array([[0, 0], [SIDE_PX, 0], [0, SIDE_PX], [SIDE_PX, SIDE_PX]]))
    return Box(*(np.floor(corners.min(0)) - 1).tolist(), *(np.ceil(corners.max(0)) + 1).tolist())


def _start(side: float, anchor: float | None, rng: random.Random) -> float:
    """Choose where the window begins on a side of the picture, so that an anchor lies in it."""
    low, high = min(0.0, side - SIDE_PX), max(0.0, side - SIDE_PX)
    if anchor is None:
        return rng.uniform(low, high)
    return min(max(anchor - SIDE_PX * rng.uniform(0.05, 0.95), low), high)


def _view(rng: random.Random) -> np.ndarray:
    """Choose a map (3, 3) of the crop to itself: none, a turn with a shear, or that of a plane seen at an angle."""
    if rng.random() > ASKEW_SHARE:
        return np.eye(3)
    skew, lean = rng.gauss(0, rng.choice(SKEWS)), rng.gauss(0, 0.03)
    half = SIDE_PX / 2
    back, forth = np.eye(3), np.eye(3)
    back[:2, 2], forth[:2, 2] = -half, half
    turn = np.array([[math.cos(skew), -math.sin(skew) + lean, 0], [math.sin(skew), math.cos(skew), 0], [0, 0, 1]])
    if rng.random() < ANGLED_SHARE / ASKEW_SHARE:
        turn[2, :2] = rng.uniform(-REACH, REACH) / SIDE_PX, rng.uniform(-REACH, REACH) / SIDE_PX
    return forth @ turn @ back


def _seen(pixels: np.ndarray, from_crop: np.ndarray, frame: Box, scale: float) -> np.ndarray:
    """Sample the picture; beyond its edges there is paper. A large one is first made smaller, as renderers do."""
    left, top, right, bottom = (int(side) for side in frame)
    height, width = pixels.shape
    paper = int(np.median(pixels[::16, ::16]))
    part = np.full((bottom - top, right - left), paper, np.uint8)
    a, b, c, d = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    if a < c and b < d:
        part[b - top : d - top, a - left : c - left] = pixels[b:d, a:c]
    image = Image.fromarray(part)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    shrink = np.diag([size[0] / image.width, size[1] / image.height, 1.0])
    shrink[:2, 2] = -left * shrink[0, 0], -top * shrink[1, 1]
    image = image.resize(size, Image.Resampling.BILINEAR)
    data = shrink @ from_crop
    return np.asarray(
        image.transform(
            (SIDE_PX, SIDE_PX), Image.Transform.PERSPECTIVE, (data / data[2, 2]).ravel()[:8].tolist(),
            Image.Resampling.BICUBIC, fillcolor=paper,
        )
    )  # fmt: skip
