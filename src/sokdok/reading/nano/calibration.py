"""How often what a recogniser is sure of is right: from the probabilities of a word's symbols to the word's.

A net says .95 where it is right nine times of ten, and .6 where it is hardly ever right. What it says was held against
the truth of pages that it had not seen (`lab/scripts/calibrate_confidence.py`); the curve lies beside its weights.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sokdok.errors import ModelError


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

    0 without any. In a line that is read badly, a word of which the net is sure is less often right than elsewhere.
    """
    return float(word.mean()) ** 2 * float(line.mean()) if len(word) else 0.0
