"""Joined handwriting: lines of one writer, with exact truth, on paper that was scanned or photographed.

    maker = CursiveMaker(Words(), {"en": 0.7, "ko": 0.3})
    page = maker.page(seed=7)     # pixels are (H, W), grey
    page.text, page.text_boxes

Fonts of hands (`synth.pages.strips`) are some two hundred writers; here each page has a writer of its own, and no
font is needed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from textwrap import wrap

import numpy as np
from PIL import Image, ImageDraw

from sokdok_lab.synth.cursive.writer import Writer, Written
from sokdok_lab.synth.pages.strips import PRINT_WEAR
from sokdok_lab.synth.pages.truth import Block, SyntheticPage
from sokdok_lab.synth.pages.words import Source

SIZES_PX = (8.0, 24.0)  # height of an x
LINES = (1, 2, 2, 3, 3, 4)  # how many of a page, one as likely as another
LENGTHS = (8, 24, 40, 60)  # characters of a line, one as likely as another
EMS = (2.4, 4.0)  # height of a symbol's box, in heights of an x
BELOW = 0.28  # share of it that is below the baseline
STROKES_EM = 0.5  # of its em has a font with strokes as thin: what blur spares them
WEAR = replace(PRINT_WEAR, pressed=(0.3, 0.015, 0.05))
RULED_SHARE, UNDERLINED_SHARE = 0.25, 0.03  # of sheets, with lines to write on; of words, with a line below
FINE = 2  # pixels of the drawing, each way, for one of the ink
ROUND_PX = 2.5  # width of a stroke, from which on its corners would show


@dataclass(frozen=True)
class CursiveMaker:
    """Writes words of a source, some of each of `kinds`; characters that no writer knows are left out.

    lines: how many of a page, one as likely as another.
    """

    source: Source
    kinds: Mapping[str, float]
    lines: Sequence[int] = LINES

    def page(self, seed: int | str) -> SyntheticPage:
        """Write a few lines; some 100 to 1,500 pixels wide."""
        rng = random.Random(seed)
        kind = rng.choices(list(self.kinds), list(self.kinds.values()))[0]
        sheet = _Sheet(Writer(rng, korean=kind == "ko"), rng)
        count, length = rng.choice(self.lines), rng.choice(LENGTHS)
        sampled = self.source.sample(kind, count * (length + 20) + 20, rng).split()[1:]
        known = list(filter(None, ("".join(filter(sheet.writer.knows, word)) for word in sampled)))
        wrapped = wrap(" ".join(known or ["1"]), length, break_long_words=False, break_on_hyphens=False)
        lines = [line.split() for line in wrapped[:count]]
        for words in lines:
            sheet.line(words)
        size = rng.uniform(*SIZES_PX)
        ink, damage = sheet.ink(size), rng.choice([0.0, 0.5, 1.0, 1.0, 1.5])
        pixels = WEAR(255 - ink, rng, damage=damage, unit=STROKES_EM * sheet.em * size)
        text = "".join(" ".join(words) + "\n" for words in lines)
        boxes = np.array(sheet.boxes, np.float32) * size
        return SyntheticPage(pixels, text, boxes, (Block("paragraph", 0, len(text)),))


@dataclass
class _Sheet:
    """What has been written, in heights of an x; x to the right, y downwards."""

    writer: Writer
    rng: random.Random
    curves: list[np.ndarray] = field(default_factory=list)
    boxes: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng = self.rng
        self.em, self.pitch, self.rise = rng.uniform(*EMS), rng.uniform(2.4, 4.6), rng.gauss(0, 0.02)
        self.baseline = 0.0

    def line(self, words: Sequence[str]) -> None:
        """Write a line below those that are there."""
        rng, writer = self.rng, self.writer
        if self.boxes:
            self.baseline += self.pitch
        x = rng.choice([0, 0, rng.uniform(0, 3)])
        for i, word in enumerate(words):
            y = self.baseline - self.rise * x + rng.gauss(0, 1.2 * writer.habits.unsteadiness)
            written = writer.word(word)
            self.curves += [np.array([x, y]) + curve * (1, -1) for curve in written.curves]
            if rng.random() < UNDERLINED_SHARE:
                below = y + rng.uniform(0.2, 0.7)
                self.curves.append(np.array([[x, below], [x + written.width, below + rng.gauss(0, 0.15)]]))
            behind = writer.habits.space * rng.uniform(0.7, 1.3)
            self._box(written, x, y, behind if i < len(words) - 1 else 0.0)
            x += written.width + behind
        self._add_box(x, x, y)  # the line feed

    def _box(self, written: Written, x: float, y: float, space: float) -> None:
        """Note the boxes of a word's letters and, if there is any, of the space behind it."""
        edges = [*written.starts, written.width, *([written.width + space] if space else [])]
        for begin, end in pairwise(edges):
            self._add_box(x + begin, x + end, y)

    def _add_box(self, begin: float, end: float, y: float) -> None:
        middle = 0.5 * self.writer.habits.slant  # half up an x its letters have moved so far
        top, bottom = y - (1 - BELOW) * self.em, y + BELOW * self.em
        self.boxes.append(np.array([begin + middle, top, end + middle, bottom]))

    def ink(self, size: float) -> np.ndarray:
        """Draw it with a pen, `size` pixels to an x: ink (H, W) uint8. What is written moves to the sheet's corner."""
        rng, points = self.rng, np.concatenate([*self.curves, np.array(self.boxes).reshape(-1, 2)])
        left, top = points.min(0) - [rng.uniform(0.2, 1.5), rng.uniform(0.1, 1.5)]
        self.curves = [curve - (left, top) for curve in self.curves]
        self.boxes = [box - (left, top, left, top) for box in self.boxes]
        width, height = points.max(0) - (left, top)
        width, height = float(width) + rng.uniform(0.2, 2), float(height) + rng.uniform(0.1, 1.5)
        shape = math.ceil(height * size), math.ceil(width * size)
        ink = draw(self.curves, Pen(rng), shape, size)
        if rng.random() < RULED_SHARE:  # pale lines to write on, as far apart as the lines are
            first = self.baseline - top + rng.choice([rng.uniform(0, 0.3), rng.uniform(0, self.pitch)])
            thick, tone, ink = rng.choice([1, 1, 2]), rng.randint(25, 130), ink.copy()
            for y in np.arange(first % self.pitch, shape[0] / size, self.pitch):
                spot = ink[round(y * size) : round(y * size) + thick]
                np.maximum(spot, tone, out=spot)
        return ink


class Pen:
    """A pencil, a ball, a pointed pen that pressure widens where it goes down, or a broad nib; in heights of an x."""

    def __init__(self, rng: random.Random) -> None:
        self.thin = rng.uniform(0.06, 0.2)
        self.thick = self.thin * rng.choice([1.0, rng.uniform(1.2, 3.0)])
        self.nib = rng.choice([None, None, rng.uniform(0.4, 1.1)])  # angle of a broad nib, radians
        self.faint = rng.choice([1.0, 1.0, rng.uniform(0.25, 1.0)])  # darkness of its thinnest strokes, as a share
        self.thirst = rng.choice([0.0, 0.0, 0.0013, 0.0033])  # darkness that each x of a stroke costs a dipped pen
        self.palest = rng.uniform(0.35, 0.8)  # darkness at which it is dipped again

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
