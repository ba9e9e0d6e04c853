"""Sheets of loose lines, each in a font and size of its own: what pages of running text (`synth.pages.maker`) lack.

- Posters and title pages: centred lines, capitals set wide, ornaments between them.
- Slides: a band with a title in white, points, cards with huge numbers.
- Receipts and forms: names and amounts at two margins, leaders, dashes, fields that are filled in by hand.
- Beside the text: ornaments, frames, hatching, blots, specks, pictures, and the table below a loose sheet.

    sheet = SheetMaker(FontBook(folder), FontBook(hands).hands, source, kinds, chars).sheet(seed=7)
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from PIL import Image, ImageDraw

from sokdok.imaging.box import Box
from sokdok_lab.synth.pages.fonts import Family, FontBook
from sokdok_lab.synth.pages.truth import SyntheticPage
from sokdok_lab.synth.pages.typeset import Align, Canvas, Line, Record, TextStyle, set_text
from sokdok_lab.synth.pages.words import Phrases, Source
from sokdok_lab.synth.pictures.graphic import shape
from sokdok_lab.synth.pictures.photo import photo
from sokdok_lab.synth.wear import photograph, smooth_noise

SIZES_PX = (10, 14, 20, 28, 40, 56, 80, 112, 160)  # of type, pixels an em: few, so that glyphs are found again
BASES_PX = (14, 14, 20, 20, 28)  # of a sheet's usual line
HAND_GROWTH = 1.5  # hands are written larger than print beside them
LOOSE_SHARE = 0.3  # share of the sheets that lie on something darker
PICTURE_SHARE = 0.12  # share of the sheets that are printed over a picture
MAX_LINES = 60
TRIES = 6  # places looked at for one that is free


class SheetMaker:
    """Draws sheets in the fonts of a book and in hands, which may be none; `kinds` and `chars` as in `PageMaker`."""

    def __init__(
        self, book: FontBook, hands: Sequence[Family], source: Source, kinds: Mapping[str, float], chars: frozenset[int]
    ) -> None:
        self.book, self.hands, self.source, self.kinds, self.chars = book, hands, source, dict(kinds), chars

    def sheet(self, seed: int | str) -> SyntheticPage:
        """Draw one sheet, grey."""
        rng = random.Random(seed)
        kind = rng.choices(list(self.kinds), list(self.kinds.values()))[0]
        korean = "ko" in kind and bool(self.book.korean)
        families = [self.book.pick(rng, korean=korean) for _ in range(rng.choice([1, 2, 4]))]
        hands = [hand for hand in self.hands if hand.korean or not korean]
        sheet = _Sheet(self, kind, families, rng.choice(hands) if hands else families[0], rng)
        rng.choice([sheet.poster, sheet.poster, sheet.slide, sheet.receipt, sheet.form])()
        return sheet.finished()


@dataclass
class _Sheet:
    maker: SheetMaker
    kind: str
    families: list[Family]
    hand: Family
    rng: random.Random
    record: Record = field(default_factory=Record)

    def __post_init__(self) -> None:
        rng = self.rng
        self.base = rng.choice(BASES_PX)
        self.width, self.height = round(self.base * rng.uniform(26, 60)), round(self.base * rng.uniform(30, 70))
        self.canvas, self.white = Canvas((self.width, self.height)), Canvas((self.width, self.height))
        self.margin = rng.uniform(0.6, 4) * self.base
        self.y = rng.uniform(0.5, 5) * self.base
        family = self.families[0]
        style = TextStyle(family.style("regular"), family.style("regular"), self.base)
        self.phrases = Phrases(self.maker.source, self.kind, self.maker.chars, style.covers, rng)
        self.picture = rng.random() < PICTURE_SHARE
        self.inverted = self.picture and rng.random() < 0.6

    @property
    def _full(self) -> bool:
        return self.y > self.height - 2 * self.base or len(self.record.texts) > MAX_LINES

    def finished(self) -> SyntheticPage:
        """The sheet with its clutter, as a camera has it."""
        rng = self.rng
        boxes = self.record.all_boxes()
        add_clutter(self.canvas.ink, boxes, rng)
        if self.picture:  # everything is printed over it: in white over a dark one, in black over a pale one
            tones, (low, high) = picture(*self.canvas.size, rng) / 255, (110, 255) if self.inverted else (0, 130)
            self.canvas.ink = np.maximum(self.canvas.ink, (low + tones * (high - low)).astype(np.uint8))
        np.minimum(self.canvas.ink, 255 - self.white.ink, out=self.canvas.ink)
        pixels, boxes = photograph(self.canvas.ink, boxes, self.canvas.size, 1.0, rng)
        if rng.random() < LOOSE_SHARE:
            pixels, boxes = on_background(pixels, boxes, rng)
        return self.record.page(pixels, boxes)

    def poster(self) -> None:
        """Centred lines, each in its own type, rules and ornaments between."""
        rng = self.rng
        align: Align = "center" if rng.random() < 0.75 else "left"
        spread = rng.uniform(0, 2)
        while not self._full:
            size = self._near(self.base * rng.choice([0.7, 0.8, 1, 1, 1.4, 2, 3, 5]))
            capitals = rng.random() < 0.5
            tracking = rng.choice([0.0, 0.0, rng.uniform(0, 0.25), rng.uniform(0.2, 0.9)])
            style = replace(
                self._style(size, rng.choice(["regular", "bold", "italic"])), align=align, tracking=tracking
            )
            count = rng.choice([1, 1, 1, 2, 3, 6])
            self._paragraph(self._words(rng.randint(2, 30) * count, capitals), style, count, "paragraph")
            self.y += rng.uniform(0, 1 + spread) * self.base
            if rng.random() < 0.25:  # a rule in the middle, or two
                half, thick = self.width * rng.uniform(0.05, 0.45), rng.choice([1, 1, 2, 4])
                for _ in range(rng.choice([1, 1, 2])):
                    ends = self.width / 2 - half, self.y, self.width / 2 + half, self.y + thick
                    self.canvas.rectangle(Box(*ends), rng.randint(120, 255))
                    self.y += thick + 3
                self.y += 0.5 * self.base

    def slide(self) -> None:
        """A title, often on a dark band, points in large type, cards with huge numbers."""
        rng = self.rng
        self.width, self.height = max(self.width, self.height), min(self.width, self.height)
        self.canvas, self.white = Canvas((self.width, self.height)), Canvas((self.width, self.height))
        style = self._style(self._near(self.base * rng.uniform(1.6, 3.2)), rng.choice(["regular", "bold"]))
        band = rng.random() < 0.5
        if band:
            self.canvas.rectangle(Box(0, 0, self.width, self.y + 1.6 * style.size), rng.randint(130, 255))
        self._paragraph(self._words(rng.randint(4, 30)), style, 1, "title", inverted=band)
        self.y += rng.uniform(1, 2) * self.base
        point = self._style(self._near(self.base * rng.uniform(1, 1.8)), "regular")
        while not self._full:
            if rng.random() < 0.25:
                self._cards()
                continue
            mark = rng.choice(["• ", "• ", "- ", "", "1. ", "✓ "])
            self._paragraph(mark + self._words(rng.randint(8, 70)), point, rng.choice([1, 1, 2]), "list")
            self.y += rng.uniform(0.2, 1.4) * point.size

    def receipt(self) -> None:
        """Names at the left, amounts at the right, dashes between groups."""
        rng = self.rng
        style = self._style(self.base, rng.choice(["regular", "regular", "bold"]))
        leading = rng.uniform(1.1, 1.9)
        for _ in range(rng.randint(1, 4)):
            self._paragraph(self._words(rng.randint(6, 26)), replace(style, align="center"), 1, "paragraph")
        while not self._full:
            if rng.random() < 0.15:
                step = rng.choice([4, 8, 12])
                self._segments(self.margin, self.width - self.margin, self.y + 0.5 * style.size, step, 0.6 * step)
                self.y += style.size
            row = [(self._words(rng.randint(3, 16)), 0.0, "left")]
            if rng.random() < 0.4:
                row.append((str(rng.randint(1, 20)), 0.6, "right"))
            row.append((self.phrases.number(), 1.0, "right"))
            large = self._style(self._near(self.base * 1.4), "bold") if rng.random() < 0.1 else style
            if rng.random() < 0.1:
                self._paragraph(self._words(rng.randint(12, 40)), style, 2, "paragraph")
            else:
                self._row(row, large)
            self.y += (leading - 1) * style.size

    def form(self) -> None:
        """Labels and fields to fill in: on lines, in boxes, by hand or not at all."""
        rng = self.rng
        label = self._style(self._near(self.base * rng.choice([0.8, 1])), "regular")
        size = self._near(self.base * HAND_GROWTH)
        hand = TextStyle(self.hand.style("regular"), self.hand.style("regular"), size)
        while not self._full:
            if rng.random() < 0.15:
                self._paragraph(self._words(rng.randint(30, 200)), label, rng.randint(1, 4), "paragraph")
                self.y += 0.6 * self.base
                continue
            columns = rng.choice([1, 1, 2, 3])
            width = (self.width - 2 * self.margin) / columns
            for i in range(columns):
                left = self.margin + i * width
                self._field(Box(left, self.y, left + 0.95 * width, self.y + 1.3 * size), label, hand)
            self.y += 1.3 * size + rng.uniform(0.1, 1) * self.base

    def _field(self, box: Box, label: TextStyle, hand: TextStyle) -> None:
        """A label on a line or in a box, with what is filled in behind it, if anything."""
        rng = self.rng
        if rng.random() < 0.4:
            self._outline(box)
        else:
            self.canvas.rectangle(Box(box.left, box.bottom, box.right, box.bottom), 200)
        inner, y = box.left + 0.3 * self.base, box.top + 0.85 * box.height
        line = self._line(self._words(rng.randint(3, 14)), label, inner, "left", 0.45 * box.width, y)
        self._write([line], "table")
        start = line.end + 0.6 * self.base
        free = box.right - start
        if rng.random() < 0.75 and free > 2 * hand.size:
            filled = self.phrases.number() if rng.random() < 0.3 else self._words(rng.randint(3, 20))
            style = hand if rng.random() < 0.75 else label
            y = box.top + box.height * rng.uniform(0.75, 0.95)
            self._write([self._line(filled, style, start, "left", free, y)], "table")

    def _cards(self) -> None:
        """Some boxes beside each other, a huge number and a small caption in each."""
        rng = self.rng
        count, size = rng.choice([1, 2, 3, 3, 4]), self._near(self.base * rng.uniform(2.2, 6))
        width = (self.width - 2 * self.margin) / count
        huge, small = self._style(size, rng.choice(["regular", "bold"])), self._style(self.base, "regular")
        boxed = rng.random() < 0.6
        for i in range(count):
            left = self.margin + (i + 0.04) * width
            if boxed:
                self._outline(Box(left, self.y, left + 0.92 * width, self.y + 1.4 * size + 2 * self.base))
            number = self._line(self.phrases.number(), huge, left, "center", 0.92 * width, self.y + 1.1 * size)
            self._write([number], "paragraph")
            caption = self._words(rng.randint(3, 18))
            y = self.y + 1.3 * size + self.base
            self._write([self._line(caption, small, left, "center", 0.92 * width, y)], "paragraph")
        self.y += 1.4 * size + 3 * self.base

    def _row(self, texts: list[tuple[str, float, str]], style: TextStyle) -> None:
        """Texts on one baseline: each a block, since each is read by itself."""
        room = self.width - 2 * self.margin
        end = self.margin
        for text, at, align in texts:
            width = room * (0.5 if at in (0.0, 1.0) else 0.15)
            left = self.margin if align == "left" else self.margin + at * room - width
            line = self._line(text, style, left, align, width, self.y + style.size)  # type: ignore[arg-type]
            if line.x[0] > end or align == "left":
                self._write([line], "table")
                if align == "right" and self.rng.random() < 0.15:
                    em, y = style.size, self.y + 0.95 * style.size
                    ends = end + 0.5 * em, float(line.x[0]) - 0.5 * em
                    self._segments(*ends, y, max(4, 0.35 * em), max(1, 0.08 * em))
                end = line.end
        self.y += style.pitch

    def _paragraph(self, text: str, style: TextStyle, count: int, kind: str, *, inverted: bool = False) -> None:
        lines = set_text(_shown(text, style), style, self.width - 2 * self.margin, self.rng)[:count]
        if self.y + len(lines) * style.pitch > self.height:
            self.y = float(self.height)
            return
        placed = [line.moved(self.margin, self.y + style.size + i * style.pitch) for i, line in enumerate(lines)]
        self._write(placed, kind, inverted=inverted)
        self.y += len(lines) * style.pitch

    def _line(self, text: str, style: TextStyle, left: float, align: Align, width: float, y: float) -> Line:
        return set_text(_shown(text, style), replace(style, align=align), width, self.rng)[0].moved(left, y)

    def _write(self, lines: list[Line], kind: str, *, inverted: bool = False) -> None:
        lines = [line for line in lines if line.text.strip() and line.x[0] >= 0 and line.end < self.width]
        for line in lines:
            (self.white if inverted or self.inverted else self.canvas).line(line)
        if lines:
            self.record.add(lines, kind)

    def _words(self, length: int, capitals: bool = False) -> str:
        text = self.phrases.take(max(length, 2))
        return (text.upper() if capitals else text) or "1"

    def _style(self, size: float, slant: str) -> TextStyle:
        family = self.rng.choice(self.families)
        return TextStyle(family.style(slant), family.style(slant), size, leading=self.rng.uniform(1.05, 1.5))

    def _near(self, size: float) -> int:
        return min(SIZES_PX, key=lambda known: abs(known - size))

    def _segments(self, left: float, right: float, y: float, step: float, length: float) -> None:
        for x in np.arange(left, right, step):
            self.canvas.rectangle(Box(x, y, x + length, y + max(1, 0.06 * self.base)), 220)

    def _outline(self, box: Box) -> None:
        left, top, right, bottom = box
        for x, y, x1, y1 in ((*box[:3], top), (left, bottom, *box[2:]), (left, top, left, bottom), (right, *box[1:])):
            self.canvas.rectangle(Box(x, y, x1, y1), 170)


def _shown(text: str, style: TextStyle) -> str:
    """A text without what its fonts lack."""
    return "".join(char for char in text if char == " " or style.covers(char)).strip() or "1"


# --- what is seen beside text ---


def add_clutter(ink: np.ndarray, taken: np.ndarray, rng: random.Random) -> None:
    """Draw some ornaments and pictures on ink (H, W) uint8 where no box of `taken` (N, 4) is, and specks anywhere."""
    height, width = ink.shape
    if rng.random() < 0.15:  # one to three lines around everything
        box = Box.around(taken.tolist()) if len(taken) else Box(0, 0, *ink.shape[::-1])
        image, away = Image.fromarray(ink), rng.uniform(6, 30)
        for _ in range(rng.choice([1, 2, 3])):
            outline, thick = rng.randint(90, 255), rng.choice([1, 1, 2, 5])
            ImageDraw.Draw(image).rectangle(tuple(box.grown(away)), outline=outline, width=thick)
            away += rng.uniform(3, 8)
        ink[:] = np.asarray(image)
    for _ in range(rng.choice([0, 0, 1, 2, 4, 8])):
        side = rng.choice([14, 24, 40, 80, 160, 300, 500])
        w, h = (min(round(side * rng.uniform(0.4, 1.6)), size // 2) for size in (width, height))
        place = _free(w, h, (width, height), taken, rng)
        if place is None or min(w, h) < 4:
            continue
        piece = rng.choice([_ornament, _ornament, _ornament, picture, picture])(w, h, rng)
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
    torn = rng.choice([0.0, 0.5, 2.0]) * smooth_noise((4, max(shape)), 8, noise)
    down, across = torn[:2, : shape[0], None], torn[2:, : shape[1]]
    rows, columns = np.arange(shape[0])[:, None], np.arange(shape[1])
    mask = (columns >= left + down[0]) & (columns < left + width + down[1])
    mask &= (rows >= top + across[0]) & (rows < top + height + across[1])
    inside = np.full(shape, int(np.median(pixels[::8, ::8])), np.uint8)
    inside[top : top + height, left : left + width] = pixels
    shown = np.where(mask, inside, ground.astype(np.uint8))
    return shown, boxes + np.array([left, top, left, top], np.float32)


def _free(w: int, h: int, size: tuple[int, int], taken: np.ndarray, rng: random.Random) -> tuple[int, int] | None:
    for _ in range(TRIES):
        x, y = rng.randint(0, size[0] - w), rng.randint(0, size[1] - h)
        meets = (taken[:, 0] < x + w) & (taken[:, 2] > x) & (taken[:, 1] < y + h) & (taken[:, 3] > y)
        if not meets.any():
            return x, y
    return None


def _ornament(w: int, h: int, rng: random.Random) -> np.ndarray:
    """Curves, discs, stars, arcs: some of each."""
    image, dark = Image.new("L", (w, h)), rng.randint(100, 255)
    for _ in range(rng.choice([1, 2, 4, 8])):
        shape(ImageDraw.Draw(image), (w, h), rng, dark)
    return np.asarray(image)


def picture(w: int, h: int, rng: random.Random) -> np.ndarray:
    """A photograph in grey, at times screened."""
    tones = np.asarray(Image.fromarray(photo(rng)).convert("L").resize((w, h)))
    if rng.random() < 0.2:
        pitch = rng.uniform(2.5, 5)
        y, x = np.mgrid[:h, :w]
        tones = np.where(tones / 255 > 0.5 + 0.5 * np.sin(x * math.tau / pitch) * np.sin(y * math.tau / pitch), 255, 0)
    return tones.astype(np.uint8)
