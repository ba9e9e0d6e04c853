"""Strips: one line or a few, each strip in a font of its own, worn as prints, scans, faxes and photographs are.

Pages (`synth.pages.maker`) teach what stands around a line; strips teach diversity. A strip costs a few milliseconds,
so that every window of a batch may have its own font, size, script and damage.

    maker = StripMaker(FontBook(folder), hands_of(FontBook(hands)), source, kinds, chars)
    page = maker.strip(seed=7)
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

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
from sokdok_lab.synth.wear import NEVER, Wear, displacement, warp, warp_boxes

SIZES_PX = (14, 20, 28, 40)  # of a drawing, pixels per em
SLANT = 0.58  # most a hand leans: the tangent of 30 degrees
EM_RANGES_PX = ((6.5, 14), (14, 30), (30, 48))
PRINT_WEAR = Wear(  # of ink on paper as a scanner, a fax, a camera or a screen has it; lengths in ems
    pressed=(0.2, 0.015, 0.05),
    ghost=(0.1, 0.1, 0.4),
    blurred=(0.3, 0.02, 0.075),
    toned=(0.6, (0, 130), (170, 255)),
    lit=(0.2, 0.02, 0.12),
    noisy=(0.25, 2, 22),
    bilevel=(0.1, 0.35, 0.7),
    specked=(0.05, 0, 0.02),
    jpeg=(0.25, 12, 80),
    inverted=0.06,
)
SMALL_WEAR = replace(PRINT_WEAR, bilevel=NEVER)
SMALLEST_FAXED_PX = 12.0  # pixels per em below which a fax leaves nothing to read
EMPHASISED_SHARE = 0.25  # of strips, some words of whose lines are bold or italic
CODE_KINDS = ("code", "commands", "ids")
FIXED_PITCH_SHARE = 0.65  # of strips of these kinds: their letters are of one width
NOTED_KINDS = ("en", "print", "ko", "official ko", "references", "accents", "capitals")
NOTED_SHARE = 0.12  # of strips of these kinds: words have marks of notes
MOST_FONTS_TRIED = 25  # fonts looked at for one that has all letters
RESAMPLING = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS, Image.Resampling.BOX)


@dataclass(frozen=True)
class Wanted:
    """What a strip shall be."""

    kind: str  # of text
    hand: bool  # written, not printed
    ems: tuple[float, float]  # least and greatest size, pixels per em
    damage: float = 1.0  # as a multiple of the usual


class StripMaker:
    """Sets strips in the fonts of a book, or in the hands, with the words of a source.

    kinds: weight of each kind of text. chars: code points that may appear. written: share of strips in a hand.
    """

    def __init__(
        self,
        book: FontBook,
        hands: Sequence[Family],
        source: Source,
        kinds: Mapping[str, float],
        chars: frozenset[int],
        written: float = 0.15,
    ) -> None:
        self.book, self.hands, self.source, self.kinds, self.chars = book, hands, source, dict(kinds), chars
        self.written = written if hands else 0.0

    def strip(self, seed: int | str, wanted: Wanted | None = None) -> SyntheticPage:
        """A strip; about 100 to 1,500 pixels wide."""
        rng = random.Random(seed)
        wanted = wanted or self._wanted(rng)
        em = rng.choice(SIZES_PX[1:] if wanted.hand else SIZES_PX)
        lines, canvas = self._set(wanted, em, rng)
        text, boxes = symbol_boxes(lines)
        ink, boxes = _distorted(canvas.ink, boxes, em, wanted, rng)
        ink = ink.copy()
        _rule(ink, boxes, em, wanted.damage, rng)
        scale = rng.uniform(*wanted.ems) / em
        across = scale * rng.uniform(0.85, 1.8 if wanted.hand else 1.2)
        size = max(8, round(ink.shape[1] * across)), max(8, round(ink.shape[0] * scale))
        image = Image.fromarray(ink).resize(size, rng.choice(RESAMPLING))
        boxes = boxes * np.array([size[0] / ink.shape[1], size[1] / ink.shape[0]] * 2, np.float32)
        wear = PRINT_WEAR if em * scale > SMALLEST_FAXED_PX else SMALL_WEAR
        pixels = wear(255 - np.asarray(image), rng, damage=wanted.damage, unit=em * scale)
        return SyntheticPage(pixels, text, boxes.astype(np.float32), (Block("paragraph", 0, len(text)),))

    def _wanted(self, rng: random.Random) -> Wanted:
        hand = rng.random() < self.written
        kind = rng.choices(list(self.kinds), list(self.kinds.values()))[0]
        if hand:
            kind = rng.choices(
                ["en", "print", "ko", "numbers", "letters", "accents", "capitals"], [9, 4, 5, 2, 1, 1, 1]
            )[0]
        ems = (20.0, 48.0) if hand else rng.choices(EM_RANGES_PX, [35, 45, 20])[0]
        return Wanted(kind, hand, ems, damage=rng.choice([0.0, 0.5, 1.0, 1.0, 1.0, 2.0]))

    def _set(self, wanted: Wanted, em: int, rng: random.Random) -> tuple[list[Line], Canvas]:
        """Lines on their baselines and the canvas they are drawn on; the paper may cut what stands above and below."""
        count, width = rng.choice([1, 1, 2, 3]), em * rng.choice([6, 14, 30, 45])
        text = self._text(wanted.kind, int(count * width / (0.4 * em)) + 8, rng)
        noted = wanted.kind in NOTED_KINDS and not wanted.hand and rng.random() < NOTED_SHARE
        text = with_notes(text, rng) if noted else text
        style, emphasis, text = self._style(text, wanted, em, rng)
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
    return " ".join(word + _note(rng) if word and rng.random() < 0.3 else word for word in text.split(" "))


def _note(rng: random.Random) -> str:
    first, second = rng.randint(1, rng.choice([9, 9, 40])), rng.randint(1, 9)
    forms = ["{}", "{}", "{}", "{},{}", "{},{},4", "{}–{}", "{})", "{})", "*", "†", "‡"]
    return rng.choice(forms).format(first, second)


def _distorted(
    ink: np.ndarray, boxes: np.ndarray, em: float, wanted: Wanted, rng: random.Random
) -> tuple[np.ndarray, np.ndarray]:
    """Leaning, and drawn out of shape elastically; hands more often and farther than print."""
    lean = rng.uniform(-SLANT, SLANT) if wanted.hand else rng.uniform(-0.3, 0.3)
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


def _rule(ink: np.ndarray, boxes: np.ndarray, em: float, damage: float, rng: random.Random) -> None:
    """Draw underlines, strokes through words, rules of tables and forms; the symbols are the same."""
    height, width = ink.shape
    thick, dark = max(1, round(em * rng.uniform(0.03, 0.09))), rng.randint(110, 255)
    line = boxes[rng.randrange(len(boxes))]
    draw = rng.random()
    if draw < 0.07:
        y = round(line[3] - em * rng.uniform(-0.02, 0.13))
    elif draw < 0.07 + 0.03 * damage:
        y = round(line[1] + em * rng.uniform(0.42, 0.62))
    elif draw < 0.18:
        y = rng.choice([round(line[1] - em * rng.uniform(0.1, 0.4)), round(line[3] + em * rng.uniform(0.05, 0.4))])
        x = rng.choice([round(boxes[:, 0].min() - em * rng.uniform(0.15, 0.6)), rng.randrange(width)])
        if x < boxes[:, 0].min() and x >= 0:
            ink[:, x : x + thick] = np.maximum(ink[:, x : x + thick], dark)
    else:
        return
    left = rng.choice([0, rng.randrange(width)])
    right = rng.choice([width, rng.randrange(left, width)])
    y = min(max(y, 0), height - 1)
    ink[y : y + thick, left:right] = np.maximum(ink[y : y + thick, left:right], dark)
