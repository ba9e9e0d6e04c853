"""Lines of joined-up writing that say nothing: what a page written in a fluent hand looks like from afar.

Fonts drawn after hands are few and neat. Here a hand is a handful of numbers and a letter a loop or a stem of any form,
so that no two hands are alike.

    pixels = scrawl(random.Random(7))     # (H, W, 3) uint8
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from sokdok_lab.synth.pages.paper import sheet, stain

OVERSAMPLING = 2  # lines are drawn so many times larger
STEPS = 9  # points of a letter
_INKS = ((20, 20, 25), (60, 45, 30), (30, 35, 90), (80, 70, 60), (45, 45, 50))


@dataclass(frozen=True)
class Pen:
    """How somebody writes; lengths in pixels."""

    height: float  # of a letter without stem
    pace: float  # from letter to letter
    lean: float  # tangent of the letters' angle from upright
    roundness: float  # of loops: 0 goes up and down, 1 round and round
    stems: float  # share of the letters that reach above or below
    unsteadiness: float
    width: float  # of a line

    @classmethod
    def choose(cls, rng: random.Random) -> Pen:
        """Take up a pen."""
        height = rng.uniform(7, 15)
        return cls(
            height,
            height * rng.uniform(0.6, 1.6),
            rng.gauss(0.35, 0.3),
            rng.uniform(0.1, 0.9),
            rng.uniform(0.12, 0.4),
            rng.random() * 0.6,
            rng.uniform(0.08, 0.28) * height,
        )


def scrawl(rng: random.Random) -> np.ndarray:
    """Write a page, a note or a line."""
    pen, pitch = Pen.choose(rng), rng.uniform(2.6, 4.6)
    size = rng.randint(260, 760), round(pen.height * pitch * rng.choice((1.6, 3, 6, 12, 18, 24)))
    ink = Image.new("L", (size[0] * OVERSAMPLING, size[1] * OVERSAMPLING))
    draw, y = ImageDraw.Draw(ink), pen.height * rng.uniform(1.5, 3)
    margin, slope = rng.uniform(0.02, 0.15) * size[0], rng.gauss(0, 0.012)
    while y < size[1] - pen.height:
        short = rng.random() < 0.2
        left = margin + (rng.uniform(0, 0.5) * size[0] if short else rng.uniform(0, 0.03) * size[0])
        right = size[0] - (rng.uniform(0.1, 0.7) * size[0] if short else rng.uniform(0.02, 0.1) * size[0])
        _write_line(draw, pen, (left, right), y, slope, rng)
        y += pen.height * pitch * rng.uniform(0.9, 1.1)
    noise = np.random.default_rng(rng.getrandbits(64))
    tint = np.array([rng.randint(205, 255)] * 3, np.float32) - (0, rng.choice((0, 6)), rng.choice((0, 14, 40)))
    shares = np.asarray(ink.reduce(OVERSAMPLING), np.float32) / 255 * rng.uniform(0.5, 1)
    paper = sheet((size[1], size[0]), tint, rng.choice((0, 0.004, 0.015)), noise)
    written = stain(paper, shares, np.array(rng.choice(_INKS), np.float32))
    return np.clip(written, 0, 255).astype(np.uint8)


def _write_line(
    draw: ImageDraw.ImageDraw, pen: Pen, ends: tuple[float, float], y: float, slope: float, rng: random.Random
) -> None:
    x, right = ends
    while x < right:
        letters = rng.choice((1, 2, 2, 3, 3, 4, 5, 6, 7, 9, 11))
        points = _word(pen, letters, rng)
        width = max(1, round(pen.width * OVERSAMPLING * rng.uniform(0.8, 1.2)))
        base = y + slope * x + rng.gauss(0, 0.15) * pen.unsteadiness * pen.height
        placed = [((x + u) * OVERSAMPLING, (base - v) * OVERSAMPLING) for u, v in points]
        draw.line(placed, 255, width, "curve")
        x += letters * pen.pace + pen.height * rng.uniform(0.7, 1.6)


def _word(pen: Pen, letters: int, rng: random.Random) -> list[tuple[float, float]]:
    """Points of a word, right and up from where it begins on its line."""
    points = []
    for letter in range(letters):
        high, low = pen.height * rng.uniform(0.75, 1.15), 0.0
        if rng.random() < pen.stems:
            high, low = (2.2 * high, 0.0) if rng.random() < 0.7 else (high, -1.1 * pen.height)
        wide = pen.pace * pen.roundness * rng.uniform(0.3, 0.8)
        begin = rng.uniform(-0.5, 0.5) * (0.3 + pen.unsteadiness)
        for step in range(STEPS):
            turn = math.tau * step / STEPS
            up = low + (high - low) * (0.5 - 0.5 * math.cos(turn + begin))
            along = (letter + step / STEPS) * pen.pace + wide * math.sin(turn)
            points.append((along + pen.lean * up, up + rng.gauss(0, 0.04) * pen.unsteadiness * pen.height))
    return points
