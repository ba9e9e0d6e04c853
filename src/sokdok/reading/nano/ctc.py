"""CTC decoding, from the recogniser's outputs to text: repeats collapsed, blanks dropped, nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sokdok.model.nano.alphabet import Alphabet
from sokdok.reading.nano.recogniser import LineText


def decode(logits: Sequence[np.ndarray], alphabet: Alphabet, pitch: float = 1.0, ahead: float = 0.0) -> LineText:
    """Decode logits (T, classes + 1), (T, vowels), (T, finals) greedily, as `recogniser.decode` does.

    A symbol's vowel, final and probability are those of its most probable frame.
    """
    first = logits[0]
    best = first.argmax(1)
    begins = np.flatnonzero(np.diff(best, prepend=-1))
    stops = np.append(begins[1:], len(best))
    told = best[begins] != alphabet.classes
    runs = list(zip(begins[told].tolist(), stops[told].tolist(), strict=True))
    if not runs:
        return LineText("", np.zeros(0, np.float32), np.zeros(0, np.float32))
    probability = _probabilities(first, best, alphabet.classes)
    at = np.array([a + int(probability[a:b].argmax()) for a, b in runs])
    symbols = alphabet.decode(np.stack([best[at], logits[1][at].argmax(1), logits[2][at].argmax(1)], 1))
    middles = np.array([(a + b) / 2 for a, b in runs], np.float32) * pitch - ahead
    text = "".join(map(chr, symbols))
    kept = slice(len(text) - len(text.lstrip()), len(text.rstrip()))
    return LineText(text[kept], middles[kept], probability[at][kept])


def _probabilities(first: np.ndarray, best: np.ndarray, blank: int) -> np.ndarray:
    """Return the probability (T,) of the best class where it is no blank, else 0, from logits (T, classes)."""
    frames = np.flatnonzero(best != blank)
    told = first[frames]
    probability = np.zeros(len(best), np.float32)
    probability[frames] = 1 / np.exp(told - told.max(1, keepdims=True)).sum(1)
    return probability
