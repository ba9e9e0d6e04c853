"""Gopher's measures of repetition (Rae et al. 2021, arXiv 2112.11446, table A1), counted as datatrove counts them.

- `lines`, `paragraphs`: share of those that stood before; `…_characters`: their characters' share of the text.
- `top_n`: characters of the most frequent n words in a row; `again_n`: characters of n words in a row that stood
  before, none counted twice. Both as shares of the text's characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from sokdok.bulk.merge.text import DocumentText
from sokdok.bulk.quality.gopher import share
from sokdok.bulk.quality.tags import Attributes, of_all
from sokdok.bulk.quality.text.view import View, Views

TOP = (2, 3, 4)
AGAIN = (5, 6, 7, 8, 9, 10)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
"""odd, so that no two words in a row weigh the same; 64 bits leave no room for chance"""


class Repetition:
    """How much of a document's prose stands in it twice."""

    name = "repetition"

    def __init__(self, views: Views) -> None:
        self._views = views

    def tag(self, document: DocumentText) -> Attributes:
        """All shares; none of a document without prose."""
        return of_all(self.name, document.text, measures(self._views.of(document)))


def measures(view: View) -> dict[str, float | None]:
    """All shares of a text, or none."""
    lines, line_characters = again(view.lines)
    paragraphs, paragraph_characters = again(view.paragraphs)
    return {
        "lines": share(lines, len(view.lines)),
        "paragraphs": share(paragraphs, len(view.paragraphs)),
        "line_characters": share(line_characters, view.characters),
        "paragraph_characters": share(paragraph_characters, view.characters),
        **{name: share(characters, view.characters) for name, characters in row_characters(view.words).items()},
    }


def again(items: Sequence[str]) -> tuple[int, int]:
    """How many items stood before, and their characters."""
    seen: set[str] = set()
    count = characters = 0
    for item in items:
        if item in seen:
            count += 1
            characters += len(item)
        seen.add(item)
    return count, characters


def row_characters(words: Sequence[str]) -> dict[str, int]:
    """Characters of repeated words in a row, by measure: `top_2` … `again_10`, as far as there are words."""
    numbers: dict[str, int] = {}
    ids = np.array([numbers.setdefault(word, len(numbers)) for word in words], np.uint64)
    ends = np.array([0, *accumulate(map(len, words))], np.int64)
    found: dict[str, int] = {}
    hashes = mixed = _mixed(ids)
    for n in range(2, AGAIN[-1] + 1):
        if n > len(words):
            break
        hashes = hashes[:-1] * _FACTOR + mixed[n - 1 :]  # a row of n words is one of n - 1 and the next word
        if n in TOP:
            found[f"top_{n}"] = _top(hashes, ends, n)
        elif n in AGAIN:
            found[f"again_{n}"] = _again(hashes, ends, n)
    return found


def _mixed(ids: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Numbers of words as numbers without a pattern, so that sums of their products don't meet (splitmix64)."""
    mixed = (ids + np.uint64(1)) * _FACTOR
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _top(hashes: NDArray[np.uint64], ends: NDArray[np.int64], n: int) -> int:
    """Characters of the most frequent row, spaces between its words included; of several the first."""
    _, first, counts = np.unique(hashes, return_index=True, return_counts=True)
    most = int(counts.max())
    at = int(first[counts == most].min())
    return (int(ends[at + n] - ends[at]) + n - 1) * most


def _again(hashes: NDArray[np.uint64], ends: NDArray[np.int64], n: int) -> int:
    """Characters of rows that stood before; behind one of them the next begins."""
    if len(np.unique(hashes)) == len(hashes):
        return 0
    seen: set[int] = set()
    at = characters = 0
    row = hashes.tolist()
    while at < len(row):
        if row[at] in seen:
            characters += int(ends[at + n] - ends[at])
            at += n
        else:
            seen.add(row[at])
            at += 1
    return characters
