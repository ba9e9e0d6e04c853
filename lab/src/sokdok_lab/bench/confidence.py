"""How far a reader's confidence in its words holds: of words that are said to be right nine times of ten, nine are."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sokdok.reading.confidence import Calibration
from sokdok_lab.bench.pictures import check_plot, save_figure

BINS = 10
MIN_WORDS = 20  # of a point in the picture
_KNOTS = 12  # points of a fitted curve, at most
_PLAIN = str.maketrans("‘’“”–—‐", "''\"\"---")  # marks that look alike are no error


class Judged(NamedTuple):
    """Words of one set, N of them."""

    confidence: np.ndarray  # (N,) what was said of each
    right: np.ndarray  # (N,) bool


def judge(words: Iterable[tuple[str, float]], truth: str, *, case: bool = True) -> Judged:
    """Hold words and what is said of them against a page's text: right is what stands there as often.

    `case`: whether capitals count; fonts of synthetic pages may draw them for small letters.
    """

    def alike(word: str) -> str:
        return _plain(word) if case else _plain(word).casefold()

    there = Counter(alike(word) for word in truth.split())
    said, right = [], []
    for word, confidence in words:
        plain = alike(word)
        said.append(confidence)
        right.append(there[plain] > 0)
        there[plain] -= 1
    return Judged(np.array(said, float), np.array(right, bool))


def together(judged: Iterable[Judged]) -> Judged:
    """The words of several pages as one set."""
    found = list(judged)
    return Judged(
        np.concatenate([np.zeros(0), *(each.confidence for each in found)]),
        np.concatenate([np.zeros(0, bool), *(each.right for each in found)]),
    )


def fitted(sets: Sequence[Judged]) -> Calibration:
    """The rising curve that fits what was said of the words of several sets, each of which weighs as much."""
    from scipy.optimize import isotonic_regression

    words = together(sets)
    weights = np.concatenate([np.full(len(each.right), 1 / max(1, len(each.right))) for each in sets])
    order = np.argsort(words.confidence, kind="stable")
    said, weights = words.confidence[order], weights[order]
    rising = isotonic_regression(words.right[order].astype(float), weights=weights).x
    # A knot for each equal share of the words, and of the curve's height: most words are sure, the curve is not.
    steps = np.linspace(0, 1, _KNOTS // 2)
    shares = np.interp(steps, weights.cumsum() / weights.sum(), said)
    heights = np.interp(steps, (rising - rising[0]) / max(rising[-1] - rising[0], 1e-9), said)
    knots = np.unique(np.round(np.concatenate([[0.0, 1.0], shares, heights]), 3))
    curve = [float(rising[np.abs(said - knot) <= _near(said, knot)].mean()) for knot in knots]
    return Calibration(tuple(knots.tolist()), tuple(np.round(np.maximum.accumulate(curve), 3).tolist()))


def _near(said: np.ndarray, knot: float) -> float:
    """How far the words lie from a knot that say something about it."""
    return float(max(np.sort(np.abs(said - knot))[: max(1, len(said) // 100)].max(), 0.01))


class Bin(NamedTuple):
    """Words that much the same was said of."""

    words: int
    said: float
    right: float


def reliability(judged: Judged, bins: int = BINS) -> list[Bin]:
    """Words by what was said of them, in bins of one width; empty ones are left out."""
    at = np.minimum((judged.confidence * bins).astype(int), bins - 1)
    return [
        Bin(int(inside.sum()), float(judged.confidence[inside].mean()), float(judged.right[inside].mean()))
        for inside in (at == number for number in range(bins))
        if inside.any()
    ]


def expected_error(judged: Judged, bins: int = BINS) -> float:
    """Expected calibration error: the mean distance of said and right over bins, by their words."""
    found = reliability(judged, bins)
    total = sum(each.words for each in found)
    return sum(each.words * abs(each.said - each.right) for each in found) / max(1, total)


def plot(before: Judged, after: dict[str, Judged], path: Path) -> None:
    """Draw said against right: all words as the net says it, and each set as it is calibrated."""
    check_plot(path)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.2), layout="constrained")
    axes, counts = figure.subplots(1, 2, width_ratios=(3, 2))
    axes.plot([0, 1], [0, 1], color="#b9c4d0", linewidth=1, label="as it should be")
    everything = together(after.values())
    _line(axes, before, "all, the net's own word", color="#7b8fa6", linestyle="--", marker="x")
    for name, judged in after.items():
        _line(axes, judged, f"{name} ({expected_error(judged):.3f})", marker=".", linewidth=0.8)
    _line(axes, everything, f"all ({expected_error(everything):.3f})", color="black", linewidth=2.5, marker="o")
    axes.set(xlabel="confidence of words", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1))
    figure.legend(loc="outside right center", fontsize=7, title="set (calibration error)", title_fontsize=7)
    counts.hist(everything.confidence, BINS, range=(0, 1), color="#2b8a6e")
    counts.set(xlabel="confidence of words", ylabel="words", yscale="log")
    save_figure(figure, path, colours=128)


def _line(axes: Any, judged: Judged, label: str, **style: Any) -> None:
    found = [each for each in reliability(judged) if each.words >= MIN_WORDS]  # fewer say nothing
    axes.plot([each.said for each in found], [each.right for each in found], label=label, **style)


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).translate(_PLAIN)
