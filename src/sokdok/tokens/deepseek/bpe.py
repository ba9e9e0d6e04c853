"""Byte-pair encoding of one piece, exactly and in linear time.

- The definition merges the pair of lowest rank until none is left, which costs the square of a piece's length. This
  encoder finds the same tokens from left to right: a sequence of tokens is the encoding if and only if any two
  neighbours, encoded by themselves, stay as they are. So it takes the longest token that gets on with the one before
  it, and goes back where it ran into a dead end (the method of the Rust crate `bpe`, github/rust-gems).
- `compatible` decides about two neighbours without merging them: it undoes their merges, latest first, along the seam,
  and looks for a merge across the seam that would have come earlier.
- Needs what trained vocabularies have: token ids in the order of the merges, single bytes before them, and every token
  within reach of its merges.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from functools import lru_cache

_NEVER = 1 << 62  # rank of a merge that there is not
_SHIFT = 32  # bits of a token id: two make the key of a pair
_CACHED_CHARS = 32  # of a piece that is remembered: words recur, long runs hardly, and would fill the memory.


def byte_letters() -> dict[int, str]:
    """The letter that stands for each byte in a byte-level vocabulary: itself if printable, else from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    odd = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(0x100 + i) for i, byte in enumerate(odd)}


class BytePairEncoder:
    """Token ids of pieces of text; `merges` are "left right" in order of rank, `vocab` maps tokens to ids."""

    def __init__(self, vocab: Mapping[str, int], merges: Iterable[str]) -> None:
        self._vocab = vocab
        self._letters = {byte: letter for byte, letter in byte_letters().items() if ord(letter) != byte}
        # Numbers alone, no tuples: Python's garbage collector would go over 250,000 of them every few pages.
        self._lefts = array("q", [-1]) * (max(vocab.values()) + 1)
        """the first of the two tokens that a token was merged from; -1 for a single byte"""
        self._rights = self._lefts[:]
        self._merged: dict[int, int] = {}
        for merge in merges:
            left, _, right = merge.partition(" ")
            first, second, token = vocab[left], vocab[right], vocab[left + right]
            self._lefts[token], self._rights[token] = first, second
            self._merged[first << _SHIFT | second] = token
        self._longest = _longest_by_prefix(vocab)
        self._remembered = lru_cache(maxsize=1 << 16)(self._encode)

    def encode(self, piece: str) -> tuple[int, ...]:
        """Token ids of one piece."""
        return self._remembered(piece) if len(piece) <= _CACHED_CHARS else self._encode(piece)

    def _encode(self, piece: str) -> tuple[int, ...]:
        letters = piece.encode().decode("latin-1").translate(self._letters)
        whole = self._vocab.get(letters)
        return (whole,) if whole is not None else tuple(self._search(letters))

    def _search(self, letters: str) -> list[int]:
        """Longest compatible token first, with a way back."""
        ids: list[int] = []
        starts: list[int] = []
        dead: set[int] = set()  # positions from which no way leads to the end
        start, stop = 0, self._reach(letters, 0)
        while start < len(letters):
            token, stop = self._next(letters, start, stop, ids, dead)
            if token is not None:
                ids.append(token)
                starts.append(start)
                start, stop = stop, self._reach(letters, stop)
            else:  # try a shorter token in place of the last one
                dead.add(start)
                ids.pop()
                stop, start = start - 1, starts.pop()
        return ids

    def _next(self, letters: str, start: int, stop: int, ids: list[int], dead: set[int]) -> tuple[int | None, int]:
        """The longest token from `start` that ends at `stop` or before, and where it ends."""
        for end in range(stop, start, -1):
            token = self._vocab.get(letters[start:end])
            if token is not None and end not in dead and (not ids or self.compatible(ids[-1], token)):
                return token, end
        return None, start

    def _reach(self, letters: str, start: int) -> int:
        """Where the longest token that begins like this would end."""
        return min(len(letters), start + self._longest.get(letters[start : start + 2], 1))

    def compatible(self, left: int, right: int) -> bool:
        """Whether encoding the two tokens' text would give these two tokens again."""
        limit = _NEVER
        while self._merged.get(left << _SHIFT | right, _NEVER) >= limit:
            if self._lefts[max(left, right)] < 0:  # down to two single bytes
                return True
            if left > right:
                limit, left = left, self._rights[left]
            else:  # of equal tokens the left one is merged first, so a merge of that rank across the seam wins too
                limit, right = right + 1, self._lefts[right]
        return False


def _longest_by_prefix(vocab: Mapping[str, int]) -> dict[str, int]:
    """Length of the longest token for each beginning of two letters."""
    longest: dict[str, int] = {}
    for token in vocab:
        prefix = token[:2]
        if len(token) > longest.get(prefix, 0):
            longest[prefix] = len(token)
    return longest
