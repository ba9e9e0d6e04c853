"""Compare a page with its truth in more ways: errors by character, without spaces, without order, by word.

They stand beside `sokdok.compress.fidelity` where a set's README asks for them.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Hashable
from typing import TypeVar

from rapidfuzz.distance import LCSseq, Levenshtein

from sokdok.compress.fidelity import collapse

T = TypeVar("T", bound=Hashable)


def cer(truth: str, read: str) -> float:
    """Return the character error rate: Levenshtein(truth, read) / len(truth), white space collapsed; can exceed 1."""
    truth, read = collapse(truth), collapse(read)
    return _error_rate(truth, read)


def letters_right(truth: str, read: str) -> float:
    """Return 1 - CER over letters and digits in lower case, at least 0: InkBench's headline."""
    letters = ("".join(char for char in text.lower() if char.isalnum()) for text in (truth, read))
    return max(0.0, 1 - _error_rate(*letters))


def bigram_f1(truth: str, read: str) -> float:
    """Return the F1 of the bags of character pairs, without white space: blind to the order of blocks only."""
    dense = ("".join(text.split()) for text in (truth, read))
    score = f1(*(Counter(text[i : i + 2] for i in range(len(text) - 1)) for text in dense))
    return 1.0 if score is None else score


def word_f1(truth: str, read: str) -> float:
    """Return the F1 of the bags of white-space words as they stand, every occurrence counted, blind to order.

    As SROIE's second task counts words (ICDAR 2019), page by page.
    """
    score = f1(Counter(truth.split()), Counter(read.split()))
    return 1.0 if score is None else score


def f1(truth: Counter[T], found: Counter[T]) -> float | None:
    """Harmonic mean of precision and recall of two multisets; None if both are empty."""
    total = truth.total() + found.total()
    return 2 * (truth & found).total() / total if total else None


def has_foreign_letters(text: str) -> bool:
    """Tell whether a text has letters of another script than Latin; signs such as ª and µ are none."""
    return any(char.isalpha() and char > "\xff" and "LATIN" not in unicodedata.name(char, "") for char in text)


def word_recall(truth: str, read: str) -> float:
    """Return the share of the truth's set of white-space words that was read; 1 if the truth has no words.

    What the tool of the Fox benchmark prints as "precision" (ucaslcl/Fox, eval_tools/eval_ocr_test.py). It passes truth
    and prediction in swapped places, so the name it gives is that of the other ratio. Blind to order, to repetition and
    to words that were made up.
    """
    words = set(truth.split())
    return len(words & set(read.split())) / len(words) if words else 1.0


def _error_rate(truth: str, read: str) -> float:
    return Levenshtein.distance(truth, read) / len(truth) if truth else float(bool(read))


def words_right(truth: str, read: str) -> float:
    """Return the share of the truth's words that were read right and in order.

    That is the longest common subsequence over the words of the truth. Unlike `word_recall` it counts every
    occurrence; 1 if the truth has no words.
    """
    words = truth.split()
    return LCSseq.similarity(words, read.split()) / len(words) if words else 1.0
