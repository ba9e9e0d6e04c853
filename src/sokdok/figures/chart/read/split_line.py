"""Lines as a reader of lines gives them, made into the texts of a chart.

- A reader of pages takes texts side by side for one line: tick labels, the entries of a legend with their swatches.
  The gaps in the ink tell them apart, and so do solid blobs, which are no letters.
- What stands beside a number is not part of it: tick marks read as dashes; and an o among digits is a zero.

Lengths are in heights of the line unless their name says pixels.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sokdok.figures.chart.numbers import parse_number
from sokdok.imaging.box import Box
from sokdok.imaging.runs import spans
from sokdok.layout.text_line import TextLine

_TEXT_GAP = 0.95
"""no gap between words is wider"""
_LETTER_GAP, _LETTER_GAP_PX = 0.2, 2
"""no gap between letters is wider, whichever is more"""
_SMALLEST_PX = 4
"""height and width of a line that can be taken apart"""
_INK_LEVELS = 60
"""difference of ink from the ground, of 255"""
_RULING_SHARE = 0.75
"""share of a row of pixels with ink from which it is of an axis or an underline"""
_BLOB_WIDTH, _BLOB_SHARE = 0.4, 0.72
"""least width of a blob, and share of its rows with ink"""
_STROKE_WIDTH, _STROKE_SHARE = 1.0, 0.9
"""least width of a stroke, and share of its fullest row of pixels with ink"""
_SPACE_REACH = 3
"""letters from where a text should be cut to the space where it is"""
_DIGIT_SHARE = 0.5
"""share of digits in a text from which its other letters are taken for digits, too"""

_TICK_MARKS = "-–—_|┤┼┦├│·.,'`~∙= "
"""what tick marks are read as"""
_WORD = re.compile(r"[A-Za-z가-힣]{3,}|[가-힣]{2,}")
_HANGUL = re.compile(r"[가-힣]+")
_MARKS = re.compile(r"\A[\s■□▪▫◼◻▦▩▤▥▧▨●○•·◦▲△▼▽◆◇★☆─━]+")
"""what swatches and markers of a legend are read as"""
_DOUBLED_ZERO = re.compile("[oO]0|0[oO]")
"""a zero read as both"""
_DIGITS = str.maketrans("oOlI|sSBZ", "001115582")
"""letters that look like digits"""


@dataclass(frozen=True)
class _Piece:
    """A stretch of ink between two gaps, in columns of the line."""

    left: int
    right: int
    solid: bool
    """whether it is a blob or a stroke, not letters"""


def split_line(pixels: np.ndarray, line: TextLine) -> list[TextLine]:
    """Cut a line of a picture (H, W, 3) into its texts, each with its own box; blobs beside them are dropped."""
    left, top, right, bottom = (round(value) for value in line.box)
    inside = pixels[max(0, top) : bottom, max(0, left) : right].astype(np.int16)
    words = line.text.split()
    if min(inside.shape[:2]) < _SMALLEST_PX or not words:
        return [line]
    pieces = _pieces(inside)
    if len(pieces) < 2:
        return [line]
    groups = _grouped(pieces, inside.shape[0])
    if 1 < len(words) <= len(pieces) and all(map(parse_number, words)) and not parse_number(line.text):
        groups = _cut_at_widest_gaps(pieces, len(words))
    if len(groups) == 1 and not any(piece.solid for piece in groups[0]):
        return [line]
    found = []
    for group, text in zip(groups, _texts(line.text, words, pieces, groups), strict=True):
        letters = [piece for piece in group if not piece.solid]
        text = _without_blob(text, len(letters)) if group[0].solid else text
        if letters and text.strip():
            start = max(0, left)
            box = Box(float(start + letters[0].left), line.box[1], float(start + letters[-1].right), line.box[3])
            found.append(TextLine(box, text.strip(), line.confidence))
    return found or [line]


def _without_blob(text: str, pieces: int) -> str:
    """Drop what a swatch was read as before its name; pieces: stretches of letters behind it."""
    words = text.split()
    if len(words) > 1 and not _WORD.fullmatch(words[0]):
        rest = "".join(words[1:])
        if len(words) != pieces or (_HANGUL.fullmatch(rest) and len(rest) == pieces):  # each syllable is a piece
            return " ".join(words[1:])
    return re.sub(r"\A[^\w(]+", "", text)


def without_marks(text: str) -> str:
    """A text without what a swatch or a point beside it was read as; nothing if it is nothing else."""
    return _MARKS.sub("", text) if _MARKS.match(text) else text


def _pieces(inside: np.ndarray) -> list[_Piece]:
    """Find the stretches of ink of a line (H, W, 3), cut at gaps that are wider than those between letters."""
    border = np.concatenate([inside[0], inside[-1]])
    ink = np.abs(inside - np.median(border, 0)).max(2) > _INK_LEVELS
    ink[ink.mean(1) > _RULING_SHARE] = False
    height = inside.shape[0]
    found = []
    for left, right in spans(ink.any(0), max(_LETTER_GAP_PX, _LETTER_GAP * height) - 1).tolist():
        piece = ink[:, left:right]
        rows = np.flatnonzero(piece.any(1))
        filled = len(rows) > 1 and piece[rows[0] : rows[-1] + 1].mean() > _BLOB_SHARE
        blob = right - left >= _BLOB_WIDTH * height and filled
        stroke = right - left >= _STROKE_WIDTH * height and piece.mean(1).max() > _STROKE_SHARE
        found.append(_Piece(left, right, bool(blob or stroke)))
    return found


def _grouped(pieces: list[_Piece], height: int) -> list[list[_Piece]]:
    """Group pieces that belong together; a wide gap or a blob begins a group."""
    groups = [[pieces[0]]]
    for before, piece in pairwise(pieces):
        if piece.left - before.right > _TEXT_GAP * height or piece.solid:
            groups.append([])
        groups[-1].append(piece)
    return groups


def _cut_at_widest_gaps(pieces: list[_Piece], count: int) -> list[list[_Piece]]:
    """Cut pieces into so many groups."""
    gaps = np.array([after.left - before.right for before, after in pairwise(pieces)])
    cuts = sorted(int(i) + 1 for i in np.argsort(-gaps, kind="stable")[: count - 1])
    return [pieces[a:b] for a, b in zip([0, *cuts], [*cuts, len(pieces)], strict=True)]


def _texts(text: str, words: list[str], pieces: list[_Piece], groups: list[list[_Piece]]) -> list[str]:
    """Deal a text to groups: word by word where these are as many as pieces or groups, else by width."""
    if len(words) == len(pieces):
        queue = iter(words)
        return [" ".join(word for piece in group if (word := next(queue)) and not piece.solid) for group in groups]
    if len(words) == len(groups):
        return words
    widths = np.array([sum(piece.right - piece.left for piece in group) for group in groups], float)
    cuts = (np.cumsum(widths)[:-1] / widths.sum() * len(text)).round().astype(int)
    bounds = [0, *(_nearest_space(text, int(cut)) for cut in cuts), len(text)]
    return [text[a:b] for a, b in pairwise(bounds)]


def _nearest_space(text: str, cut: int) -> int:
    """Find the space nearest to a place; the place itself if none is near."""
    spaces = [i for i, char in enumerate(text) if char == " " and abs(i - cut) <= _SPACE_REACH]
    return min(spaces, key=lambda i: abs(i - cut), default=cut)


def mended_number(text: str) -> str:
    """Correct a text to the number that it probably is; a text that is none stays."""
    if parse_number(text):
        return text
    bare = text.strip(_TICK_MARKS) if not text.strip().startswith(("-", "−", "–")) else text.rstrip(_TICK_MARKS)
    for candidate in (bare, bare.lstrip(_TICK_MARKS)):
        if parse_number(candidate):
            return candidate
    digits = _DOUBLED_ZERO.sub("0", bare).translate(_DIGITS)
    enough = sum(char.isdigit() for char in bare) >= _DIGIT_SHARE * sum(char.isalnum() for char in bare)
    return digits if parse_number(digits) and (enough or bare in ("o", "O")) else text
