"""Measure how much of a text survived: four numbers between 0 and 1 (1 is perfect) for a truth and a reading.

White space is collapsed where the formula says so: every run of it becomes one space, none stays at the ends.
`differences` lists what differs, line by line, to be looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from os.path import commonprefix

from rapidfuzz.distance import LCSseq, Levenshtein

_LOOP_CHARS = 60  # Length of a repetition at the end of a text, at least.
_MAX_PERIOD_CHARS = 200  # Length of what is repeated, at most.
_COPIES = 4  # Copies of it, at least.
_BEFORE_CHARS = 24  # Characters of a line before its first difference, in an excerpt.
_EXCERPT_CHARS = 72  # Length of an excerpt, at most.


def collapse(text: str) -> str:
    """Return a text with every run of white space as one space, none at the ends."""
    return " ".join(text.split())


def fidelity(truth: str, read: str) -> float:
    """Return 1 - Levenshtein(a, b) / max(len(a), len(b)) over characters, white space collapsed; 1 for two empty texts.

    The metric of arXiv 2601.03714, whose measurements of DeepSeek-OCR stand beside sokdok's.
    """
    return Levenshtein.normalized_similarity(collapse(truth), collapse(read))


def exact(truth: str, read: str) -> float:
    """Return fidelity with white space counted: a lost line end, tab or double space is an error."""
    return Levenshtein.normalized_similarity(truth, read)


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


@dataclass(frozen=True)
class Difference:
    """A place where the two texts differ."""

    line: int  # of the text, from 1
    lines: int  # how many of its lines differ here; 0 where lines were read that it has not
    expected: str  # what the text says, from a little before the first difference; marks visible (`visible`)
    read: str  # what was read there


def differences(expected: str, read: str) -> list[Difference]:
    """List where two texts differ, in the order of their lines, line ends and white space counted.

    The lines are aligned with the fewest edits; lines that are missing or too many one after the other are one place.
    """
    lines, found = expected.splitlines(keepends=True), read.splitlines(keepends=True)
    places: list[Difference] = []
    for step in Levenshtein.opcodes(lines, found):
        start, missing, extra = (
            step.src_start,
            lines[step.src_start : step.src_end],
            found[step.dest_start : step.dest_end],
        )
        if step.tag == "replace":
            pairs = zip(missing, extra, strict=True)
            places += [Difference(start + i + 1, 1, *_excerpts(a, b)) for i, (a, b) in enumerate(pairs)]
        elif step.tag != "equal":
            places.append(Difference(start + 1, len(missing), *_excerpts("".join(missing), "".join(extra))))
    return places


def visible(text: str) -> str:
    r"""Write what can't be seen as escapes: a line end as \n or \r\n, a tab as \t, others as \u2028."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _excerpts(expected: str, read: str) -> tuple[str, str]:
    same = len(commonprefix([expected, read]))
    return _excerpt(expected, same), _excerpt(read, same)


def _excerpt(text: str, place: int) -> str:
    start = max(0, place - _BEFORE_CHARS)
    stop = start + _EXCERPT_CHARS
    return f"{'…' * (start > 0)}{visible(text[start:stop])}{'…' * (stop < len(text))}"
