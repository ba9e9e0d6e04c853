"""From paragraphs to lines of placed characters (line breaking, alignment, hyphens), and from these to ink and truth.

- Greedy first-fit breaking at spaces; Hangul may break between syllables, as Korean word processors do; a long
  Latin word may be hyphenated where a justified line would otherwise gape.
- A line keeps what the truth needs: each character's pen position and advance, the spaces' included.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from sokdok.imaging.box import Box
from sokdok.pages.hangul import is_syllable
from sokdok_lab.synth.pages.fonts import PHASES, Face, Family, Font, FontBook, face
from sokdok_lab.synth.pages.truth import Block, Cell, SyntheticPage

Align = Literal["left", "justify", "center", "right"]
ASCENT_EM = 0.8  # of a symbol's box above the baseline
DESCENT_EM = 0.2  # of a symbol's box below the baseline
LIGATURES = {"fi": "\N{LATIN SMALL LIGATURE FI}", "fl": "\N{LATIN SMALL LIGATURE FL}"}
_RAISED = re.compile(r"(?:[^\W\d_][.,;:)”’\"]?)(\d{1,2}(?:[,–-]\d{1,2})*\)?|[*†‡§¶])(?=\s|$)")
_SIZES_PX = (8, 10, 14, 20, 28, 40)  # ems of any text in the drawing: few, so that glyphs are found again
_LOWERED = re.compile(r"[^\W\d_)](\d{1,2})")


@dataclass(frozen=True)
class TextStyle:
    """How a block of text is set; lengths in pixels."""

    latin: Font
    korean: Font
    size: float  # pixels per em
    leading: float = 1.2  # line pitch in ems
    tracking: float = 0.0  # added to every advance, in ems
    word_space: float = 1.0  # width of a space, as a share of the font's own
    align: Align = "left"
    indent: float = 0.0  # of the first line
    hanging: float = 0.0  # of all other lines
    break_hangul: bool = False
    hyphenate: bool = False
    ligatures: bool = False  # draw fi and fl as one glyph where the font has it; the truth keeps two symbols
    rise: float = 0.0  # ems of its own size by which it stands above the baseline, below it if negative
    ink: int = 255  # 255 is black on white
    bitmap: bool = False  # drawn and placed in whole pixels, as bitmap faces of printers are

    def font_of(self, char: str) -> Font:
        """Choose a font: the Korean one for Hangul and its punctuation, the Latin one for the rest where it has it."""
        code = ord(char)
        return self.korean if code >= 0x1100 and code not in self.latin.advances else self.latin

    def covers(self, char: str) -> bool:
        """Say whether the fonts have a character."""
        return self.font_of(char).draws(char)

    @cached_property
    def _advances(self) -> dict[str, float]:
        return {}

    def advances(self, text: str) -> list[float]:
        """Return the pixels the pen moves for each character."""
        known = self._advances
        for char in set(text) - known.keys():
            share = self.word_space if char == " " else 1.0
            advance = (self.font_of(char).advances[ord(char)] * share + self.tracking) * self.size
            known[char] = round(advance) if self.bitmap else advance
        return [known[char] for char in text]

    def faces(self, text: str) -> list[Face]:
        """Return what draws each character."""
        return [face(self.font_of(char), self.size, self.bitmap) for char in text]

    @property
    def pitch(self) -> float:
        """Pixels from baseline to baseline."""
        return self.leading * self.size


def choose_styles(book: FontBook, em: float, rng: random.Random) -> dict[str, TextStyle]:
    """Choose the styles of a page: one family for its body, the same or another for what stands out."""
    body_family = book.pick(rng)
    korean_family = book.pick(rng, korean=True) if book.korean else body_family
    if rng.random() < 0.5 and korean_family.korean:
        body_family = korean_family
    other = body_family if rng.random() < 0.6 else book.pick(rng)
    slant = rng.choices(["regular", "bold", "italic", "bold italic"], [16, 2, 2, 0.5])[0]

    def fonts(latin: Family, style: str) -> dict[str, Any]:
        return {"latin": latin.style(style), "korean": korean_family.style(style)}

    def near(size: float) -> int:
        return min(_SIZES_PX, key=lambda known: abs(known - size))

    body = TextStyle(
        **fonts(body_family, slant),
        size=em,
        leading=rng.uniform(1.08, 1.7) if rng.random() < 0.8 else rng.uniform(1.7, 2.2),
        tracking=rng.choice([0.0, 0.0, 0.0, rng.uniform(-0.06, 0.06)]),
        word_space=rng.choice([1.0, 1.0, 1.0, rng.uniform(0.6, 1), rng.uniform(1, 2.5)]),
        align=rng.choice(["justify", "justify", "left"]),
        indent=rng.choice([0.0, 0.0, 1.0, 2.0]) * em,
        break_hangul=rng.random() < 0.5,
        hyphenate=rng.random() < 0.4,
        ligatures=rng.random() < 0.5,
        ink=255 if rng.random() < 0.85 else rng.randint(130, 255),
    )
    loud = replace(body, align="left", indent=0.0, leading=1.2, hyphenate=False)
    headline = fonts(other, rng.choice(["bold", "bold", "regular", "italic"]))
    heading = replace(loud, **headline, size=near(em * rng.uniform(1, 1.6)))
    small = replace(loud, size=near(em * rng.uniform(0.8, 1)))
    emphasis = fonts(body_family, rng.choice(["bold", "bold", "italic"]))
    return {
        "body": body,
        "heading": heading,
        "title": replace(heading, size=near(em * rng.uniform(1.4, 2.4)), align=rng.choice(["left", "center"])),
        "item": replace(body, indent=rng.choice([0.0, 1.0]) * em, hanging=rng.uniform(1, 2.5) * em),
        "small": small,
        "strong": replace(small, **fonts(body_family, "bold")),
        "emphasis": replace(body, **emphasis),
    }


@dataclass(frozen=True)
class Line:
    """Characters on one baseline; lengths in pixels."""

    text: str
    x: np.ndarray  # (N,) pen positions
    advances: np.ndarray  # (N,)
    style: TextStyle
    y: float = 0.0  # the baseline
    emphasis: tuple[tuple[int, int, TextStyle], ...] = ()
    """first character, the one behind the last, and the style they are set in instead"""

    def moved(self, x: float, y: float) -> Line:
        """Return the same line with its origin at x and its baseline at y."""
        return replace(self, x=self.x + x, y=y)

    @property
    def end(self) -> float:
        """Where the pen stops."""
        return float(self.x[-1] + self.advances[-1])

    def faces(self) -> list[Face]:
        """Return what draws each character."""
        found = self.style.faces(self.text)
        for start, stop, style in self.emphasis:
            found[start:stop] = style.faces(self.text[start:stop])
        return found

    def rises(self) -> list[int]:
        """Return how many pixels above the baseline each character stands."""
        found = [0] * len(self.text)
        for start, stop, style in self.emphasis:
            found[start:stop] = [round(style.rise * style.size)] * (stop - start)
        return found

    def emphasised(self, start: int, stop: int, style: TextStyle) -> Line:
        """Return the line with some characters in another style; what follows them moves along."""
        advances = self.advances.copy()
        advances[start:stop] = style.advances(self.text[start:stop])
        x = self.x[0] + np.concatenate([[0.0], np.cumsum(advances)[:-1]])
        return replace(self, x=x, advances=advances, emphasis=(*self.emphasis, (start, stop, style)))


def emphasise(line: Line, style: TextStyle, rng: random.Random) -> Line:
    """Set a few words in another style, most often the first ones; none where the style lacks a letter of theirs."""
    words = [match.span() for match in re.finditer(r"\S+", line.text)]
    first = 0 if rng.random() < 0.6 else rng.randrange(len(words) or 1)
    chosen = words[first : first + rng.randint(1, 4)]
    if not chosen:
        return line
    start, stop = chosen[0][0], chosen[-1][1]
    return line.emphasised(start, stop, style) if all(map(style.covers, line.text[start:stop])) else line


def set_notes(line: Line, rng: random.Random) -> Line:
    """Raise what follows a word as a note's mark does (`word12`), or lower numbers as formulas do (`H2O`)."""
    lowered = rng.random() < 0.2
    size = rng.uniform(0.5, 0.75)
    rise = rng.uniform(-0.35, -0.1) if lowered else rng.uniform(0.3, 0.75)
    small = replace(line.style, size=max(5, round(line.style.size * size)), rise=rise)
    for match in (_LOWERED if lowered else _RAISED).finditer(line.text):
        if all(map(small.covers, match[1])):
            line = line.emphasised(match.start(1), match.end(1), small)
    return line


def set_text(text: str, style: TextStyle, width: float, rng: random.Random) -> list[Line]:
    """Break a paragraph into lines of `width` pixels; a word too long for a line is broken anywhere."""
    pens = np.concatenate([[0.0], np.cumsum(style.advances(text))])
    points = [i + 1 for i, char in enumerate(text[:-1]) if char == " " or (char == "-" and text[i + 1].isalpha())]
    if style.break_hangul:
        points += [i for i in range(1, len(text)) if is_syllable(text[i]) and is_syllable(text[i - 1])]
    ends = np.array(sorted({*points, len(text)}))  # where a new line may begin, the end of the text included
    lines: list[Line] = []
    start = 0
    while start < len(text):
        indent = style.hanging if lines else style.indent
        stop, hyphen = _fit(text, pens, ends, start, width - indent, style, rng)
        last = stop >= len(text)
        shown = (text[start:stop].rstrip(" ") or " ") + "-" * hyphen
        advances = np.array(style.advances(shown))
        slack, gaps = width - indent - float(advances.sum()), shown.count(" ")
        if style.align == "justify" and not last and gaps and 0 < slack < 0.25 * width:
            advances += [slack / gaps if char == " " else 0.0 for char in shown]
        shift = {"center": slack / 2, "right": slack}.get(style.align, 0.0)
        x = indent + shift + np.concatenate([[0.0], np.cumsum(advances)[:-1]])
        lines.append(Line(shown, x, advances, style))
        start = stop
    return lines


def _fit(
    text: str, pens: np.ndarray, ends: np.ndarray, start: int, width: float, style: TextStyle, rng: random.Random
) -> tuple[int, bool]:
    """Return where the line that begins at `start` ends, and whether with a hyphen."""
    fitting = int(np.searchsorted(pens, pens[start] + width, side="right")) - 1
    if fitting >= len(text):
        return len(text), False
    # The space at which a line breaks may stick out.
    candidates = ends[(ends > start) & (ends <= fitting + (text[fitting] == " "))]
    stop = int(candidates[-1]) if len(candidates) else 0
    if style.hyphenate and fitting - max(stop, start) >= 5 and rng.random() < 0.7:
        cut = rng.randint(max(stop, start) + 2, fitting - 2)
        if text[cut - 2 : cut + 2].isalpha() and text[cut - 2 : cut + 2].isascii():
            return cut, True
    return stop or max(fitting, start + 1), False


class Canvas:
    """Ink on a page of (width, height) pixels; what lies outside is cut off."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.ink = np.zeros((size[1], size[0]), np.uint8)

    def line(self, line: Line) -> None:
        """Draw the glyphs of a line; overlapping ink doesn't add up."""
        style, baseline = line.style, round(line.y)
        height, width = self.ink.shape
        steps_of = np.rint(line.x * PHASES).astype(int).tolist()
        drawn = line.text
        for pair, ligature in LIGATURES.items() if style.ligatures and not line.emphasis else ():
            if pair in drawn and ord(ligature) in style.latin.advances:
                drawn = drawn.replace(pair, f"{ligature} ")  # in place of its first letter, a space of the second
        for char, drawer, steps, rise in zip(drawn, line.faces(), steps_of, line.rises(), strict=True):
            if char == " ":
                continue
            glyph = drawer.glyph(char, steps % PHASES)
            left, top = steps // PHASES + glyph.left, baseline - rise + glyph.top
            h, w = glyph.ink.shape
            if left < 0 or top < 0 or left + w > width or top + h > height:
                continue
            spot = self.ink[top : top + h, left : left + w]
            np.maximum(spot, glyph.ink, out=spot)
        if style.ink < 255:  # to grey, as a scanner sees text in a colour
            rows = slice(max(0, round(line.y - style.size)), max(0, round(line.y + 0.4 * style.size)))
            spot = self.ink[rows, max(0, round(line.x[0] - 0.2 * style.size)) : round(line.end + 0.2 * style.size)]
            np.multiply(spot, style.ink / 255, out=spot, casting="unsafe")

    def rectangle(self, box: Box, ink: int = 255) -> None:
        """Fill a box, at least one pixel wide and high."""
        left, top, right, bottom = (max(0, round(value)) for value in box)
        spot = self.ink[top : max(bottom, top + 1), left : max(right, left + 1)]
        np.maximum(spot, ink, out=spot)

    def paste(self, ink: np.ndarray, left: int, top: int) -> None:
        """Lay a picture (h, w) uint8 on the page."""
        height, width = ink.shape
        self.ink[top : top + height, left : left + width] = ink


def symbol_boxes(lines: Iterable[Line]) -> tuple[str, np.ndarray]:
    """Collect the text of lines, each closed by a line feed, and the boxes (N, 4) of its symbols.

    A box is as wide as the pen moves and as high as the em, so that the symbols of a line share their middle. The line
    feed is an empty box where the pen stopped.
    """
    texts, boxes = [], []
    for line in lines:
        lefts = np.append(line.x, line.end)
        rights = np.append(line.x + line.advances, line.end)
        top, bottom = line.y - ASCENT_EM * line.style.size, line.y + DESCENT_EM * line.style.size
        texts.append(line.text + "\n")
        boxes.append(np.stack([lefts, np.full(len(lefts), top), rights, np.full(len(lefts), bottom)], 1))
    return "".join(texts), np.concatenate(boxes).astype(np.float32) if boxes else np.zeros((0, 4), np.float32)


@dataclass
class Record:
    """The truth of a page that grows with what is drawn on it."""

    texts: list[str] = field(default_factory=list)
    boxes: list[np.ndarray] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    length: int = 0

    def add(self, lines: Iterable[Line], kind: str, cells: tuple[Cell, ...] = ()) -> None:
        """Note drawn lines as a block."""
        text, boxes = symbol_boxes(lines)
        self.texts.append(text)
        self.boxes.append(boxes)
        self.blocks.append(Block(kind, self.length, self.length + len(text), cells))
        self.length += len(text)

    def all_boxes(self) -> np.ndarray:
        """Return the boxes (N, 4) float32 of all symbols."""
        return np.concatenate([np.zeros((0, 4), np.float32), *self.boxes])

    def page(self, pixels: np.ndarray, boxes: np.ndarray) -> SyntheticPage:
        """Return the page with the boxes (N, 4) of all symbols in its pixels."""
        return SyntheticPage(pixels, "".join(self.texts), boxes.astype(np.float32), tuple(self.blocks))
