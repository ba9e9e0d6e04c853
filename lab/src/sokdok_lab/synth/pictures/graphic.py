"""Graphics that are none of the figures that can be parsed: icons, logos, screens, diagrams, codes, line drawings.

pixels = GraphicMaker(FontBook(folder), source).graphic(seed=7)     # (H, W, 3) uint8
"""

from __future__ import annotations

import math
import random
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.words import Source
from sokdok_lab.synth.pictures.photo import color, photo

OVERSAMPLING = 2  # shapes are drawn so many times larger
Draw = ImageDraw.ImageDraw
Ink = tuple[int, int, int]
_WORD_CHARS = 12


class GraphicMaker:
    """Draws graphics with the fonts of a book and the words of a source."""

    def __init__(self, book: FontBook, source: Source) -> None:
        self.book, self.source = book, source

    def graphic(self, seed: int | str) -> np.ndarray:
        """Draw one, about 100 to 900 pixels wide."""
        rng = random.Random(seed)
        draw = rng.choices(
            (self._icon, self._logo, self._screen, self._diagram, self._code, self._line_drawing, self._banner, _blank),
            (3, 3, 3, 4, 1, 2, 2, 1),
        )[0]
        return np.asarray(draw(rng).convert("RGB"))

    def _words(self, rng: random.Random, length: int) -> str:
        words = self.source.sample("en", length + _WORD_CHARS, rng).split()
        return " ".join(words[1:])[: max(1, length)].strip() or "a"

    def _font(self, rng: random.Random, size: float) -> ImageFont.FreeTypeFont:
        return self.book.pick(rng).style(rng.choice(("regular", "bold"))).at(max(5, size))

    def _icon(self, rng: random.Random) -> Image.Image:
        """A few filled shapes, or a letter large, on one colour or on a disc."""
        side = rng.randint(48, 260)
        image, draw = _sheet((side, side), rng)
        inks = [_ink(rng) for _ in range(rng.randint(1, 3))]
        if rng.random() < 0.5:
            form = draw.ellipse if rng.random() < 0.5 else draw.rectangle
            edge = rng.uniform(0, 0.2) * image.width
            form((edge, edge, image.width - edge, image.height - edge), inks[0])
        for _ in range(rng.randint(1, 6)):
            shape(draw, image.size, rng, rng.choice(inks) if rng.random() < 0.7 else (255, 255, 255))
        if rng.random() < 0.3:
            middle = image.width / 2, image.height / 2
            letter = self._words(rng, 3)[:1].upper()
            draw.text(middle, letter, _ink(rng), self._font(rng, image.width * rng.uniform(0.4, 0.8)), "mm")
        return image.reduce(OVERSAMPLING)

    def _logo(self, rng: random.Random) -> Image.Image:
        """A sign beside, above or without a word or two."""
        em = rng.randint(24, 120)
        font = self._font(rng, em * OVERSAMPLING)
        text = self._words(rng, rng.randint(3, 14))
        text = text.upper() if rng.random() < 0.4 else text
        width = font.getlength(text) / OVERSAMPLING
        beside = rng.random() < 0.6
        size = (round(width + em * (2.4 if beside else 1)), round(em * (1.8 if beside else 3)))
        image, draw = _sheet(size, rng)
        sign, left = em * OVERSAMPLING, em * OVERSAMPLING * (1.6 if beside else 0.5)
        for _ in range(rng.randint(1, 4)):
            x, y = (0.2 * sign, 0.4 * sign) if beside else (image.width / 2 - sign / 2, 0.2 * sign)
            shape(draw, (round(sign), round(sign)), rng, _ink(rng), (x, y))
        draw.text((left, image.height * (0.5 if beside else 0.75)), text, _ink(rng), font, "lm")
        return image.reduce(OVERSAMPLING)

    def _screen(self, rng: random.Random) -> Image.Image:
        """A program's window or a web page: bars, panels, buttons, a few words, perhaps a picture."""
        width, height = rng.randint(300, 900), rng.randint(200, 650)
        ground = _ink(rng) if rng.random() < 0.2 else _pale(rng)
        image = Image.new("RGB", (width, height), ground)
        draw, dark = ImageDraw.Draw(image), _ink(rng)
        em, text = rng.randint(9, 15), (40, 40, 45) if sum(ground) > 380 else (225, 225, 225)
        font = self._font(rng, em)
        bar = rng.randint(2 * em, 4 * em)
        draw.rectangle((0, 0, width, bar), dark)
        draw.text((em, bar / 2), self._words(rng, rng.randint(5, 25)), (240, 240, 240), font, "lm")
        if rng.random() < 0.6:
            side = rng.randint(8 * em, 16 * em)
            draw.rectangle((0, bar, side, height), _pale(rng))
            for y in range(bar + em, height - em, round(em * rng.uniform(1.8, 3))):
                draw.text((2.5 * em, y), self._words(rng, rng.randint(4, 12)), (60, 60, 70), font)
                draw.rectangle((em, y, 2 * em, y + em), _ink(rng))
        else:
            side = 0
        for _ in range(rng.randint(2, 9)):
            x, y = rng.randint(side, width - 4 * em), rng.randint(bar, height - 3 * em)
            wide, high = rng.randint(4 * em, 20 * em), rng.randint(2 * em, 9 * em)
            kind = rng.random()
            if kind < 0.35:
                draw.rounded_rectangle((x, y, x + wide, y + 2 * em), em / 2, _ink(rng))
                draw.text((x + em, y + em), self._words(rng, 8), (255, 255, 255), font, "lm")
            elif kind < 0.6:
                draw.rectangle((x, y, x + wide, y + high), _pale(rng), _ink(rng))
            elif kind < 0.75:
                image.paste(Image.fromarray(photo(rng)).resize((wide, high)), (x, y))
            else:
                for row in range(rng.randint(1, 5)):
                    draw.text((x, y + row * 1.5 * em), self._words(rng, rng.randint(10, 40)), text, font)
        return image

    def _diagram(self, rng: random.Random) -> Image.Image:
        """Boxes with words in them on a loose grid, joined by arrows."""
        columns, rows, em = rng.randint(1, 4), rng.randint(2, 4), rng.randint(9, 18)
        across, down = rng.randint(9 * em, 15 * em), rng.randint(5 * em, 8 * em)
        image, draw = _sheet((columns * across, rows * down), rng, white=0.85)
        font, scale = self._font(rng, em * OVERSAMPLING), OVERSAMPLING
        ink, width = (_ink(rng) if rng.random() < 0.4 else (20, 20, 20)), rng.randint(1, 3) * scale // 2 + 1
        fills = [_pale(rng) if rng.random() < 0.6 else None for _ in range(3)]
        places = [(c, r) for r in range(rows) for c in range(columns) if rng.random() < 0.8] or [(0, 0), (0, 1)]
        middles = [((c + 0.5) * across * scale, (r + 0.5) * down * scale) for c, r in places]
        for (x, y), end in pairwise(middles):  # straight or round a corner, with a head halfway, where no box hides it
            corner = (end[0], y) if rng.random() < 0.5 else end
            draw.line([(x, y), corner, end], ink, width)
            turn, middle = math.atan2(corner[1] - y, corner[0] - x), ((x + corner[0]) / 2, (y + corner[1]) / 2)
            ways = ((math.cos(turn + w), math.sin(turn + w)) for w in (0, 2.6, -2.6))
            draw.polygon([(middle[0] + 7 * width * u, middle[1] + 7 * width * v) for u, v in ways], ink)
        wide, high = across * scale * rng.uniform(0.28, 0.4), down * scale * rng.uniform(0.2, 0.34)
        form = rng.choice(("rectangle", "rectangle", "ellipse", "rounded"))
        for x, y in middles:
            box = (x - wide, y - high, x + wide, y + high)
            fill = rng.choice(fills) or (255, 255, 255)
            if form == "rounded":
                draw.rounded_rectangle(box, high / 2, fill, ink, width)
            else:
                (draw.ellipse if form == "ellipse" else draw.rectangle)(box, fill, ink, width)
            draw.text((x, y), self._words(rng, rng.randint(4, 12)), (20, 20, 20), font, "mm")
        return image.reduce(OVERSAMPLING)

    def _code(self, rng: random.Random) -> Image.Image:
        """Bars or squares such as machines read."""
        if rng.random() < 0.5:
            modules, step = rng.choice((21, 25, 29, 33)), rng.randint(3, 9)
            dots = np.random.default_rng(rng.getrandbits(32)).integers(0, 2, (modules, modules), np.uint8)
            for x, y in ((0, 0), (0, modules - 7), (modules - 7, 0)):
                dots[x : x + 7, y : y + 7] = 1
                dots[x + 1 : x + 6, y + 1 : y + 6] = 0
                dots[x + 2 : x + 5, y + 2 : y + 5] = 1
            pixels = np.kron(np.pad(dots, 2), np.ones((step, step), np.uint8))
        else:
            bars = np.random.default_rng(rng.getrandbits(32)).integers(0, 2, rng.randint(40, 95), np.uint8)
            pixels = np.pad(np.kron(bars, np.ones(rng.randint(2, 4), np.uint8)), 12)[None].repeat(
                rng.randint(40, 150), 0
            )
        return Image.fromarray(255 - 255 * pixels)

    def _line_drawing(self, rng: random.Random) -> Image.Image:
        """Curves as a pen draws things: closed and open, some filled."""
        size = rng.randint(120, 480), rng.randint(120, 480)
        image, draw = _sheet(size, rng, white=0.85)
        ink, width = (_ink(rng) if rng.random() < 0.3 else (15, 15, 15)), rng.randint(2, 7)
        for _ in range(rng.randint(3, 25)):
            points = _curve(image.size, rng)
            if rng.random() < 0.2:
                draw.polygon(points, _ink(rng) if rng.random() < 0.5 else ink)
            draw.line(points, ink, width, "curve")
        return image.reduce(OVERSAMPLING)

    def _banner(self, rng: random.Random) -> Image.Image:
        """Large words on a photograph or on colours that run into each other."""
        size = rng.randint(200, 800), rng.randint(80, 400)
        image = Image.fromarray(photo(rng)).resize(size)
        if rng.random() < 0.5:
            image = image.filter(ImageFilter.GaussianBlur(40))
        draw, em = ImageDraw.Draw(image), rng.uniform(0.08, 0.25) * size[1]
        for row in range(rng.randint(1, 3)):
            ink = (255, 255, 255) if rng.random() < 0.6 else _ink(rng)
            place = rng.uniform(0, 0.3) * size[0], size[1] * (0.15 + 0.27 * row)
            draw.text(place, self._words(rng, rng.randint(4, 20)), ink, self._font(rng, em))
        return image


def _ink(rng: random.Random) -> Ink:
    red, green, blue = (color(rng) * 235).astype(int).tolist()
    return red, green, blue


def _pale(rng: random.Random) -> Ink:
    red, green, blue = (255 - (1 - color(rng)) * rng.uniform(0, 60)).astype(int).tolist()
    return red, green, blue


def _sheet(size: tuple[int, int], rng: random.Random, white: float = 0.6) -> tuple[Image.Image, Draw]:
    """Begin a drawing in the large; `white`: share of them on white."""
    ground = (255, 255, 255) if rng.random() < white else _pale(rng) if rng.random() < 0.6 else _ink(rng)
    image = Image.new("RGB", (size[0] * OVERSAMPLING, size[1] * OVERSAMPLING), ground)
    return image, ImageDraw.Draw(image)


def _blank(rng: random.Random) -> Image.Image:
    """A sheet with nothing on it, or next to nothing: a rule, a spot, a frame."""
    size = rng.randint(20, 600), rng.randint(20, 600)
    image, draw = _sheet(size, rng)
    if rng.random() < 0.4:
        y = rng.randint(0, image.height)
        draw.line((0, y, image.width, y), _ink(rng), rng.randint(1, 12))
    if rng.random() < 0.2:
        draw.rectangle((2, 2, image.width - 4, image.height - 4), None, _ink(rng), rng.randint(1, 6))
    return image.reduce(OVERSAMPLING)


def shape(
    draw: Draw, size: tuple[int, int], rng: random.Random, ink: Ink | int, corner: tuple[float, float] = (0, 0)
) -> None:
    """Fill a round, straight or curved shape somewhere in a box."""
    (x, y), (width, height) = corner, size
    a, b = sorted(rng.uniform(0.05, 0.95) for _ in range(2)), sorted(rng.uniform(0.05, 0.95) for _ in range(2))
    box = (x + a[0] * width, y + b[0] * height, x + a[1] * width, y + b[1] * height)
    kind = rng.randrange(5)
    if kind == 0:
        draw.ellipse(box, ink)
    elif kind == 1:
        draw.rounded_rectangle(box, rng.uniform(0, 0.3) * min(box[2] - box[0], box[3] - box[1]), ink)
    elif kind == 2:
        draw.arc(box, rng.uniform(0, 360), rng.uniform(0, 360), ink, max(2, width // 12))
    elif kind == 3:
        points = [(x + rng.random() * width, y + rng.random() * height) for _ in range(rng.randint(3, 8))]
        draw.polygon(points, ink)
    else:
        draw.polygon([(x + u, y + v) for u, v in _curve(size, rng)], ink)


def _curve(size: tuple[int, int], rng: random.Random) -> list[tuple[float, float]]:
    """Points of a smooth curve: a few waves around a place, closed or not."""
    middle = rng.uniform(0.2, 0.8) * size[0], rng.uniform(0.2, 0.8) * size[1]
    reach, turn = rng.uniform(0.05, 0.4) * min(size), rng.uniform(0.3, 1) * math.tau
    waves = [(rng.uniform(-0.4, 0.4), rng.uniform(0, math.tau)) for _ in range(4)]
    begin, flat = rng.uniform(0, math.tau), rng.uniform(0.3, 1)
    points = []
    for step in range(49):
        t = begin + turn * step / 48
        far = reach * (1 + sum(w * math.sin((i + 1) * t + phase) for i, (w, phase) in enumerate(waves)))
        points.append((middle[0] + far * math.cos(t), middle[1] + far * flat * math.sin(t)))
    return points
