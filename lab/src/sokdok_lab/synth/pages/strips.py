"""Strips: one line or a few, each strip in a font of its own, worn as prints, scans, receipts and faxes are.

Pages (`synth.pages.maker`) teach what stands around a line; strips teach diversity. A strip costs a few milliseconds,
so that every window of a batch may have its own font, size, script and damage. Fonts drawn after hands are written
unevenly: no hand keeps its line, its height and its width.

    maker = StripMaker(FontBook(folder), FontBook(hands).hands, source, kinds, chars)
    maker.strip(seed=7), maker.letter(seed=7, kinds={"en": 1})
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from sokdok.errors import InputError
from sokdok.pages.hangul import is_syllable
from sokdok_lab.synth.pages.fonts import Family, FontBook, pick
from sokdok_lab.synth.pages.truth import Block, SyntheticPage
from sokdok_lab.synth.pages.typeset import (
    ASCENT_EM,
    Canvas,
    Line,
    TextStyle,
    emphasise,
    set_notes,
    set_text,
    symbol_boxes,
)
from sokdok_lab.synth.pages.words import Source
from sokdok_lab.synth.pictures.graphic import shape
from sokdok_lab.synth.wear import Wear, displacement, press, smooth_noise, warp, warp_boxes

SIZES_PX = (14, 20, 28, 40)  # of a drawing, pixels per em
SLANT, LETTER_SLANT = 0.58, 0.12  # most that a hand leans, and the lines of a letter with it: tangents
EM_RANGES_PX = ((6.5, 14), (14, 30), (30, 48))
PRINT_WEAR = Wear(  # of ink on paper as a scanner, a fax, a camera or a screen has it; lengths in ems
    pressed=(0.2, 0.015, 0.05), ghost=(0.1, 0.1, 0.4), blurred=(0.3, 0.02, 0.075), toned=(0.6, (0, 130), (170, 255)),
    lit=(0.2, 0.02, 0.12), noisy=(0.25, 2, 22), specked=(0.05, 0, 0.02), jpeg=(0.25, 12, 80), inverted=0.06,
)  # fmt: skip
POOR_EMS_PX = ((6.5, 10), (9, 16), (15, 34))  # 5 to 8 point at 100 dpi and less; usual type of a receipt; larger
POOR_WEAR = Wear(  # of what is left of it on paper, lengths in ems
    pressed=(0.15, 0.015, 0.05), ghost=(0.1, 0.1, 0.4), blurred=(0.35, 0.02, 0.07), toned=(0.7, (0, 170), (185, 255)),
    lit=(0.25, 0.05, 0.2), shaded=(0.15, 0.2, 0.55), noisy=(0.25, 2, 20), specked=(0.1, 0, 0.02), jpeg=(0.4, 20, 50),
    inverted=0.08,
)  # fmt: skip
PRINTERS = {"needles": (9, 14, 1.0, 0.53), "thermal head": (14, 26, 1.0, 0.65), "fax": (15, 36, 0.96, 1.0),
            "coarse fax": (22, 36, 0.5, 1.0)}  # fmt: skip
"""dots an em across, at least and at most (a fax has 5 to 12 points at 204 dpi), share of them down, their radius"""
BITMAP_SHARE = 0.3  # of poor print is in bitmap faces
BITMAPS_PX = (10, 12, 14, 16, 18, 20, 24)  # of a bitmap face, dots an em
FINE_DOTS = 16  # dots an em, across and down, with which Hangul's strokes still stand apart
DOT_PX = 4  # of a dot where it is drawn
WIDTHS = {"hand": [(0.85, 1.8)], "print": [(0.85, 1.2)], "poor": [(0.7, 1.2), (0.7, 1.2), (0.4, 0.8), (1.2, 2.0)]}
"""of letters, as multiples of their own; printers of receipts have letters of twice the height or width"""
WRITTEN_SHARE = 0.15  # of strips, in a hand
HAND_EMS_PX = (20.0, 48.0)  # least and greatest size of writing
DAMAGES = (0.0, 0.5, 1.0, 1.0, 1.0, 2.0)  # one as likely as another
LETTER_LINES = (1, 1, 1, 2, 3, 4, 5, 6, 8)  # how many of a letter, one as likely as another
EMPHASISED_SHARE = 0.25  # of strips, some words of whose lines are bold or italic
CODE_KINDS = ("code", "commands", "ids", "receipts")
POOR_KINDS, POOR_SHARE = ("receipts", "receipts ko"), 0.08  # of text always in poor print; of strips of other kinds
FIXED_PITCH_SHARE = 0.65  # of strips of these kinds: their letters are of one width
NOTED_KINDS = ("en", "print", "ko", "official ko", "references", "accents", "capitals")
NOTED_SHARE = 0.12  # of strips of these kinds: words have marks of notes
ALONE_SHARE = 0.05  # of strips in print: a digit or a letter by itself, as in the cells of a table
MOST_FONTS_TRIED = 25  # fonts looked at for one that has all letters
RESAMPLING = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS, Image.Resampling.BOX)


@dataclass(frozen=True)
class Wanted:
    """What a strip shall be."""

    kind: str  # of text
    hand: bool  # written, not printed
    ems: tuple[float, float]  # least and greatest size, pixels per em
    damage: float = 1.0  # as a multiple of the usual
    poor: bool = False  # as receipts, faxes and copies of forms are printed
    lines: Sequence[int] = (1, 1, 2, 3)  # how many, one as likely as another
    lean: float = SLANT  # most that writing leans, lines and all; a tangent
    widths_em: Sequence[int] = (6, 14, 30, 45)  # of its lines, one as likely as another


@dataclass(frozen=True)
class StripMaker:
    """Sets strips in the fonts of a book, or in the hands, with the words of a source.

    kinds: weight of each kind of text. chars: code points that may appear. written: share of strips in a hand, if any.
    """

    book: FontBook
    hands: Sequence[Family]
    source: Source
    kinds: Mapping[str, float]
    chars: frozenset[int]
    written: float = WRITTEN_SHARE

    def strip(self, seed: int | str, wanted: Wanted | None = None) -> SyntheticPage:
        """A strip; about 100 to 1,500 pixels wide."""
        rng = random.Random(seed)
        wanted = wanted or self._wanted(rng)
        em = rng.choice(SIZES_PX[1:] if wanted.hand else SIZES_PX)
        bitmap = wanted.poor and rng.random() < BITMAP_SHARE
        if bitmap:
            em = rng.choice(BITMAPS_PX[-4:] if wanted.kind.endswith("ko") else BITMAPS_PX)
        lines, canvas = self._set(wanted, em, bitmap, rng)
        text, boxes = symbol_boxes(lines)
        ink = canvas.ink
        if bitmap:
            ink, boxes, em = in_dots(ink > 0, 0.53 if em < FINE_DOTS else 0.65, rng), boxes * DOT_PX, em * DOT_PX
        ink, boxes = _distorted(ink, boxes, em, wanted, rng)
        ink = ink.copy()
        _rule(ink, boxes, em, wanted, rng)
        if wanted.poor:
            ink = poor_print(ink, em, any(map(is_syllable, text)), bitmap, rng)
        scale = rng.uniform(*wanted.ems) / em
        widths = WIDTHS["hand" if wanted.hand else "poor" if wanted.poor and text.isascii() else "print"]
        across = scale * rng.uniform(*rng.choice(widths))
        size = max(8, round(ink.shape[1] * across)), max(8, round(ink.shape[0] * scale))
        image = Image.fromarray(ink).resize(size, rng.choice(RESAMPLING))
        boxes = boxes * np.array([size[0] / ink.shape[1], size[1] / ink.shape[0]] * 2, np.float32)
        wear = POOR_WEAR if wanted.poor else PRINT_WEAR
        pixels = wear(255 - np.asarray(image), rng, damage=wanted.damage, unit=em * scale)
        return SyntheticPage(pixels, text, boxes.astype(np.float32), (Block("paragraph", 0, len(text)),))

    def letter(self, seed: int | str, kinds: Mapping[str, float], lines: Sequence[int] = LETTER_LINES) -> SyntheticPage:
        """A line or a paragraph in a hand, of one of `kinds`. Raises InputError where no hand has their letters."""
        rng, korean = random.Random(f"letter {seed}"), any(hand.korean for hand in self.hands)
        known = {kind: weight for kind, weight in kinds.items() if kind == "en" or korean}
        if not known:
            raise InputError("no handwriting font has Hangul; lab/scripts/fetch_fonts.py --handwriting fetches some")
        kind, damage = rng.choices(list(known), list(known.values()))[0], rng.choice(DAMAGES)
        wanted = Wanted(kind, True, HAND_EMS_PX, damage, lines=lines, lean=LETTER_SLANT, widths_em=(8, 12, 16, 22))
        return self.strip(seed, wanted)

    def _wanted(self, rng: random.Random) -> Wanted:
        hand = rng.random() < self.written and bool(self.hands)
        kind = rng.choices(list(self.kinds), list(self.kinds.values()))[0]
        if hand:
            kind = rng.choices(
                ["en", "print", "ko", "numbers", "letters", "accents", "capitals"], [9, 4, 5, 2, 1, 1, 1]
            )[0]
        poor = not hand and (kind in POOR_KINDS or rng.random() < POOR_SHARE)
        ems = HAND_EMS_PX if hand else rng.choices(POOR_EMS_PX if poor else EM_RANGES_PX, [35, 45, 20])[0]
        return Wanted(kind, hand, ems, rng.choice(DAMAGES), poor)

    def _set(self, wanted: Wanted, em: int, bitmap: bool, rng: random.Random) -> tuple[list[Line], Canvas]:
        """Lines on their baselines and the canvas they are drawn on; the paper may cut what stands above and below."""
        count, width = rng.choice(wanted.lines), em * rng.choice(wanted.widths_em)
        text = self._text(wanted.kind, int(count * width / (0.4 * em)) + 8, rng)
        noted = wanted.kind in NOTED_KINDS and not wanted.hand and rng.random() < NOTED_SHARE
        text = with_notes(text, rng) if noted else text
        style, emphasis, text = self._style(text, wanted, em, rng)
        style, emphasis = replace(style, bitmap=bitmap), replace(emphasis, bitmap=bitmap)
        lines = set_text(text or "1", style, width, rng)[:count]
        if noted:
            lines = [set_notes(line, rng) for line in lines]
        elif rng.random() < EMPHASISED_SHARE:
            lines = [emphasise(line, emphasis, rng) for line in lines]
        left, top = rng.uniform(0.3, 2) * em, rng.uniform(0.05, 1.2) * em
        lines = [line.moved(left, top + ASCENT_EM * em + i * style.pitch) for i, line in enumerate(lines)]
        right = max(line.end for line in lines) + rng.uniform(0.3, 2) * em
        canvas = Canvas((round(right), round(lines[-1].y + rng.uniform(0.3, 1.4) * em)))
        for line in lines:
            canvas.line(line)
        return lines, canvas

    def _text(self, kind: str, length: int, rng: random.Random) -> str:
        """Text of a kind in characters of the alphabet, at times only a word or two."""
        sampled = " ".join(self.source.sample(kind, length + 40, rng).split())
        kept = "".join(c for c in sampled if ord(c) in self.chars)
        words = " ".join(kept.split()).split(" ")[1:] or ["1"]
        if rng.random() < ALONE_SHARE:
            return rng.choice("0123456789" if rng.random() < 0.7 else words[0])
        if rng.random() < 0.15:
            words = words[: rng.randint(1, 3)]
        return " ".join(words)[:length].strip() or "1"

    def _style(self, text: str, wanted: Wanted, em: int, rng: random.Random) -> tuple[TextStyle, TextStyle, str]:
        """How to set a text and words of it that stand out, and the text in what letters the style has."""
        letters, best, missing = set(text) - {" "}, None, set[str]()
        for _ in range(MOST_FONTS_TRIED):
            style, emphasis = self._font(letters, wanted, em, rng)
            lacks = {c for c in letters if not style.covers(c)}
            if best is None or len(lacks) < len(missing):
                best, missing = (style, emphasis), lacks
            if not missing:
                break
        assert best is not None
        return *best, " ".join("".join(c for c in text if c not in missing).split())

    def _font(self, letters: set[str], wanted: Wanted, em: int, rng: random.Random) -> tuple[TextStyle, TextStyle]:
        """A style, and another of the same family."""
        korean = any(map(is_syllable, letters))
        if wanted.kind == "han" and self.book.han:
            family, other = self.book.pick(rng), pick(self.book.han, rng)
        elif wanted.kind in CODE_KINDS and self.book.fixed_pitch and rng.random() < FIXED_PITCH_SHARE:
            family = other = pick(self.book.fixed_pitch, rng)
        elif wanted.hand:
            hands = [hand for hand in self.hands if hand.korean] if korean else self.hands
            family = other = rng.choice(hands)
        else:
            family = other = self.book.pick(rng, korean=korean)
            if korean and rng.random() < 0.5:
                family = self.book.pick(rng)
        slant, slant_of_emphasis = rng.choices(["regular", "bold", "italic", "bold italic"], [12, 3, 3, 1], k=2)
        style = TextStyle(
            family.style(slant),
            other.style(slant),
            size=em,
            leading=rng.uniform(1.0, 1.8),
            tracking=rng.choice([0.0, 0.0, rng.uniform(-0.06, 0.02), rng.uniform(-0.03, 0.2)]),
            word_space=rng.choice([1.0, rng.uniform(0.6, 1.0), rng.uniform(0.8, 2.0)]),
            break_hangul=rng.random() < 0.5,
            ligatures=rng.random() < 0.5,
        )
        return style, replace(style, latin=family.style(slant_of_emphasis), korean=other.style(slant_of_emphasis))


def with_notes(text: str, rng: random.Random) -> str:
    """Put marks of notes and numbers behind some words."""
    forms = ["{}", "{}", "{}", "{},{}", "{},{},4", "{}–{}", "{})", "{})", "*", "†", "‡"]

    def note() -> str:
        return rng.choice(forms).format(rng.randint(1, rng.choice([9, 9, 40])), rng.randint(1, 9))

    return " ".join(word + note() if word and rng.random() < 0.3 else word for word in text.split(" "))


def _distorted(
    ink: np.ndarray, boxes: np.ndarray, em: float, wanted: Wanted, rng: random.Random
) -> tuple[np.ndarray, np.ndarray]:
    """Leaning, and drawn out of shape elastically; hands more often and farther than print."""
    lean = rng.uniform(-wanted.lean, wanted.lean) if wanted.hand else rng.uniform(-0.3, 0.3)
    if rng.random() < (0.6 if wanted.hand else 0.1):
        ink, boxes = sheared(ink, boxes, lean)
    if rng.random() < (0.7 if wanted.hand else 0.08 * wanted.damage):
        noise = np.random.default_rng(rng.getrandbits(64))
        cell, reach = em * rng.uniform(0.5, 2.5), em * rng.uniform(0.01, 0.05)
        offsets = displacement(ink.shape, cell, reach, noise)  # type: ignore[arg-type]
        if wanted.hand:  # no hand keeps its line, its height and its width
            cell, reach = em * rng.uniform(2, 6), em * rng.uniform(0.0, 0.15)
            offsets += displacement(ink.shape, cell, reach, noise)  # type: ignore[arg-type]
        ink, boxes = warp(ink, offsets).astype(np.uint8), warp_boxes(boxes, offsets)
    return ink, boxes


def sheared(ink: np.ndarray, boxes: np.ndarray, lean: float) -> tuple[np.ndarray, np.ndarray]:
    """Ink (H, W) uint8 and boxes (N, 4), moved right by `lean` pixels a pixel upwards about the first box's middle."""
    height, width = ink.shape
    middle = float(boxes[0, 1] + boxes[0, 3]) / 2
    rim = round(abs(lean) * height)
    image = Image.fromarray(np.pad(ink, ((0, 0), (rim, rim))))
    data = (1, lean, -lean * middle, 0, 1, 0)
    moved = image.transform(image.size, Image.Transform.AFFINE, data, Image.Resampling.BILINEAR)
    shift = rim - lean * ((boxes[:, 1] + boxes[:, 3]) / 2 - middle)
    return np.asarray(moved), boxes + np.stack([shift, 0 * shift, shift, 0 * shift], 1).astype(np.float32)


RULES = {"below": 7, "through": 3, "box": 5, "cells": 3, "comb": 1, "": 81}
"""rules under a line, through it, around it, its words or its symbols, and none: in how many of 100 strips"""


def _rule(ink: np.ndarray, boxes: np.ndarray, em: float, wanted: Wanted, rng: random.Random) -> None:
    """Draw rules of tables and forms, which may touch the letters; the symbols are the same."""
    weights = [weight * (0.4 if wanted.poor and not kind else 1) for kind, weight in RULES.items()]
    kind = rng.choices(list(RULES), weights)[0]
    line = boxes[rng.randrange(len(boxes))]
    row = boxes[np.abs(boxes[:, 1] - line[1]) < 0.3 * em]
    if not kind or (kind == "through" and rng.random() > wanted.damage):
        return
    thick, dark = max(1, round(em * rng.uniform(0.03, 0.1))), rng.randint(100, 255)
    top, bottom = line[1] - em * rng.uniform(-0.1, 0.35), line[3] + em * rng.uniform(-0.2, 0.4)
    left, right = row[0, 0] - em * rng.uniform(0.02, 0.6), row[-1, 2] + em * rng.uniform(0.02, 0.6)
    rows = {"below": [bottom], "through": [line[1] + em * rng.uniform(0.42, 0.62)]}.get(kind, [top, bottom])
    columns = [left, right] if kind in ("box", "cells", "comb") else []
    gaps = zip(row[:-1, 2].tolist(), row[1:, 0].tolist(), strict=True) if kind in ("cells", "comb") else ()
    columns += [(a + b) / 2 for a, b in gaps if kind == "comb" or b - a > 0.2 * em]
    ends = rng.choice([(left, right), (0, ink.shape[1]), (rng.uniform(0, left), ink.shape[1])])
    for above, below, a, b in [(y, y + thick, *ends) for y in rows] + [(top, bottom, x, x + thick) for x in columns]:
        spot = ink[max(0, round(above)) : max(1, round(below)), max(0, round(a)) : max(1, round(b))]
        np.maximum(spot, dark, out=spot)


def poor_print(ink: np.ndarray, em: float, fine: bool, bitmap: bool, rng: random.Random) -> np.ndarray:
    """Ink (H, W) uint8 as a poor printer leaves it.

    fine: its letters are Hangul, which few dots can't print. bitmap: it is in dots already.
    """
    noise = np.random.default_rng(rng.getrandbits(64))
    kind = rng.choice(["plain", "dots", "dots", "copies"] if not bitmap else ["plain", "plain", "copies"])
    if rng.random() < 0.06:  # a stamp or a signature, paler than print
        over = Image.new("L", ink.shape[::-1])
        for _ in range(rng.randint(1, 4)):
            shape(ImageDraw.Draw(over), (min(over.width, 4 * over.height), over.height), rng, rng.randint(40, 120))
        ink = np.maximum(ink, np.roll(np.asarray(over), rng.randrange(over.width), 1))
    ink = _dotted(ink, em, fine, rng, noise) if kind == "dots" else ink
    for _ in range(rng.choice([1, 2, 2, 3]) if kind == "copies" else 0):  # strokes close or break, specks come
        weight, uneven = rng.uniform(-0.7, 0.6), rng.choice([0.0, 0.1, 0.2])
        ink = press(ink, rng.uniform(0.02, 0.06) * em, weight, uneven, noise)
        specks = noise.random(ink.shape, np.float32) < rng.choice([0, 0.001, 0.006])
        ink = np.where(specks, np.uint8(rng.choice([0, 200])), ink)
    if rng.random() < 0.2:  # paper has faded, or the ribbon is worn
        fading = rng.uniform(0.45, 0.8) + 0.25 * smooth_noise(ink.shape, rng.uniform(1, 8) * em, noise)
        ink = (ink * np.clip(fading, 0.25, 1)).astype(np.uint8)
    return ink


def _dotted(ink: np.ndarray, em: float, fine: bool, rng: random.Random, noise: np.random.Generator) -> np.ndarray:
    """Print in dots, of which some are missing: single ones, a row, the column of a worn head."""
    low, high, down, radius = rng.choice(list(PRINTERS.values()))
    dots = max(rng.uniform(low, high), FINE_DOTS / down if fine else 0)
    size = max(1, round(ink.shape[1] * dots / em)), max(1, round(len(ink) * dots * down / em))
    level = noise.normal(rng.uniform(60, 150), rng.choice([0, 10, 30]), size[::-1])
    printed = np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BOX)) > level
    printed &= noise.random(printed.shape) > rng.choice([0, 0, 0.03, 0.1])
    for lines in (printed, printed.T):
        if rng.random() < 0.12:
            lines[rng.randrange(len(lines))] = rng.choice([False, radius == 1])  # a fax's line may be black
    drawn = Image.fromarray(in_dots(printed, radius, rng))
    return np.asarray(drawn.resize(ink.shape[::-1], rng.choice([Image.Resampling.BOX, Image.Resampling.BILINEAR])))


def in_dots(printed: np.ndarray, radius: float, rng: random.Random) -> np.ndarray:
    """Draw a round dot of about a radius, as a share of their pitch, for each that is printed (H, W) bool."""
    y, x = np.mgrid[:DOT_PX, :DOT_PX] - (DOT_PX - 1) / 2
    dot = np.clip(radius * rng.uniform(0.85, 1.15) * DOT_PX - np.hypot(x, y) + 0.5, 0, 1) * 255
    return np.kron(printed, dot).astype(np.uint8)
