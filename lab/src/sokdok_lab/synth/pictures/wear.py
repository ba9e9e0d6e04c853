"""What becomes of a picture of a figure before it is read: cut, framed, coloured, photographed, pressed into JPEG."""

from __future__ import annotations

import math
import random

import numpy as np
from PIL import Image, ImageOps

from sokdok_lab.synth.pictures.photo import color
from sokdok_lab.synth.wear import Wear

LARGEST_PX, SMALLEST_PX = 420, 90  # longer side of what comes out, margins aside
WEAR = Wear(
    grey=0.12, lit=(0.25, 0.02, 0.15), noisy=(0.25, 0, 12), blurred=(0.3, 0.3, 1.3), jpeg=(0.4, 15, 90), inverted=0.08
)


def worn(image: Image.Image, rng: random.Random) -> Image.Image:
    """Wear an RGB picture; each kind of wear hits a share of them, so that some stay as they are."""
    if rng.random() >= 0.6:  # something is cut off the edges, as clumsy cropping does
        left, top, right, bottom = (rng.uniform(0, 0.1) if rng.random() < 0.5 else 0 for _ in range(4))
        width, height = image.size
        end = max(1, round((1 - right) * width)), max(1, round((1 - bottom) * height))
        image = image.crop((round(left * width), round(top * height), *end))
    # To a random size, hardly ever up, and the sides a little differently.
    side = math.exp(rng.uniform(math.log(SMALLEST_PX), math.log(LARGEST_PX)))
    scale = min(1.3, max(side, 0.25 * max(image.size)) / max(image.size))
    size = [max(16, round(side * scale * rng.uniform(0.9, 1.1))) for side in image.size]
    how = Image.Resampling.BOX if scale < 0.5 else Image.Resampling.BILINEAR
    image = _framed(image.resize((size[0], size[1]), how), rng)
    if rng.random() < 0.2:  # turned by some degrees, a few pictures by a quarter
        if rng.random() < 0.15:
            image = image.transpose(rng.choice((Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270)))
        else:
            degrees = rng.uniform(-4, 4)
            image = image.rotate(degrees, Image.Resampling.BILINEAR, expand=True, fillcolor=_ground(image))
    if rng.random() < 0.12:
        image = _askew(image, rng)
    return Image.fromarray(WEAR(np.asarray(_colored(image, rng)), rng))


def _ground(image: Image.Image) -> tuple[int, int, int]:
    red, green, blue = np.median(np.asarray(image)[::4, ::4].reshape(-1, 3), 0).astype(int).tolist()
    return red, green, blue


def _framed(image: Image.Image, rng: random.Random) -> Image.Image:
    """Add margins of the ground's colour, at times a rule around or a dark edge as scanners leave."""
    if rng.random() < 0.5:
        wide, high = (round(rng.uniform(0, 0.3) * side) for side in image.size)
        left, top = rng.randint(0, wide), rng.randint(0, high)
        image = ImageOps.expand(image, (left, top, wide - left, high - top), _ground(image))
    if rng.random() < 0.1:
        shade = rng.randint(0, 160)
        image = ImageOps.expand(image, rng.randint(1, 4), (shade, shade, shade))
    if rng.random() < 0.07:
        dark, side = rng.randint(0, 70), rng.randint(0, 3)
        border = [0, 0, 0, 0]
        border[side] = round(rng.uniform(0.01, 0.12) * image.width)
        image = ImageOps.expand(image, tuple(border), (dark, dark, dark))
    return image


def _askew(image: Image.Image, rng: random.Random) -> Image.Image:
    """Photograph it from the side, on a table."""
    width, height = image.size
    way = [(rng.uniform(-0.08, 0.08) * width, rng.uniform(-0.08, 0.08) * height) for _ in range(4)]
    corners = ((0, 0), (0, height), (width, height), (width, 0))
    quad = [at + by for corner, moved in zip(corners, way, strict=True) for at, by in zip(corner, moved, strict=True)]
    fill = tuple((color(rng) * 255).astype(int).tolist()) if rng.random() < 0.5 else _ground(image)
    return image.transform(image.size, Image.Transform.QUAD, quad, Image.Resampling.BILINEAR, fillcolor=fill)


def _colored(image: Image.Image, rng: random.Random) -> Image.Image:
    """Lay it out between two colours, make it pale, or as on old paper."""
    kind = rng.random()
    if kind < 0.15:
        dark, light = color(rng) * 110, 255 - (1 - color(rng)) * 60
        if rng.random() < 0.25:
            dark, light = light, dark
        shares = np.asarray(image.convert("L"), np.float32)[..., None] / 255
        return Image.fromarray((dark + shares * (light - dark)).astype(np.uint8))
    if kind < 0.25:
        return Image.fromarray(255 - np.uint8(rng.uniform(0.4, 0.9) * (255 - np.asarray(image))))
    if kind < 0.45:  # old paper
        tint = np.array((1, 1 - rng.uniform(0, 0.08), 1 - rng.uniform(0, 0.25))) * rng.uniform(0.75, 1)
        return Image.fromarray((np.asarray(image) * tint).astype(np.uint8))
    return image
