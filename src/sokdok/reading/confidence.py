"""What confidence means for what is done with a page: where it is delivered with a warning, and where not at all.

A word's confidence is the probability that it is right, so a page's is about the share of its text that is. With less
than half of the words right a page is no transcript but a draft, and says so; with hardly any it is noise.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from sokdok.layout.text_line import TextLine
from sokdok.reading.reading import Reading
from sokdok.reasons import say

FLOOR = 0.5  # below it a page is incomplete: `poor`, by its grade
LEGIBLE = 0.15
"""below it, less than one word in seven, there is nothing worth printing; noise finds some common words by chance"""


def lines_confidence(lines: Iterable[TextLine]) -> float | None:
    """Mean confidence of the characters of lines, by that of their words; None without a line."""
    known = [
        (len(text), confidence)
        for line in lines
        for text, confidence in [(word.text, word.confidence) for word in line.words] or [(line.text, line.confidence)]
    ]
    total = sum(length for length, _ in known)
    return sum(length * sure for length, sure in known) / total if total else None


def confidence_of(reading: Reading) -> float | None:
    """That of a page's text, by its words or, where their places are not known, its symbols; None if nobody says."""
    if reading.lines:
        return lines_confidence(reading.lines)
    return probability(reading.mean_logprob) if reading.mean_logprob else None


def probability(logprob: float) -> float | None:
    """What a logarithm stands for, 1 at most; None for one that is no number."""
    return None if math.isnan(logprob) else math.exp(min(logprob, 0.0))


def doubt(confidence: float | None) -> str:
    """What is to be said of a page that is read with this confidence; empty where nothing is."""
    if confidence is None or confidence >= FLOOR:
        return ""
    if confidence < LEGIBLE:
        return say("illegible", confidence=f"{confidence:.2f}")
    return say("hardly_legible", confidence=f"{confidence:.2f}")


def is_legible(confidence: float | None) -> bool:
    """Whether what was read is worth printing."""
    return confidence is None or confidence >= LEGIBLE
