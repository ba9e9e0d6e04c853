"""What is seen beside text: ornaments, frames, hatching, blots, specks, pictures, and the table below a sheet."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from sokdok.imaging.box import Box
from sokdok_lab.synth.pages.paper import smooth_noise

Draw = Callable[[ImageDraw.ImageDraw, int, random.Random], None]
TRIES = 6  # places looked at for one that is free


def add_clutter(ink: np.ndarray, taken: np.ndarray, rng: random.Random) -> None:
    """Draw some ornaments and pictures on ink (H, W) uint8 where no box of `taken` (N, 4) is, and specks anywhere."""
    height, width = ink.shape
    if rng.random() < 0.15:
        _frame(ink, taken, rng)
    for _ in range(rng.choice([0, 0, 1, 2, 4, 8])):
        side = rng.choice([14, 24, 40, 80, 160, 300, 500])
        w, h = (min(round(side * rng.uniform(0.4, 1.6)), size // 2) for size in (width, height))
        place = _free(w, h, (width, height), taken, rng)
        if place is None or min(w, h) < 4:
            continue
        piece = rng.choice([_ornament, _ornament, _ornament, _blot, picture])(w, h, rng)
        x, y = place
        spot = ink[y : y + h, x : x + w]
        np.maximum(spot, piece[: spot.shape[0], : spot.shape[1]], out=spot)
    for _ in range(rng.choice([0, 0, 0, 8, 60, 300])):
        x, y, size = rng.randrange(width), rng.randrange(height), rng.choice([1, 1, 1, 2, 3, 5])
        ink[y : y + size, x : x + rng.choice([1, size])] = rng.randint(60, 255)


def on_background(pixels: np.ndarray, boxes: np.ndarray, rng: random.Random) -> tuple[np.ndarray, np.ndarray]:
    """Lay a grey sheet (H, W) uint8 with torn edges on something darker, as scans of loose leaves show it."""
    height, width = pixels.shape
    margins = [round(rng.choice([0.0, 0.02, 0.05, 0.1]) * max(pixels.shape)) for _ in range(4)]
    left, top, right, bottom = margins
    noise = np.random.default_rng(rng.getrandbits(64))
    shape = height + top + bottom, width + left + right
    level = rng.choice([rng.uniform(10, 110), rng.uniform(140, 250)])
    ground = np.clip(level * (1 + 0.05 * smooth_noise(shape, max(shape) / 3, noise)), 0, 255)
    sheet = np.zeros(shape, np.uint8)
    outline = _torn(left, top, width, height, rng)
    mask = Image.fromarray(sheet)
    ImageDraw.Draw(mask).polygon(outline, fill=255)
    inside = np.full(shape, int(np.median(pixels[::8, ::8])), np.uint8)
    inside[top : top + height, left : left + width] = pixels
    shown = np.where(np.asarray(mask) > 0, inside, ground.astype(np.uint8))
    return shown, boxes + np.array([left, top, left, top], np.float32)


def _torn(left: int, top: int, width: int, height: int, rng: random.Random) -> list[tuple[float, float]]:
    """Outline of a sheet whose edges are torn by a few pixels."""
    corners = [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]
    rough, points = rng.choice([0.0, 0.5, 2.0]), []
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        for i in range(steps := 40):
            share = i / steps
            points.append((x0 + (x1 - x0) * share + rng.gauss(0, rough), y0 + (y1 - y0) * share + rng.gauss(0, rough)))
    return points


def _free(w: int, h: int, size: tuple[int, int], taken: np.ndarray, rng: random.Random) -> tuple[int, int] | None:
    for _ in range(TRIES):
        x, y = rng.randint(0, size[0] - w), rng.randint(0, size[1] - h)
        meets = (taken[:, 0] < x + w) & (taken[:, 2] > x) & (taken[:, 1] < y + h) & (taken[:, 3] > y)
        if not meets.any():
            return x, y
    return None


def _frame(ink: np.ndarray, taken: np.ndarray, rng: random.Random) -> None:
    """One to three lines around everything."""
    height, width = ink.shape
    box = Box(0, 0, width, height) if not len(taken) else Box(*taken[:, :2].min(0), *taken[:, 2:].max(0))
    image = Image.fromarray(ink)
    pen = ImageDraw.Draw(image)
    away = rng.uniform(6, 30)
    for _ in range(rng.choice([1, 2, 3])):
        corners = (box.left - away, box.top - away, box.right + away, box.bottom + away)
        pen.rectangle(corners, outline=rng.randint(90, 255), width=rng.choice([1, 1, 2, 5]))
        away += rng.uniform(3, 8)
    ink[:] = np.asarray(image)


def _ornament(w: int, h: int, rng: random.Random) -> np.ndarray:
    """Curves, circles, stars, hatching: some of each, in one width of pen."""
    image = Image.new("L", (w, h))
    pen, dark = ImageDraw.Draw(image), rng.randint(100, 255)
    thick = rng.choice([1, 1, 2, 3, 6])
    for _ in range(rng.choice([1, 2, 4, 8])):
        x0, x1 = sorted(rng.uniform(0, w) for _ in range(2))
        y0, y1 = sorted(rng.uniform(0, h) for _ in range(2))
        shape = rng.randrange(6)
        if shape == 0:
            pen.arc((x0, y0, x1 + 1, y1 + 1), rng.uniform(0, 360), rng.uniform(0, 360), dark, thick)
        elif shape == 1:
            pen.ellipse((x0, y0, x1 + 1, y1 + 1), rng.choice([None, dark]), dark, thick)
        elif shape == 2:
            pen.line([(rng.uniform(0, w), rng.uniform(0, h)) for _ in range(rng.randint(2, 7))], dark, thick, "curve")
        elif shape == 3:
            count, radius = rng.randint(3, 12), min(w, h) / 2
            points = [(w / 2 + radius * (1 - 0.5 * (i % 2)) * math.cos(math.pi * i / count),
                       h / 2 + radius * (1 - 0.5 * (i % 2)) * math.sin(math.pi * i / count))
                      for i in range(2 * count)]  # fmt: skip
            pen.polygon(points, rng.choice([None, dark]), dark)
        elif shape == 4:
            step, lean = rng.uniform(3, 9), rng.uniform(-1, 1) * h
            for i in range(round((x1 - x0) / step)):
                pen.line([(x0 + i * step, y0), (x0 + i * step + lean, y1)], dark, min(thick, 2))
        else:
            pen.rectangle((x0, y0, x1, y1), rng.choice([None, None, dark]), dark, thick)
    return np.asarray(image)


def _blot(w: int, h: int, rng: random.Random) -> np.ndarray:
    """A stain with a soft or a hard edge."""
    noise = np.random.default_rng(rng.getrandbits(64))
    y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
    field = 1 - np.hypot(x, y) + 0.3 * smooth_noise((h, w), max(4, min(w, h) / 4), noise)
    edge = rng.choice([1.0, 4.0, 20.0])
    return (np.clip(field * edge, 0, 1) * rng.uniform(20, 255)).astype(np.uint8)


def picture(w: int, h: int, rng: random.Random) -> np.ndarray:
    """Tones of a photograph, coarse and fine, at times screened."""
    noise = np.random.default_rng(rng.getrandbits(64))
    field = smooth_noise((h, w), max(8, max(w, h) / 3), noise) + 0.5 * smooth_noise((h, w), 10, noise)
    field += rng.choice([0.0, 0.2, 0.6]) * smooth_noise((h, w), rng.choice([2.0, 4.0]), noise)
    tones = np.clip(rng.uniform(60, 190) + 60 * field, 0, 255)
    if rng.random() < 0.2:
        pitch = rng.uniform(2.5, 5)
        y, x = np.mgrid[:h, :w]
        tones = np.where(tones / 255 > 0.5 + 0.5 * np.sin(x * math.tau / pitch) * np.sin(y * math.tau / pitch), 255, 0)
    return tones.astype(np.uint8)
