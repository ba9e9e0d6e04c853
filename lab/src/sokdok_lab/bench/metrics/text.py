"""Compare a page with its truth in more ways: errors by character, without spaces, without order, by word.

They stand beside `metrics.fidelity` where a set's README asks for them.
"""

from __future__ import annotations

from collections import Counter

from rapidfuzz.distance import Levenshtein

from sokdok.compress.fidelity import collapse


def cer(truth: str, read: str) -> float:
    """Return the character error rate: Levenshtein(truth, read) / len(truth), white space collapsed; can exceed 1."""
    truth, read = collapse(truth), collapse(read)
    return _error_rate(truth, read)


def letters_right(truth: str, read: str) -> float:
    """Return 1 - CER over letters and digits in lower case, at least 0: InkBench's headline."""
    return max(0.0, 1 - _error_rate(letters_and_digits(truth), letters_and_digits(read)))


def word_error_rate(truth: str, read: str) -> float:
    """Return edit distance over words / words of the truth; can exceed 1."""
    return _error_rate(truth.split(), read.split())


def letters_and_digits(text: str) -> str:
    """Return the letters and digits of a text in lower case."""
    return "".join(char for char in text.lower() if char.isalnum())


def fidelity_without_spaces(truth: str, read: str) -> float:
    """Return `metrics.fidelity` after all white space is taken out: where spacing was restored, not original."""
    return Levenshtein.normalized_similarity("".join(truth.split()), "".join(read.split()))


def bigram_f1(truth: str, read: str) -> float:
    """Return the F1 of the bags of character pairs, without white space: blind to the order of blocks only."""
    return _bag_f1(_bigrams(truth), _bigrams(read))


def unique_words(truth: str, read: str) -> tuple[float, float]:
    """Return precision and recall of the sets of white-space words; of two empty sets (1, 1)."""
    target, found = set(truth.split()), set(read.split())
    both = len(target & found)
    return both / len(found) if found else float(not target), both / len(target) if target else float(not found)


def _error_rate(truth: str | list[str], read: str | list[str]) -> float:
    return Levenshtein.distance(truth, read) / len(truth) if truth else float(bool(read))


def _bigrams(text: str) -> Counter[str]:
    joined = "".join(text.split())
    return Counter(joined[i : i + 2] for i in range(len(joined) - 1))


def _bag_f1(truth: Counter[str], read: Counter[str]) -> float:
    total = truth.total() + read.total()
    return 2 * (truth & read).total() / total if total else 1.0
