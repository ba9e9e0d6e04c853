"""What confidence means: of a word the probability that it is right, of a page about the share of its words that are.

- A net says .95 where it is right nine times of ten, and .6 where it is hardly ever right. What it says was held
  against the truth of pages that it had not seen (`lab/scripts/calibrate_confidence.py`); the curve lies beside its
  weights.
- With less than half of the words right a page is no transcript but a draft, and is delivered with a warning; with
  hardly any it is noise, and not delivered.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sokdok.errors import ModelError
from sokdok.layout.text_line import TextLine
from sokdok.reading.reading import Reading
from sokdok.reasons import say


@dataclass(frozen=True)
class Calibration:
    """A rising curve: the score of a word -> the probability that it is right."""

    said: tuple[float, ...] = (0.0, 1.0)
    right: tuple[float, ...] = (0.0, 1.0)

    def __post_init__(self) -> None:
        for values in (self.said, self.right):
            if len(values) != len(self.said) or len(values) < 2 or list(values) != sorted(values):
                raise ValueError("a calibration is two rising rows of as many numbers")
            if values[0] < 0 or values[-1] > 1:
                raise ValueError("probabilities lie between 0 and 1")

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """Read a curve; a checkpoint without one is taken at its word. Raises ModelError for a file that is none."""
        if not path.is_file():
            return cls()
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            return cls(*(tuple(float(number) for number in stored[name]) for name in ("said", "right")))
        except (ValueError, TypeError, KeyError, OSError) as error:
            raise ModelError(f"{path} is no calibration of confidence ({error})") from None

    def word(self, word: np.ndarray, line: np.ndarray) -> float:
        """Probability that a word is right, by those of its symbols (N,) and of all symbols of its line (M,)."""
        return float(np.interp(score(word, line), self.said, self.right))


def score(word: np.ndarray, line: np.ndarray) -> float:
    """What the curve begins with: the squared mean of a word's probabilities (N,), times that of its line's (M,).

    0 without any. In a line that is read badly, a word with a high probability is less often right than elsewhere.
    """
    return float(word.mean()) ** 2 * float(line.mean()) if len(word) else 0.0


FLOOR = 0.5  # below it a page is incomplete: `poor`, by its grade
LEGIBLE = 0.15  # below it nothing is worth printing; noise finds some common words by chance


def lines_confidence(lines: Iterable[TextLine]) -> float | None:
    """Mean confidence of the characters of lines, by that of their words; None without a line."""
    known = [
        (len(text), confidence)
        for line in lines
        for text, confidence in [(word.text, word.confidence) for word in line.words] or [(line.text, line.confidence)]
    ]
    total = sum(length for length, _ in known)
    return sum(length * confidence for length, confidence in known) / total if total else None


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
