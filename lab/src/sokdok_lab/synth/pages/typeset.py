"""From paragraphs to lines of placed characters: line breaking, alignment, hyphens.

- Greedy first-fit breaking at spaces; Hangul may break between syllables, as Korean word processors do; a long
  Latin word may be hyphenated where a justified line would otherwise gape.
- A line keeps what the truth needs: each character's pen position and advance, the spaces' included.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from sokdok.pages.hangul import is_syllable
from sokdok_lab.synth.pages.fonts import Face, Font, face

Align = Literal["left", "justify", "center", "right"]
_RAISED = re.compile(r"(?:[^\W\d_][.,;:)”’\"]?)(\d{1,2}(?:[,–-]\d{1,2})*\)?|[*†‡§¶])(?=\s|$)")
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
            known[char] = (self.font_of(char).advances[ord(char)] * share + self.tracking) * self.size
        return [known[char] for char in text]

    @cached_property
    def _faces(self) -> dict[str, Face]:
        return {}

    def faces(self, text: str) -> list[Face]:
        """Return what draws each character."""
        known = self._faces
        for char in set(text) - known.keys():
            known[char] = face(self.font_of(char), self.size)
        return [known[char] for char in text]

    @property
    def pitch(self) -> float:
        """Pixels from baseline to baseline."""
        return self.leading * self.size


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
    ends = _break_points(text, style)
    lines: list[Line] = []
    start = 0
    while start < len(text):
        indent = style.hanging if lines else style.indent
        stop, hyphen = _fit(text, pens, ends, start, width - indent, style, rng)
        last = stop >= len(text)
        lines.append(_set_line((text[start:stop].rstrip(" ") or " ") + "-" * hyphen, style, indent, width, last))
        start = stop
    return lines


def _break_points(text: str, style: TextStyle) -> np.ndarray:
    """List the indices at which a new line may begin, the end of the text included."""
    points = [i + 1 for i, char in enumerate(text[:-1]) if char == " " or (char == "-" and text[i + 1].isalpha())]
    if style.break_hangul:
        points += [i for i in range(1, len(text)) if is_syllable(text[i]) and is_syllable(text[i - 1])]
    return np.array(sorted({*points, len(text)}))


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


def _set_line(text: str, style: TextStyle, indent: float, width: float, last: bool) -> Line:
    advances = np.array(style.advances(text))
    slack = width - indent - float(advances.sum())
    gaps = text.count(" ")
    if style.align == "justify" and not last and gaps and 0 < slack < 0.25 * width:
        advances += [slack / gaps if char == " " else 0.0 for char in text]
    shift = {"center": slack / 2, "right": slack}.get(style.align, 0.0)
    x = indent + shift + np.concatenate([[0.0], np.cumsum(advances)[:-1]])
    return Line(text, x, advances, style)
