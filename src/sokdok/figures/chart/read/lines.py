"""Lines as a reader of lines gives them, made into the texts of a chart.

- A reader of pages takes texts side by side for one line: tick labels, the entries of a legend with their swatches.
  The gaps in the ink tell them apart, and so do solid blobs, which are no letters.
- What stands beside a number is not part of it: tick marks read as dashes; and an o among digits is a zero.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from sokdok.figures.chart.numbers import parse_number
from sokdok.layout.text_line import TextLine

_WIDE = 0.95
"""heights of a line: a gap as wide is none between words"""
_INK = 60
"""levels of 255 from the ground"""
_MARKS = "-–—_|┤┼┦├│·.,'`~∙= "
_WORD = re.compile(r"[A-Za-z가-힣]{3,}|[가-힣]{2,}")
_DOUBLED = re.compile("[oO]0|0[oO]")
"""a zero read as both"""
_DIGITS = str.maketrans("oOlI|sSBZ", "001115582")


@dataclass(frozen=True)
class _Piece:
    """A stretch of ink between two gaps."""

    left: int
    right: int
    solid: bool
    """whether it is a blob or a stroke, not letters"""


def split_line(pixels: np.ndarray, line: TextLine) -> list[TextLine]:
    """The texts that one line of a picture (H, W, 3) holds, each with its own box; blobs beside them dropped."""
    left, top, right, bottom = (round(value) for value in line.box)
    inside = pixels[max(0, top) : bottom, max(0, left) : right].astype(np.int16)
    words = line.text.split()
    if inside.shape[0] < 4 or inside.shape[1] < 4 or not words:
        return [line]
    pieces = _pieces(inside)
    if len(pieces) < 2:
        return [line]
    groups = _grouped(pieces, inside.shape[0])
    if 1 < len(words) <= len(pieces) and all(map(parse_number, words)) and not parse_number(line.text):
        groups = _parted(pieces, len(words))
    if len(groups) == 1 and not any(piece.solid for piece in groups[0]):
        return [line]
    texts = _dealt(line.text, words, pieces, groups)
    found = []
    for group, text in zip(groups, texts, strict=True):
        letters = [piece for piece in group if not piece.solid]
        text = _without_blob(text, len(letters)) if group[0].solid else text
        if letters and text.strip():
            box = (max(0, left) + letters[0].left, line.box[1], max(0, left) + letters[-1].right, line.box[3])
            found.append(TextLine(tuple(map(float, box)), text.strip(), line.confidence))  # type: ignore[arg-type]
    return found or [line]


def _without_blob(text: str, pieces: int) -> str:
    """The text of a swatch and its name without what the swatch was read as; pieces: stretches of letters behind it."""
    words = text.split()
    if len(words) > 1 and len(words) != pieces and not _WORD.fullmatch(words[0]):
        return " ".join(words[1:])
    return re.sub(r"\A[^\w(]+", "", text)


def _pieces(inside: np.ndarray) -> list[_Piece]:
    """Stretches of ink, parted by gaps that are wider than those between letters."""
    border = np.concatenate([inside[0], inside[-1]])
    ink = np.abs(inside - np.median(border, 0)).max(2) > _INK
    ink[ink.mean(1) > 0.75] = False  # an axis or an underline
    columns = np.flatnonzero(ink.any(0))
    if not columns.size:
        return []
    height = inside.shape[0]
    cuts = np.flatnonzero(np.diff(columns) > max(2, 0.2 * height)) + 1
    found = []
    for part in np.split(columns, cuts):
        blob = ink[:, part[0] : part[-1] + 1]
        rows = np.flatnonzero(blob.any(1))
        wide = blob.shape[1] >= 0.4 * height
        filled = wide and blob[rows[0] : rows[-1] + 1].mean() > 0.72 and len(rows) > 1
        stroke = blob.shape[1] >= height and blob.mean(1).max() > 0.9
        solid = filled or stroke
        found.append(_Piece(int(part[0]), int(part[-1]) + 1, bool(solid)))
    return found


def _grouped(pieces: list[_Piece], height: int) -> list[list[_Piece]]:
    """Pieces that belong together; a wide gap or a blob begins a group."""
    groups = [[pieces[0]]]
    for before, piece in zip(pieces, pieces[1:], strict=False):
        if piece.left - before.right > _WIDE * height or piece.solid:
            groups.append([])
        groups[-1].append(piece)
    return groups


def _parted(pieces: list[_Piece], count: int) -> list[list[_Piece]]:
    """So many groups of pieces, parted by the widest gaps."""
    gaps = np.array([after.left - before.right for before, after in zip(pieces, pieces[1:], strict=False)])
    cuts = sorted(int(i) + 1 for i in np.argsort(-gaps, kind="stable")[: count - 1])
    return [pieces[a:b] for a, b in zip([0, *cuts], [*cuts, len(pieces)], strict=True)]


def _dealt(text: str, words: list[str], pieces: list[_Piece], groups: list[list[_Piece]]) -> list[str]:
    """The part of a text that each group holds: word by word where these are as many as pieces, else by width."""
    if len(words) == len(pieces):
        queue = iter(words)
        return [" ".join(word for piece in group if (word := next(queue)) and not piece.solid) for group in groups]
    if len(words) == len(groups):
        return words
    widths = np.array([sum(piece.right - piece.left for piece in group) for group in groups], float)
    cuts = (np.cumsum(widths)[:-1] / widths.sum() * len(text)).round().astype(int)
    bounds = [0, *(_nearest_space(text, int(cut)) for cut in cuts), len(text)]
    return [text[a:b] for a, b in zip(bounds, bounds[1:], strict=False)]


def _nearest_space(text: str, cut: int) -> int:
    """The space nearest to a place if there is one within three letters, else the place."""
    spaces = [i for i, char in enumerate(text) if char == " " and abs(i - cut) <= 3]
    return min(spaces, key=lambda i: abs(i - cut), default=cut)


def mended_number(text: str) -> str:
    """A text as the number it probably is, unchanged if it is none."""
    if parse_number(text):
        return text
    bare = text.strip(_MARKS) if not text.strip().startswith(("-", "−", "–")) else text.rstrip(_MARKS)
    for candidate in (bare, bare.lstrip(_MARKS)):
        if parse_number(candidate):
            return candidate
    digits = _DOUBLED.sub("0", bare).translate(_DIGITS)
    enough = sum(char.isdigit() for char in bare) >= 0.5 * sum(char.isalnum() for char in bare)
    return digits if parse_number(digits) and (enough or bare in ("o", "O")) else text
