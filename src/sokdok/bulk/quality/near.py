"""Documents that say the same, or nearly: signed slice by slice, then compared over the whole corpus.

- The first number of a signature is of all characters but white space: the same text, however it was set.
- The others are bands of MinHash over n-grams of words (Broder 1997): texts whose n-grams agree by a share s have one
  of them in common with probability 1 - (1 - s^rows)^bands. A document too short for an n-gram has none.
- Words are compared in small letters, without signs, digits apart: a date changes nothing, as in datatrove.
- Documents are one if a chain of others joins them, each like the next, as in datatrove and FinePDFs; the first in the
  plan's order is kept. Memory holds one column of all signatures, some 60 bytes a document; the others are on the disk.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from sokdok.bulk.quality.recipe import Near, Recipe
from sokdok.bulk.quality.text import is_word, words_of
from sokdok.errors import InputError, imported, in_one_line

SAME, NEAR = "duplicate", "near_duplicate"  # why a document is dropped
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
ROWS = Near(words=13, characters=1 << 40)  # what GPT-3 and its kin take for a text that was seen before
_BATCH_CHARACTERS = 4 << 20  # of texts whose words are in memory at once
_NOTHING = 0  # the number of what a document has not: no text, no n-gram, no part in the comparison

Signatures = NDArray[np.uint64]  # a row a document: the number of its characters, then one a band; 0 for none
Numbers = NDArray[np.int64]


class Signer:
    """Signs the documents of one slice, in order. Raises MissingExtraError where rensa is not installed."""

    def __init__(self, recipe: Recipe) -> None:
        self._near, self._same = recipe.near, recipe.same
        self._rensa = imported("rensa", "bulk", "finding near duplicates").RMinHash if recipe.near else None
        self._rows: list[Signatures] = []
        self._texts: list[str] = []
        self._characters = 0

    def add(self, text: str, *, kept: bool = True) -> None:
        """The next document; one that is not kept takes no part, so that no copy of it is dropped for its sake."""
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
            columns.append(_bands([ngrams_of(text, self._near) for text in self._texts], self._near, self._rensa))
        self._rows.append(np.hstack(columns))
        self._texts, self._characters = [], 0


def ngrams_of(text: str, limits: Near) -> list[str]:
    """N-grams of words, as long as the recipe says; of a text that has fewer nothing."""
    text = _DIGITS.sub("0", text[: limits.characters].lower())
    words = [word for word in words_of(unicodedata.normalize("NFC", text)) if is_word(word)]
    return [" ".join(words[at : at + limits.words]) for at in range(len(words) - limits.words + 1)]


def known_ngrams(files: Iterable[str]) -> frozenset[str]:
    """Rows of 13 words of texts, and of all strings of JSON lines (`.jsonl`). Raises InputError for what is neither."""
    found = set[str]()
    for path in map(Path, files):
        try:
            lines = path.read_text("utf-8").split("\n") if path.suffix == ".jsonl" else None
            rows = [msgspec.json.decode(line) for line in lines if line.strip()] if lines else [path.read_text("utf-8")]
        except (OSError, ValueError) as error:
            raise InputError(f"{path} is neither text nor JSON lines: {in_one_line(error)}") from None
        while rows:
            row = rows.pop()
            if isinstance(row, str):
                found.update(ngrams_of(row, ROWS))
            elif isinstance(row, dict | list):
                rows += row.values() if isinstance(row, dict) else row
    return frozenset(found)


def to_bytes(signatures: Signatures) -> bytes:
    """Signatures as a file's content."""
    buffer = io.BytesIO()
    np.save(buffer, signatures, allow_pickle=False)
    return buffer.getvalue()


def from_bytes(data: bytes) -> Signatures:
    """Signatures of a file's content. Raises InputError for what is none."""
    with suppress(ValueError, EOFError, OSError):
        found = np.load(io.BytesIO(data), allow_pickle=False)
        if found.ndim == 2 and found.dtype == np.uint64:
            return np.asarray(found, np.uint64)
    raise InputError("it holds no signatures of documents: remove the file and merge again")


def _number_of(text: str) -> int:
    """A number of a text's characters, white space apart; none of an empty text."""
    characters = "".join(text.split())
    if not characters:
        return _NOTHING
    return int.from_bytes(hashlib.blake2b(characters.encode("utf-8", "replace"), digest_size=8).digest(), "little") | 1


def _bands(ngrams: Sequence[Sequence[str]], limits: Near, rensa: Any) -> Signatures:
    """A number for each band of each document."""
    count = limits.bands * limits.rows
    digests = rensa.digests_from_token_sets(ngrams, count, limits.seed)
    smallest = np.array(digests, np.uint64).reshape(len(ngrams), limits.bands, limits.rows)
    weights = np.random.default_rng(limits.seed).integers(1 << 63, size=limits.rows, dtype=np.uint64) | np.uint64(1)
    sums = (smallest * weights).sum(2, dtype=np.uint64)
    sums ^= sums >> np.uint64(29)  # what is low in a sum of products depends on little
    bands = sums * np.uint64(0x9E3779B97F4A7C15) | np.uint64(1)
    bands[[not words for words in ngrams]] = _NOTHING
    return np.asarray(bands, np.uint64)


@dataclass(frozen=True)
class Duplicates:
    """For each document of a corpus the one that is kept in its place."""

    firsts: Numbers  # number of the document that is kept, by number; its own for one that is
    same: NDArray[np.bool_]  # whether it has the same characters as one before

    def reason(self, document: int) -> str:
        """Why a document is dropped, `duplicate` or `near_duplicate`; empty if it is kept."""
        if self.firsts[document] == document:
            return ""
        return SAME if self.same[document] else NEAR


def find(slices: Iterable[Signatures]) -> Duplicates:
    """Compare all documents of a corpus by their signatures, slice by slice in the corpus's order."""
    with TemporaryDirectory(prefix="sokdok-near-") as folder:  # 8 bytes for each document and band
        # 1. A file a column, since only one column is compared at a time.
        columns: list[Path] = []
        for signatures in slices:
            columns = columns or [Path(folder, f"{column:03}") for column in range(signatures.shape[1])]
            for path, numbers in zip(columns, signatures.T, strict=True):
                with path.open("ab") as file:
                    numbers.tofile(file)
        # 2. Documents that share a number with one before are one with it.
        count = columns[0].stat().st_size // np.dtype(np.uint64).itemsize if columns else 0
        parents, same = np.arange(count), np.zeros(count, np.bool_)
        for column, path in enumerate(columns):
            documents, firsts = _sharing(np.fromfile(path, np.uint64))
            if not column:
                same[documents] = True
            join(parents, documents, firsts)
    return Duplicates(first_of(parents, np.arange(count)), same)


def _sharing(numbers: NDArray[np.uint64]) -> tuple[Numbers, Numbers]:
    """Documents that share a number with one before, and the first that has it."""
    documents = np.flatnonzero(numbers != _NOTHING)
    documents = documents[np.argsort(numbers[documents], kind="stable")]  # documents of one number stay in order
    numbers = numbers[documents]
    begins = np.flatnonzero(np.r_[len(numbers) > 0, numbers[1:] != numbers[:-1]])
    firsts = np.repeat(documents[begins], np.diff(np.r_[begins, len(numbers)]))
    others = documents != firsts
    return documents[others], firsts[others]


def join(parents: Numbers, documents: Numbers, others: Numbers) -> None:
    """Put documents that are alike into one set: `parents` leads each to an earlier one, the first to itself.

    All pairs at once: the later of two sets' firsts is hung below the earlier one, until no pair is of two sets.
    """
    while len(documents):
        documents, others = first_of(parents, documents), first_of(parents, others)
        later, earlier = np.maximum(documents, others), np.minimum(documents, others)
        apart = later != earlier
        documents, others = later[apart], earlier[apart]
        np.minimum.at(parents, documents, others)


def first_of(parents: Numbers, documents: Numbers) -> Numbers:
    """The first document of the set of each; `parents` leads there, and is shortened on the way."""
    firsts = parents[documents]
    while not np.array_equal(further := parents[firsts], firsts):
        firsts = further
    parents[documents] = firsts
    return firsts
