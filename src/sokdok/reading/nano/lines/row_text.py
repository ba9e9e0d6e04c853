"""What lines say: rows in, text out, through vision tokens.

- Rows of similar length are read together.
- Within a budget of tokens all rows of a page are squeezed alike, down to some two fifths of their natural width.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sokdok.model.alphabet import Alphabet
from sokdok.model.row_format import CODE_PIXELS, CODES_PER_TOKEN, HEIGHT, PITCH
from sokdok.reading.nano.lines.finder import FoundLine
from sokdok.reading.nano.lines.row_image import MARGIN, Frame, cut, stretch

RowNet = Callable[[np.ndarray], Sequence[np.ndarray]]
"""ink (B, 1, 32, W) float32 -> logits (B, W / 2, classes) of symbols, vowels and finals; the last symbol is blank"""
TOKEN_PIXELS = CODES_PER_TOKEN * CODE_PIXELS
"""of rows' length behind one vision token (`model.rows`)"""
NARROWEST = 0.42
_AHEAD, _BEHIND = 0.25, 0.35
"""ems of paper left and right of a line"""
_BATCH_PIXELS = 16 * 512
_WIDEST = 4096


class RowText(NamedTuple):
    """What a row says."""

    text: str
    places: np.ndarray
    """(N,) middle of each symbol, pixels of the page from the line's left"""
    probability: np.ndarray
    """(N,)"""

    @property
    def confidence(self) -> float:
        return float(self.probability.mean()) if len(self.probability) else 0.0


@dataclass(frozen=True)
class _Row:
    ink: np.ndarray
    across: float
    """row pixels per page pixel"""


def tokens_of(lines: Sequence[FoundLine], squeeze: float = 1.0) -> int:
    """Vision tokens that the lines take at a share of their natural width."""
    return math.ceil(sum(_width(line, squeeze) for line in lines) / TOKEN_PIXELS)


def squeeze_for(lines: Sequence[FoundLine], tokens: int) -> float:
    """The widest scale, at most 1, at which the lines fit into `tokens`; `NARROWEST` if none does."""
    low, high = NARROWEST, 1.0
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if tokens_of(lines, middle) <= tokens else (low, middle)
    return 1.0 if tokens_of(lines) <= tokens else low


def _width(line: FoundLine, squeeze: float) -> int:
    """Of a row, a multiple of CODE_PIXELS."""
    height = line.em * (1 + 2 * MARGIN)
    length = line.right[0] - line.left[0] + (_AHEAD + _BEHIND) * line.em
    return min(_WIDEST, max(CODE_PIXELS, math.ceil(length * HEIGHT / height * squeeze / CODE_PIXELS) * CODE_PIXELS))


Decoder = Callable[[Sequence[np.ndarray], Alphabet, float, float], "RowText"]
"""logits of a row, alphabet, page pixels an answer, page pixels before the line -> what the row says"""


def read_rows(
    net: RowNet,
    alphabet: Alphabet,
    grey: np.ndarray,
    lines: Sequence[FoundLine],
    squeeze: float = 1.0,
    decoder: Decoder | None = None,
) -> list[RowText]:
    """The text of each line of a grey page (H, W) uint8; without a decoder, runs are told apart by their lengths."""
    rows = [_row(grey, line, squeeze) for line in lines]
    order = sorted(range(len(rows)), key=lambda i: rows[i].ink.shape[1])
    texts: dict[int, RowText] = {}
    while order:
        width = rows[order[-1]].ink.shape[1]
        count = max(1, _BATCH_PIXELS // width)
        batch, order = order[-count:], order[:-count]
        ink = np.zeros((len(batch), 1, HEIGHT, width), np.float32)
        for place, i in enumerate(batch):
            ink[place, 0, :, : rows[i].ink.shape[1]] = rows[i].ink / 255
        answers = net(ink)
        for place, i in enumerate(batch):
            answer = [head[place, : rows[i].ink.shape[1] // PITCH] for head in answers]
            texts[i] = (decoder or decode)(answer, alphabet, PITCH / rows[i].across, _AHEAD * lines[i].em)
    return [texts[i] for i in range(len(lines))]


def _row(grey: np.ndarray, line: FoundLine, squeeze: float) -> _Row:
    height = line.em * (1 + 2 * MARGIN)
    across = HEIGHT / height * squeeze
    width = _width(line, squeeze)
    left = line.left[0] - _AHEAD * line.em
    y = line.left[1] - line.slope * _AHEAD * line.em
    stop = line.right[0] + _BEHIND * line.em
    across = min(across, width / (stop - left))  # the very longest lines
    return _Row(stretch(cut(grey, Frame(left, y, line.slope, width / across, height, stop), width)), across)


def decode(answer: Sequence[np.ndarray], alphabet: Alphabet, pitch: float = 1.0, ahead: float = 0.0) -> RowText:
    """Runs of one answer are one symbol; logits (T, classes), (T, vowels), (T, finals).

    A run's vowel and final are those of its surest answer.
    """
    first = answer[0]
    best = first.argmax(1)
    top = first.max(1)
    sure = np.exp(top - _logsumexp(first, top))
    told = _symbols(best, sure, alphabet)
    if not told:
        return RowText("", np.zeros(0, np.float32), np.zeros(0, np.float32))
    at = np.array([a + int(sure[a:b].argmax()) for a, b in told])
    triples = np.stack([best[at], answer[1][at].argmax(1), answer[2][at].argmax(1)], 1)
    symbols = alphabet.decode(triples)
    middles = np.array([(a + b) / 2 for a, b in told], np.float32) * pitch - ahead
    text = "".join(map(chr, symbols))
    kept = slice(len(text) - len(text.lstrip()), len(text.rstrip()))
    return RowText(text[kept], middles[kept], sure[at][kept])


Run = tuple[int, int]


def _symbols(best: np.ndarray, sure: np.ndarray, alphabet: Alphabet) -> list[Run]:
    """Runs of answers (T,) that are symbols: blanks left out, and what is told twice told once."""
    begins = np.concatenate([[0], np.nonzero(np.diff(best))[0] + 1])
    stops = np.append(begins[1:], len(best))
    groups: list[list[Run]] = []
    for a, b in zip(begins.tolist(), stops.tolist(), strict=True):
        if best[a] == alphabet.classes:
            continue
        if groups and groups[-1][-1][1] == a:
            groups[-1].append((a, b))
        else:
            groups.append([(a, b)])
    hangul = best >= len(alphabet.plain)
    widths = [b - a for ((a, b), *others) in groups if not others and hangul[a]]
    syllable = float(np.median(widths)) if len(widths) > 2 else 0.0
    return [
        run for group in groups for run in _once(group, sure, syllable if all(hangul[a] for a, _ in group) else 0.0)
    ]


def _once(group: list[Run], sure: np.ndarray, syllable: float) -> list[Run]:
    """Of runs that touch, those that are symbols: there is a blank between symbols, so some were told twice.

    syllable: answers that a syllable of this line takes; 0 if it has few or not all runs are Hangul.
    """
    if len(group) == 1:
        return group
    if group[-1][1] - group[0][0] <= 1.5 * syllable:
        return [max(group, key=lambda run: float(sure[run[0] : run[1]].sum()))]
    longest = max(b - a for a, b in group)
    return [(a, b) for a, b in group if b - a > 2 or 2 * (b - a) > longest]


def _logsumexp(x: np.ndarray, top: np.ndarray) -> np.ndarray:
    return top + np.log(np.exp(x - top[:, None]).sum(1))
