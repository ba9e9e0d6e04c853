"""Signatures of documents: two that share one of their numbers say the same, or nearly.

- The first number is of all characters but white space: the same text, however it was set.
- The others are bands of MinHash over words in a row (Broder 1997): texts whose rows of words agree by a share s have
  one of them in common with probability 1 - (1 - s^rows)^bands. A document too short for a row of words has none.
- Words are compared in small letters, without signs, digits apart: a date changes nothing, as in datatrove.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sokdok.bulk.quality.recipe import Near, Recipe
from sokdok.bulk.quality.text.words import is_word, words_of
from sokdok.errors import InputError, MissingExtraError

_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_BATCH_CHARACTERS = 4 << 20  # of texts whose words are in memory at once
_NOTHING = 0  # the number of what a document has not: no text, no row of words, no part in the comparison

Signatures = NDArray[np.uint64]
"""a row a document: the number of its characters, then one a band; 0 where there is none"""


class Signer:
    """Signs the documents of one slice, in order. Raises MissingExtraError where rensa is not installed."""

    def __init__(self, recipe: Recipe) -> None:
        self._near, self._same = recipe.near, recipe.same
        self._rensa = _rensa() if recipe.near else None
        self._rows: list[Signatures] = []
        self._texts: list[str] = []
        self._characters = 0

    def add(self, text: str, *, kept: bool = True) -> None:
        """The next document; one that is not kept takes no part, so that its like is not dropped for its sake."""
        self._texts.append(text if kept else "")
        self._characters += len(self._texts[-1])
        if self._characters >= _BATCH_CHARACTERS:
            self._sign()

    def signatures(self) -> Signatures:
        """Of all documents so far."""
        self._sign()
        width = 1 + (self._near.bands if self._near else 0)
        return np.concatenate([np.empty((0, width), np.uint64), *self._rows])

    def _sign(self) -> None:
        if not self._texts:
            return
        exact = [_number_of(text) if self._same else _NOTHING for text in self._texts]
        columns = [np.array(exact, np.uint64)[:, None]]
        if self._near is not None:
            columns.append(_bands([rows_of(text, self._near) for text in self._texts], self._near, self._rensa))
        self._rows.append(np.hstack(columns))
        self._texts, self._characters = [], 0


def rows_of(text: str, limits: Near) -> list[str]:
    """Words in a row, as many as the recipe says; of a text that has fewer nothing."""
    text = _DIGITS.sub("0", text[: limits.characters].lower())
    words = [word for word in words_of(unicodedata.normalize("NFC", text)) if is_word(word)]
    return [" ".join(words[at : at + limits.words]) for at in range(len(words) - limits.words + 1)]


def to_bytes(signatures: Signatures) -> bytes:
    """Signatures as a file's content."""
    buffer = io.BytesIO()
    np.save(buffer, signatures, allow_pickle=False)
    return buffer.getvalue()


def from_bytes(data: bytes) -> Signatures:
    """Signatures of a file's content. Raises InputError for what is none."""
    try:
        found = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise InputError(f"no signatures: {error}; remove the file, and merge again") from None
    if found.ndim != 2 or found.dtype != np.uint64:
        raise InputError("no signatures of documents; remove the file, and merge again")
    return np.asarray(found, np.uint64)


def _number_of(text: str) -> int:
    """A number of a text's characters, white space apart; none of an empty text."""
    characters = "".join(text.split())
    if not characters:
        return _NOTHING
    return int.from_bytes(hashlib.blake2b(characters.encode("utf-8", "replace"), digest_size=8).digest(), "little") | 1


def _bands(rows: Sequence[Sequence[str]], limits: Near, rensa: Any) -> Signatures:
    """A number for each band of each document."""
    count = limits.bands * limits.rows
    digests = rensa.digests_from_token_sets(rows, count, limits.seed)
    smallest = np.array(digests, np.uint64).reshape(len(rows), limits.bands, limits.rows)
    weights = np.random.default_rng(limits.seed).integers(1 << 63, size=limits.rows, dtype=np.uint64) | np.uint64(1)
    sums = (smallest * weights).sum(2, dtype=np.uint64)
    sums ^= sums >> np.uint64(29)  # what is low in a sum of products depends on little
    bands = sums * np.uint64(0x9E3779B97F4A7C15) | np.uint64(1)
    bands[[not words for words in rows]] = _NOTHING
    return np.asarray(bands, np.uint64)


def _rensa() -> Any:
    try:
        from rensa import RMinHash
    except ImportError:
        raise MissingExtraError("bulk", "finding near duplicates") from None
    return RMinHash
