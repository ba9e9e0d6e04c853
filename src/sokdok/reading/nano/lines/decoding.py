"""From the recogniser's frames to a line's text: the likeliest symbol of each frame, with a word in one script."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sokdok.model.nano.alphabet import Alphabet
from sokdok.reading.nano.lines.line_text import NOTHING, LineText
from sokdok.reading.nano.lines.one_script import in_one_script

Decoder = Callable[[Sequence[np.ndarray]], LineText]
"""logits (T, classes + 1) of symbols, (T, vowels), (T, finals) of a line -> text, with its symbols' places in frames"""


def decode(logits: Sequence[np.ndarray], alphabet: Alphabet) -> LineText:
    """Decode logits (T, classes + 1), (T, vowels), (T, finals) greedily: repeats collapsed, blanks dropped (CTC).

    A symbol's vowel, final and probability are those of its most probable frame; places are in frames.
    """
    first = logits[0]
    best = in_one_script(first, alphabet)
    begins = np.flatnonzero(np.diff(best, prepend=-1))
    stops = np.append(begins[1:], len(best))
    told = best[begins] != alphabet.classes
    runs = list(zip(begins[told].tolist(), stops[told].tolist(), strict=True))
    if not runs:
        return NOTHING
    probability = _probabilities(first, best, alphabet.classes)
    at = np.array([a + int(probability[a:b].argmax()) for a, b in runs])
    middles = np.array([(a + b) / 2 for a, b in runs], np.float32)
    return line_text(logits, alphabet, best[at], at, middles, probability[at])


def line_text(
    logits: Sequence[np.ndarray],
    alphabet: Alphabet,
    classes: np.ndarray,
    frames: np.ndarray,
    middles: np.ndarray,
    probability: np.ndarray,
) -> LineText:
    """What symbols of classes (N,) say, without spaces at the ends; vowels and finals are those of frames (N,)."""
    triples = np.stack([classes, logits[1][frames].argmax(1), logits[2][frames].argmax(1)], 1)
    text = "".join(map(chr, alphabet.decode(triples)))
    kept = slice(len(text) - len(text.lstrip()), len(text.rstrip()))
    return LineText(text[kept], middles[kept], probability[kept])


def _probabilities(first: np.ndarray, best: np.ndarray, blank: int) -> np.ndarray:
    """Return the probability (T,) of the best class where it is no blank, else 0, from logits (T, classes)."""
    frames = np.flatnonzero(best != blank)
    told = first[frames]
    probability = np.zeros(len(best), np.float32)
    probability[frames] = 1 / np.exp(told - told.max(1, keepdims=True)).sum(1)
    return probability
