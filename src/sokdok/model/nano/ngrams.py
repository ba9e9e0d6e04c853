"""How likely a character is after those before it: a model of written language, for letters that are unclear.

An n-gram model with back-off: for each run of up to `ORDER` characters that is common in text, the probability of its
last one after the others, and what is lost where a longer run is not known. The runs were counted by
`lab/scripts/language/build_ngrams.py` (Witten and Bell, 1991: a history with many
successors expects new ones);
the table, `ngrams.npy`, lies beside nano's weights. Hangul syllables count by their initial consonants, as the
recogniser's first head names them.
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np

from sokdok.errors import ModelError
from sokdok.model.checkpoints.files import verify
from sokdok.pages.hangul import is_syllable

ORDER = 6  # characters in the longest run
SCALE = 16  # stored cost for one of 1 nat
UNKNOWN = round(math.log(5000) * SCALE)  # stored cost of a character that no text had
KEPT = 50_000  # answers that are kept: a page asks the same ones often
ENTRY = np.dtype([("key", np.uint32), ("cost", np.uint8), ("back_off", np.uint8)])  # key, -log p, cost as a history
_FIRST_SYLLABLE, _BY_INITIAL = 0xAC00, 588
_FIRST_INITIAL = 0x1100


def sign_of(char: str) -> str:
    """What a character counts as: a syllable as its initial consonant (U+1100 and on), any other as itself."""
    if is_syllable(char):
        return chr(_FIRST_INITIAL + (ord(char) - _FIRST_SYLLABLE) // _BY_INITIAL)
    return char


def key_of(signs: str) -> int:
    """Key of a run of signs. Among some half a million, one unknown run in ten thousand has the key of a known one."""
    return crc32(signs.encode())


class CharacterNgrams:
    """Probabilities of signs (`sign_of`) after others."""

    def __init__(self, table: np.ndarray) -> None:
        """Take a table (N,) of ENTRY, by rising keys."""
        self._keys = np.ascontiguousarray(table["key"])
        self._costs, self._back_offs = table["cost"], table["back_off"]
        self._known = lru_cache(KEPT)(self._cost)

    @classmethod
    def load(cls, path: Path) -> CharacterNgrams:
        """Read a table. Raises ModelError for a file that holds none or is damaged."""
        verify(path)
        try:
            # Mapped: a header that claims more than the file holds is refused before memory is taken.
            table = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise ModelError(f"{path} is no table of n-grams ({error})") from None
        if table.dtype != ENTRY or table.ndim != 1 or not (np.diff(table["key"].astype(np.int64)) > 0).all():
            raise ModelError(f"{path} is no table of n-grams: entries of {ENTRY} by rising keys are expected")
        return cls(table)

    def log_probability(self, before: str, sign: str) -> float:
        """Natural logarithm of the probability of a sign after others, of which the last ORDER - 1 count."""
        return -self._known(before[1 - ORDER :], sign) / SCALE

    def _cost(self, history: str, sign: str) -> int:
        lost = 0
        while (at := self._place(history + sign)) is None:
            if not history:
                return lost + UNKNOWN
            given_up = self._place(history)
            lost += 0 if given_up is None else int(self._back_offs[given_up])
            history = history[1:]
        return lost + int(self._costs[at])

    def _place(self, signs: str) -> int | None:
        key = np.uint32(key_of(signs))
        at = int(self._keys.searchsorted(key))
        return at if at < len(self._keys) and self._keys[at] == key else None
