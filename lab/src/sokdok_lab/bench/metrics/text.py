"""Compare a page with its truth in more ways: errors by character, without spaces, without order, by word.

They stand beside `sokdok.compress.fidelity` where a set's README asks for them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq, Levenshtein

from sokdok.compress.fidelity import collapse, exact, fidelity

_LOOP_CHARS = 60  # Length of a repetition at the end of a text, at least.
_MAX_PERIOD_CHARS = 200  # Length of what is repeated, at most.
_COPIES = 4  # Copies of it, at least.


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
    """Return `fidelity` after all white space is taken out: where spacing was restored, not original."""
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


def word_precision(truth: str, read: str) -> float:
    """Return |A & B| / |A| with A, B the sets of white-space words of truth and reading; 1 if the truth has no words.

    What the tool of the Fox benchmark prints as "precision" (ucaslcl/Fox, eval_tools/eval_ocr_test.py). It passes truth
    and prediction in swapped places, so the name it gives is that of the other ratio: this is the share of the truth's
    word types that were found, usually called recall. Blind to order, to repetition and to words that were made up.
    """
    words = set(truth.split())
    return len(words & set(read.split())) / len(words) if words else 1.0


def words_right(truth: str, read: str) -> float:
    """Return the share of the truth's words that were read right and in order.

    That is the longest common subsequence over the words of the truth. Unlike `word_precision` it counts every
    occurrence; 1 if the truth has no words.
    """
    words = truth.split()
    return LCSseq.similarity(words, read.split()) / len(words) if words else 1.0


def repeats(text: str) -> bool:
    """Tell whether a text ends in a repetition: 60 characters or more of its end are four or more copies of one string.

    How a reader that lost its way goes on until it is stopped, whether or not it noticed. White space behind the text
    is none: that is an end which was missed, and the blank rest of the page.
    """
    text = text.rstrip()
    return any(
        _ends_in_copies(text, period, max(_COPIES, -(-_LOOP_CHARS // period)))
        for period in range(1, _MAX_PERIOD_CHARS + 1)
    )


def _ends_in_copies(text: str, period: int, copies: int) -> bool:
    tail = text[-period * copies :]
    return len(tail) == period * copies and tail == tail[:period] * copies


@dataclass(frozen=True)
class Similarity:
    """The four numbers of one text."""

    fidelity: float
    exact: float
    word_precision: float
    words_right: float


def compare(truth: str, read: str) -> Similarity:
    """Return all four metrics."""
    return Similarity(fidelity(truth, read), exact(truth, read), word_precision(truth, read), words_right(truth, read))
