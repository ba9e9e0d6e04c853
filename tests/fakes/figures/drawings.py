"""A small drawing of each kind."""

import math
import random

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from sokdok_lab.synth.pages.words import Words


def canvas(width: int = 480, height: int = 360) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (width, height), "white")
    return image, ImageDraw.Draw(image)


def words(rng: random.Random, letters: int) -> str:
    return "".join(rng.choice("abcdefghiklmnorstuvwxyz    ") for _ in range(letters))


def chart() -> Image.Image:
    image, draw = canvas()
    draw.line([50, 20, 50, 320, 460, 320], fill="#666666")
    for i in range(6):
        draw.rectangle([75 + 64 * i, 320 - 40 * (i + 1), 110 + 64 * i, 320], fill="#4477bb")
        draw.text((70 + 64 * i, 330), f"name{i}", fill="black")
        draw.text((15, 310 - 50 * i), f"{i * 100}", fill="black")
    return image


def table() -> Image.Image:
    image, draw = canvas(520, 300)
    rng = random.Random(1)
    for row in range(10):
        for column in range(5):
            text = words(rng, 9) if column == 0 else str(rng.randint(100, 99999))
            draw.text((12 + 105 * column, 10 + 28 * row), text, fill="black")
    return image


def handwriting() -> Image.Image:
    maker = pytest.importorskip("sokdok_lab.synth.cursive.maker")
    return Image.fromarray(maker.CursiveMaker(Words(), {"en": 1}, lines=(8,)).page(2).pixels).convert("RGB")


def text() -> Image.Image:
    image, draw = canvas(560, 400)
    rng, font = random.Random(2), ImageFont.load_default(16)
    for row in range(16):
        draw.text((20, 15 + 23 * row), words(rng, 64 + rng.randint(-6, 6)), fill="#222255", font=font)
    return image


def geometry() -> Image.Image:
    image, draw = canvas()
    draw.polygon([(60, 300), (420, 300), (200, 50)], outline="black", width=2)
    draw.line([200, 50, 200, 300], fill="black", width=2)
    for name, place in zip("ABCD", [(40, 300), (430, 300), (200, 30), (195, 305)], strict=True):
        draw.text(place, name, fill="black")
    return image


def molecule() -> Image.Image:
    image, draw = canvas()
    for middle in (100, 169, 238, 307):
        ring = [(middle + 40 * math.sin(i * math.pi / 3), 180 + 40 * math.cos(i * math.pi / 3)) for i in range(6)]
        draw.polygon(ring, outline="black", width=2)
    draw.line([342, 160, 380, 140], fill="black", width=2)
    draw.text((384, 130), "OH", fill="black", font=ImageFont.load_default(16))
    return image


def picture() -> Image.Image:
    rng = np.random.default_rng(3)
    rough = Image.fromarray(rng.integers(0, 256, (9, 12, 3), np.uint8)).resize((480, 360), Image.Resampling.BICUBIC)
    return Image.fromarray((np.asarray(rough) * 0.8 + rng.integers(0, 50, (360, 480, 1))).astype(np.uint8))


DRAWN = {"chart": chart, "table": table, "text": text, "geometry": geometry, "molecule": molecule, "picture": picture}
