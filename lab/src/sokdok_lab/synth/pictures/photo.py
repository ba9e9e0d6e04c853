"""What looks like a photograph: lit things with shadows before a ground that is nowhere flat, seen through a lens.

Nothing on it is meant to be recognised. What counts is what photographs have and drawings lack: colours that run into
each other, texture, grain, edges of any sharpness.

    pixels = photo(random.Random(7))     # (H, W, 3) uint8
"""

from __future__ import annotations

import colorsys
import math
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from sokdok_lab.synth.wear import Wear, smooth_noise

SIDES_PX = (120, 520)  # shortest and longest
MOST_THINGS = 14  # in the foreground
LENS = Wear(grey=0.25, blurred=(0.6, 0.4, 2.5), gamma=(1, 0.7, 1.5), lit=(0.7, 0.05, 0.3), noisy=(1, 0, 15))


def photo(rng: random.Random) -> np.ndarray:
    """Make one, of any proportions."""
    side, ratio = math.exp(rng.uniform(*map(math.log, SIDES_PX))), rng.uniform(0.55, 1.8)
    shape = max(48, round(side / math.sqrt(ratio))), max(48, round(side * math.sqrt(ratio)))
    noise = np.random.default_rng(rng.getrandbits(64))
    scene = rng.choices((_landscape, _surface, _studio, _clouds), (3, 3, 2, 2))[0](shape, rng, noise)
    for _ in range(rng.choice((0, 1, 1, 2, 3, 5, 8, MOST_THINGS))):
        scene = _with_thing(scene, rng, noise)
    return LENS((np.clip(scene, 0, 1) * 255).astype(np.uint8), rng)


def color(rng: random.Random) -> np.ndarray:
    """A colour (3,) in 0..1; muted ones are commoner, as around us."""
    return np.array(colorsys.hsv_to_rgb(rng.random(), rng.random() ** 1.7, rng.uniform(0.1, 1)))


def _tinted(field: np.ndarray, colors: list[np.ndarray]) -> np.ndarray:
    """Colour a field (H, W) by running through colours from its least to its greatest value: (H, W, 3)."""
    low, high = float(field.min()), float(field.max())
    at = (field - low) / max(high - low, 1e-6) * (len(colors) - 1)
    return np.stack([np.interp(at, range(len(colors)), [c[i] for c in colors]) for i in range(3)], -1)


def _octaves(shape: tuple[int, int], longest: float, rng: random.Random, noise: np.random.Generator) -> np.ndarray:
    """Sum noise of halving wavelengths, each weaker than the one before by the same share."""
    field, weight, share = np.zeros(shape, np.float32), 1.0, rng.uniform(0.4, 0.75)
    while longest > 3:
        field += weight * smooth_noise(shape, longest, noise)
        longest, weight = longest / 2, weight * share
    return field


def _clouds(shape: tuple[int, int], rng: random.Random, noise: np.random.Generator) -> np.ndarray:
    return _tinted(
        _octaves(shape, max(shape) * rng.uniform(0.2, 0.8), rng, noise), [color(rng) for _ in range(rng.randint(2, 5))]
    )


def _landscape(shape: tuple[int, int], rng: random.Random, noise: np.random.Generator) -> np.ndarray:
    """A sky above hills behind hills, each rougher than the one behind it."""
    height, width = shape
    down = np.repeat(np.linspace(0, 1, height, dtype=np.float32)[:, None], width, 1)
    scene = _tinted(down + 0.15 * _octaves(shape, width / 2, rng, noise), [color(rng), color(rng)])
    skyline = rng.uniform(0.2, 0.6)
    for step in range(rng.randint(1, 4)):
        ridge = skyline + 0.12 * step + 0.1 * _octaves((1, width), width / rng.uniform(1, 4), rng, noise)[0]
        hill = _tinted(_octaves(shape, width / rng.uniform(3, 12), rng, noise), [color(rng), color(rng)])
        scene = np.where((down > ridge)[..., None], hill, scene)
    return scene


def _surface(shape: tuple[int, int], rng: random.Random, noise: np.random.Generator) -> np.ndarray:
    """Cloth, wall, water, wood: stripes or bricks bent by noise, with grain."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    angle, pitch = rng.uniform(0, math.pi), rng.uniform(4, 60)
    bend = pitch * rng.uniform(0, 1.5) * smooth_noise(shape, pitch * rng.uniform(1, 5), noise)
    along, across = x * math.cos(angle) + y * math.sin(angle) + bend, y * math.cos(angle) - x * math.sin(angle) + bend
    waves = np.sin(math.tau * across / pitch)
    if rng.random() < 0.4:
        waves = np.maximum(waves, np.sin(math.tau * (along / pitch / rng.uniform(1, 3) + np.floor(across / pitch) / 2)))
    rough = rng.uniform(0.2, 2) * _octaves(shape, pitch * 2, rng, noise)
    return _tinted(waves * rng.uniform(0.1, 1) + rough, [color(rng) for _ in range(rng.randint(2, 3))])


def _studio(shape: tuple[int, int], rng: random.Random, noise: np.random.Generator) -> np.ndarray:
    """A sheet of paper, often white, with light that falls off."""
    ground = np.ones(3) if rng.random() < 0.6 else color(rng)
    return ground * (1 - rng.uniform(0, 0.15) * (1 + smooth_noise(shape, max(shape), noise)))[..., None]


def _with_thing(scene: np.ndarray, rng: random.Random, noise: np.random.Generator) -> np.ndarray:
    """Put a lit thing before a scene, its shadow beside it."""
    shape = scene.shape[:2]
    middle = rng.uniform(0.1, 0.9) * shape[1], rng.uniform(0.15, 0.9) * shape[0]
    radius = min(shape) * math.exp(rng.uniform(math.log(0.06), math.log(0.5)))
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    mask = _mask(rng.choice(("round", "angular", "grown", "grown")), shape, middle, radius, rng, noise)
    turn = rng.uniform(0, math.tau)
    lit = ((x - middle[0]) * math.cos(turn) + (y - middle[1]) * math.sin(turn)) / radius
    texture = rng.uniform(0, 0.6) * _octaves(shape, radius * rng.uniform(0.3, 2), rng, noise)
    thing = _tinted(lit + texture, [color(rng) * rng.uniform(0.1, 0.6), color(rng), color(rng) * 0.5 + 0.5])
    shadow = np.asarray(
        Image.fromarray((mask * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(radius * 0.15)), np.float32
    )
    shift = round(radius * 0.12)
    scene = scene * (1 - rng.uniform(0, 0.6) / 255 * np.roll(shadow, (shift, shift), (0, 1)))[..., None]
    return scene + mask[..., None] * (thing - scene)


def _mask(
    form: str, shape: tuple[int, int], middle: tuple[float, float], radius: float, rng: random.Random,
    noise: np.random.Generator,
) -> np.ndarray:  # fmt: skip
    """Where a thing is: (H, W) in 0..1."""
    if form == "grown":  # as leaves, animals and coasts are: a disc whose edge noise moves
        y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
        away = np.hypot(x - middle[0], y - middle[1]) / radius
        edge = 1 - away + rng.uniform(0.2, 0.7) * _octaves(shape, radius, rng, noise)
        return np.clip(edge * radius / rng.uniform(1, 6) + 0.5, 0, 1)
    image = Image.new("L", (shape[1] * 2, shape[0] * 2))
    if form == "round":
        flat = radius * rng.uniform(0.4, 1)
        ends = middle[0] - radius, middle[1] - flat, middle[0] + radius, middle[1] + flat
        ImageDraw.Draw(image).ellipse([2 * end for end in ends], 255)
    else:
        turns = sorted(rng.uniform(0, math.tau) for _ in range(rng.randint(3, 7)))
        reach = [radius * rng.uniform(0.6, 1.3) for _ in turns]
        corners = [
            (2 * middle[0] + 2 * r * math.cos(t), 2 * middle[1] + 2 * r * math.sin(t))
            for r, t in zip(reach, turns, strict=True)
        ]
        ImageDraw.Draw(image).polygon(corners, 255)
    return np.asarray(image.reduce(2), np.float32) / 255
