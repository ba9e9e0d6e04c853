"""Words in one script: in old print a capital of a Latin word looks like its Greek or Cyrillic twin.

A word whose letters are of two scripts is read in the one of most letters of its line, but for letters of which the
recogniser is sure: the μ of μm. Hangul stands beside Latin letters rightly, and is left out.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import numpy as np

from sokdok.model.nano.alphabet import Alphabet

SURE = 30.0
"""times likelier than any letter of its line's script, of a letter that stays"""


def in_one_script(logits: np.ndarray, alphabet: Alphabet) -> np.ndarray:
    """The most probable class (T,) of each frame, by logits (T, classes + 1), that of a word's script in words."""
    best = logits.argmax(1)
    scripts = np.append(alphabet.scripts, 0)  # no symbol has none
    if len(set(scripts[best].tolist()) - {0}) < 2:
        return best
    begins = np.flatnonzero(np.diff(best, prepend=-1))
    stops = np.append(begins[1:], len(best))
    symbols = [(a, b) for a, b in zip(begins.tolist(), stops.tolist(), strict=True) if best[a] != alphabet.classes]
    letters = Counter(script for a, _ in symbols if (script := int(scripts[best[a]])))
    own = letters.most_common(1)[0][0]
    for is_word, word in groupby(symbols, key=lambda span: scripts[best[span[0]]] > 0):
        spans = list(word)
        if is_word and any(scripts[best[a]] == own for a, _ in spans):
            for start, stop in spans:
                best[start:stop] = _in_script(int(best[start]), logits[start:stop], scripts == own)
    return best


def _in_script(letter: int, logits: np.ndarray, own: np.ndarray) -> int:
    """The class of a symbol, told as `letter` by logits (N, classes + 1), among its `own` (classes + 1,) if unsure."""
    surest = logits[logits[:, letter].argmax()]
    likeliest = int(np.where(own, surest, -np.inf).argmax())
    return likeliest if surest[letter] - surest[likeliest] < np.log(SURE) else letter
