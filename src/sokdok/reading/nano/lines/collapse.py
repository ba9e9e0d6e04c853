"""From the recogniser's answers to text: repeats collapsed, blanks dropped, nothing else (CTC)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sokdok.model.alphabet import Alphabet
from sokdok.reading.nano.lines.row_text import RowText


def decode(answer: Sequence[np.ndarray], alphabet: Alphabet, pitch: float = 1.0, ahead: float = 0.0) -> RowText:
    """The text of logits (T, classes + 1), (T, vowels), (T, finals), `pitch` pixels a frame, `ahead` of them before it.

    A symbol's vowel, final and probability are those of its surest frame.
    """
    first = answer[0]
    best = first.argmax(1)
    begins = np.flatnonzero(np.diff(best, prepend=-1))
    stops = np.append(begins[1:], len(best))
    told = best[begins] != alphabet.classes
    runs = list(zip(begins[told].tolist(), stops[told].tolist(), strict=True))
    if not runs:
        return RowText("", np.zeros(0, np.float32), np.zeros(0, np.float32))
    sure = _surenesses(first, best, alphabet.classes)
    at = np.array([a + int(sure[a:b].argmax()) for a, b in runs])
    symbols = alphabet.decode(np.stack([best[at], answer[1][at].argmax(1), answer[2][at].argmax(1)], 1))
    middles = np.array([(a + b) / 2 for a, b in runs], np.float32) * pitch - ahead
    text = "".join(map(chr, symbols))
    kept = slice(len(text) - len(text.lstrip()), len(text.rstrip()))
    return RowText(text[kept], middles[kept], sure[at][kept])


def _surenesses(first: np.ndarray, best: np.ndarray, blank: int) -> np.ndarray:
    """Probability (T,) of the best class where it is no blank, of logits (T, classes): most frames need none."""
    frames = np.flatnonzero(best != blank)
    told = first[frames]
    sure = np.zeros(len(best), np.float32)
    sure[frames] = 1 / np.exp(told - told.max(1, keepdims=True)).sum(1)
    return sure
