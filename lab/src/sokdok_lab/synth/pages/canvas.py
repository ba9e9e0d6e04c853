"""What is drawn: a grey picture that collects ink, and the truth that grows with it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sokdok.imaging.box import Box
from sokdok_lab.synth.pages.fonts import PHASES
from sokdok_lab.synth.pages.typeset import Line, TextStyle

ASCENT_EM = 0.8  # of a symbol's box above the baseline
DESCENT_EM = 0.2  # of a symbol's box below the baseline
LIGATURES = {"fi": "\N{LATIN SMALL LIGATURE FI}", "fl": "\N{LATIN SMALL LIGATURE FL}"}


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
        drawn = with_ligatures(line.text, style) if style.ligatures and not line.emphasis else line.text
        for char, face, steps, rise in zip(drawn, line.faces(), steps_of, line.rises(), strict=True):
            if char == " ":
                continue
            glyph = face.glyph(char, steps % PHASES)
            left, top = steps // PHASES + glyph.left, baseline - rise + glyph.top
            h, w = glyph.ink.shape
            if left < 0 or top < 0 or left + w > width or top + h > height:
                continue
            spot = self.ink[top : top + h, left : left + w]
            np.maximum(spot, glyph.ink, out=spot)
        if style.ink < 255:
            self._fade(line)

    def _fade(self, line: Line) -> None:
        """Fade a line to grey, as a scanner sees text in a colour."""
        size = line.style.size
        rows = slice(max(0, round(line.y - size)), max(0, round(line.y + 0.4 * size)))
        spot = self.ink[rows, max(0, round(line.x[0] - 0.2 * size)) : round(line.end + 0.2 * size)]
        np.multiply(spot, line.style.ink / 255, out=spot, casting="unsafe")

    def rectangle(self, box: Box, ink: int = 255) -> None:
        """Fill a box, at least one pixel wide and high."""
        left, top, right, bottom = (max(0, round(value)) for value in box)
        spot = self.ink[top : max(bottom, top + 1), left : max(right, left + 1)]
        np.maximum(spot, ink, out=spot)

    def paste(self, ink: np.ndarray, left: int, top: int) -> None:
        """Lay a picture (h, w) uint8 on the page."""
        height, width = ink.shape
        self.ink[top : top + height, left : left + width] = ink


def with_ligatures(text: str, style: TextStyle) -> str:
    """Spell a text as it is drawn: a ligature in place of its first letter, a space in place of the second."""
    for pair, ligature in LIGATURES.items():
        if pair in text and ord(ligature) in style.latin.advances:
            text = text.replace(pair, f"{ligature} ")
    return text


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
