"""What lines say: pictures of lines in, text out, through vision tokens.

- Lines of similar length are read together.
- Within a budget of tokens all lines of a page are squeezed alike, down to some two fifths of their natural width.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sokdok.model.nano.alphabet import Alphabet
from sokdok.model.nano.formats.recogniser import CODE_PIXELS, CODES_PER_TOKEN, HEIGHT, PITCH
from sokdok.model.nano.line_image import MARGIN, Frame, cut, stretch
from sokdok.reading.nano.text_detector import DetectedLine

Recogniser = Callable[[np.ndarray], Sequence[np.ndarray]]
"""ink (B, 1, 32, W) float32 -> logits (B, W / 2, classes) of symbols, vowels and finals; the last symbol is blank"""
TOKEN_PX = CODES_PER_TOKEN * CODE_PIXELS
"""of lines' length behind one vision token (`model.nano.recogniser`)"""
NARROWEST = 0.42
"""share of its natural width that a line keeps at least"""
AHEAD_EM = 0.25
"""paper left of a line that is cut out with it"""
BEHIND_EM = 0.35
"""paper right of a line that is cut out with it"""
BATCH_PX = 16 * 512
"""width of all lines that are read at once"""
WIDEST_PX = 4096
"""of a line's picture"""

Run = tuple[int, int]
"""first step and first step behind"""


class LineText(NamedTuple):
    """What a line says: N symbols."""

    text: str
    places: np.ndarray
    """(N,) middle of each symbol, pixels of the page from the line's left"""
    probability: np.ndarray
    """(N,)"""

    @property
    def confidence(self) -> float:
        """Mean probability; 0 without a symbol."""
        return float(self.probability.mean()) if len(self.probability) else 0.0


@dataclass(frozen=True)
class _LineImage:
    """A line as the recogniser takes it."""

    ink: np.ndarray
    """(32, W) uint8"""
    scale: float
    """its pixels for each pixel of the page, across"""


Decoder = Callable[[Sequence[np.ndarray], Alphabet, float, float], LineText]
"""logits of a line, alphabet, page pixels a step, page pixels before the line's left -> what the line says"""


def tokens_of(lines: Sequence[DetectedLine], squeeze: float = 1.0) -> int:
    """Count the vision tokens that lines take at a share of their natural width."""
    return math.ceil(sum(_width(line, squeeze) for line in lines) / TOKEN_PX)


def squeeze_for(lines: Sequence[DetectedLine], tokens: int) -> float:
    """The largest share of their width, at most 1, at which lines fit into `tokens`; `NARROWEST` if none does."""
    low, high = NARROWEST, 1.0
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if tokens_of(lines, middle) <= tokens else (low, middle)
    return 1.0 if tokens_of(lines) <= tokens else low


def _width(line: DetectedLine, squeeze: float) -> int:
    """Pixels of a line's picture, a multiple of CODE_PIXELS."""
    height = line.em * (1 + 2 * MARGIN)
    length = line.width + (AHEAD_EM + BEHIND_EM) * line.em
    return min(WIDEST_PX, max(CODE_PIXELS, math.ceil(length * HEIGHT / height * squeeze / CODE_PIXELS) * CODE_PIXELS))


def recognise(
    recogniser: Recogniser,
    alphabet: Alphabet,
    gray: np.ndarray,
    lines: Sequence[DetectedLine],
    squeeze: float = 1.0,
    decoder: Decoder | None = None,
) -> list[LineText]:
    """Read each line of a grey page (H, W) uint8; without a decoder, runs of one class are symbols (`decode`)."""
    images = [_line_image(gray, line, squeeze) for line in lines]
    order = sorted(range(len(images)), key=lambda i: images[i].ink.shape[1])
    texts: dict[int, LineText] = {}
    while order:
        # The widest that are left make up a batch, as wide as the first of them.
        width = images[order[-1]].ink.shape[1]
        count = max(1, BATCH_PX // width)
        batch, order = order[-count:], order[:-count]
        ink = np.zeros((len(batch), 1, HEIGHT, width), np.float32)
        for place, i in enumerate(batch):
            ink[place, 0, :, : images[i].ink.shape[1]] = images[i].ink / 255
        outputs = recogniser(ink)
        for place, i in enumerate(batch):
            logits = [head[place, : images[i].ink.shape[1] // PITCH] for head in outputs]
            texts[i] = (decoder or decode)(logits, alphabet, PITCH / images[i].scale, AHEAD_EM * lines[i].em)
    return [texts[i] for i in range(len(lines))]


def _line_image(gray: np.ndarray, line: DetectedLine, squeeze: float) -> _LineImage:
    height = line.em * (1 + 2 * MARGIN)
    width = _width(line, squeeze)
    left, stop = line.left[0] - AHEAD_EM * line.em, line.right[0] + BEHIND_EM * line.em
    y = line.left[1] - line.slope * AHEAD_EM * line.em
    scale = min(HEIGHT / height * squeeze, width / (stop - left))  # the latter for the very longest lines
    return _LineImage(stretch(cut(gray, Frame(left, y, line.slope, width / scale, height, stop), width)), scale)


def decode(logits: Sequence[np.ndarray], alphabet: Alphabet, pitch: float = 1.0, ahead: float = 0.0) -> LineText:
    """Decode logits (T, classes), (T, vowels), (T, finals) greedily: a run of one class is one symbol.

    A run's vowel and final are those of its most probable step. `pitch`: pixels of the page for each step; `ahead`:
    pixels before the line's left.
    """
    classes = logits[0].argmax(1)
    highest = logits[0].max(1)
    probability = np.exp(highest - _logsumexp(logits[0], highest))
    runs = _symbol_runs(classes, probability, alphabet)
    if not runs:
        return LineText("", np.zeros(0, np.float32), np.zeros(0, np.float32))
    at = np.array([a + int(probability[a:b].argmax()) for a, b in runs])
    triples = np.stack([classes[at], logits[1][at].argmax(1), logits[2][at].argmax(1)], 1)
    middles = np.array([(a + b) / 2 for a, b in runs], np.float32) * pitch - ahead
    text = "".join(map(chr, alphabet.decode(triples)))
    inner = slice(len(text) - len(text.lstrip()), len(text.rstrip()))
    return LineText(text[inner], middles[inner], probability[at][inner])


def _symbol_runs(classes: np.ndarray, probability: np.ndarray, alphabet: Alphabet) -> list[Run]:
    """Runs of steps (T,) that are one symbol each: no blanks, and no symbol that was predicted twice."""
    begins = np.concatenate([[0], np.nonzero(np.diff(classes))[0] + 1])
    stops = np.append(begins[1:], len(classes))
    groups: list[list[Run]] = []
    for a, b in zip(begins.tolist(), stops.tolist(), strict=True):
        if classes[a] == alphabet.classes:
            continue
        if groups and groups[-1][-1][1] == a:
            groups[-1].append((a, b))
        else:
            groups.append([(a, b)])
    hangul = classes >= len(alphabet.plain)
    widths = [b - a for ((a, b), *others) in groups if not others and hangul[a]]
    syllable = float(np.median(widths)) if len(widths) > 2 else 0.0
    return [
        run
        for group in groups
        for run in _without_repeats(group, probability, syllable if all(hangul[a] for a, _ in group) else 0.0)
    ]


def _without_repeats(group: list[Run], probability: np.ndarray, syllable: float) -> list[Run]:
    """Of runs that touch, those that are symbols: symbols have a blank between them, so some were predicted twice.

    `syllable`: steps that a syllable of this line takes; 0 if it has few or not all runs are Hangul.
    """
    if len(group) == 1:
        return group
    if group[-1][1] - group[0][0] <= 1.5 * syllable:
        return [max(group, key=lambda run: float(probability[run[0] : run[1]].sum()))]
    longest = max(b - a for a, b in group)
    return [(a, b) for a, b in group if b - a > 2 or 2 * (b - a) > longest]


def _logsumexp(x: np.ndarray, highest: np.ndarray) -> np.ndarray:
    """Logarithm of the sum of powers of each row of x (T, C), whose maxima are `highest` (T,)."""
    return highest + np.log(np.exp(x - highest[:, None]).sum(1))
