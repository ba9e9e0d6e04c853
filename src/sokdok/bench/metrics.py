"""How much of a text survived: four numbers between 0 and 1 (1 is perfect) for what went in and what was read.

White space is collapsed where the formula says so: every run of it becomes one space, none stays at the ends.
"""

from __future__ import annotations

from rapidfuzz.distance import LCSseq, Levenshtein


def collapse(text: str) -> str:
    """Every run of white space as one space, none at the ends."""
    return " ".join(text.split())


def fidelity(truth: str, read: str) -> float:
    """1 - Levenshtein(a, b) / max(len(a), len(b)) over characters, white space collapsed in both; 1 for two empty texts.

    The metric of arXiv 2601.03714, whose measurements of DeepSeek-OCR stand beside ours.
    """
    return Levenshtein.normalized_similarity(collapse(truth), collapse(read))


def exact(truth: str, read: str) -> float:
    """As `fidelity`, but white space counts: a lost line end, tab or double space is an error."""
    return Levenshtein.normalized_similarity(truth, read)


def word_precision(truth: str, read: str) -> float:
    """|A & B| / |A| with A, B the sets of white-space words of truth and reading; 1 if the truth has no words.

    What the tool of the Fox benchmark prints as "precision" (ucaslcl/Fox, eval_tools/eval_ocr_test.py). It passes truth
    and prediction in swapped places, so the name it gives is that of the other ratio: this is the share of the truth's
    word types that were found, usually called recall. Blind to order, to repetition and to words read that aren't there.
    """
    words = set(truth.split())
    return len(words & set(read.split())) / len(words) if words else 1.0


def words_right(truth: str, read: str) -> float:
    """Share of the truth's words that were read right and in order: longest common subsequence / words of the truth.

    Unlike `word_precision` it counts every occurrence; 1 if the truth has no words.
    """
    words = truth.split()
    return LCSseq.similarity(words, read.split()) / len(words) if words else 1.0
