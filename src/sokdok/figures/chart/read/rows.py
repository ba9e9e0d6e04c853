"""Texts below a chart told apart by their middles: those of a row stand at even steps, however close they are.

- A net sees gaps: it takes neighbours that are close for one text, and cuts texts at wide spaces. So where the texts of
  a row don't stand at even steps, its ink is cut at other gaps, and what stands more evenly counts.
- Ink at a step where no text was found is one: single letters are easily missed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sokdok.figures.chart.read.directions import is_short, middle
from sokdok.figures.chart.read.find_texts import FoundText
from sokdok.imaging.grouping import consecutive
from sokdok.imaging.runs import spans

_ON_AXES = ("category", "value tick")  # roles of texts that stand along an axis
_BAND_EM = 0.4  # from the middle of a row up and down to where its ink is looked for
_OFF_EM = 0.2  # from a place to the middle of its text, at most; and between two letters of a text
_LEAST_STEP_EM = 1.2  # between the middles of neighbours, which letters of a text are closer than
_INK_SHARE = 0.35  # share of the strongest contrast of a row from which a pixel is ink
_UNEVEN_SHARE = 0.25  # share of the texts of a row off their places, at most, where it is cut anew
_LEAST = 3  # texts at even steps that make a row, at least

Span = tuple[float, float]  # first column and the one behind the last


@dataclass(frozen=True)
class _Steps:
    """Even places along a row."""

    first: float
    step: float

    def off(self, middles: np.ndarray) -> np.ndarray:
        """Measure how far middles (N,) are from the next place."""
        places = self.first + np.round((middles - self.first) / self.step) * self.step
        return np.abs(middles - places)

    def fitted(self, middles: np.ndarray) -> _Steps:
        """Move the places to where middles (N,) near them are."""
        numbers = np.round((middles - self.first) / self.step)
        step, first = np.polyfit(numbers, middles, 1)
        return _Steps(float(first), float(step))


def regular_rows(gray: np.ndarray, found: Sequence[FoundText]) -> list[FoundText]:
    """Cut and join the texts of rows on a grey picture (H, W) uint8, and add those that were missed."""
    texts = list(found)
    for row in _rows(found):
        em = float(np.median([text.em for text in row]))
        ink = _ink(gray, row, em)
        as_found = [(text.left[0], text.right[0]) for text in row]
        parts, steps = _cut(as_found, ink, em)
        if steps is not None:
            cut = [_text(part, row) for part in _with_missed(parts, ink, steps, em)]
            texts = [text for text in texts if text not in row and not any(_is_at(text, new) for new in cut)] + cut
    return sorted(texts, key=lambda text: (text.left[1], text.left[0]))


def _is_at(text: FoundText, other: FoundText) -> bool:
    """Check whether a short text was found where another one is, as something else."""
    (x, y), height = middle(text), middle(other)[1]
    return is_short(text) and other.left[0] <= x <= other.right[0] and abs(y - height) < _BAND_EM * other.em


def _rows(found: Sequence[FoundText]) -> list[list[FoundText]]:
    """Group the texts of axes whose middles are at one height: level ones, or so short that they may be."""
    level = [text for text in found if text.role in _ON_AXES and (not text.angle or is_short(text))]
    rows = consecutive(
        level,
        lambda text: middle(text)[1],
        lambda row, text: middle(text)[1] - middle(row[-1])[1] < _BAND_EM * min(text.em, row[-1].em),
    )
    return [sorted(row, key=lambda text: text.left) for row in rows if len(row) >= _LEAST]


def _cut(as_found: list[Span], ink: Sequence[Span], em: float) -> tuple[list[Span], _Steps | None]:
    """Cut the ink of a row where its texts then stand most evenly; and their steps, None if they are uneven."""
    best, steps = as_found, _steps(as_found, em)
    fewest, most = (_misplaced(as_found, steps, em), _placed(as_found, steps, em)) if steps else (len(as_found), 0)
    gaps = sorted({after[0] - span[1] for span, after in itertools.pairwise(ink)} if fewest else ())
    for gap in (gap for gap in gaps if gap > _OFF_EM * em):
        parts = _parts(ink, gap)
        even = _steps(parts, em)
        if even is None or (placed := _placed(parts, even, em)) < most:
            continue
        count = _misplaced(parts, even, em)
        if count < fewest and count <= _UNEVEN_SHARE * len(parts):
            best, steps, fewest, most = parts, even, count, placed
    if best is as_found:
        return best, steps if not fewest else None
    return _ends_cut(best, ink, steps, em) if steps else best, steps


def _ends_cut(parts: list[Span], ink: Sequence[Span], steps: _Steps, em: float) -> list[Span]:
    """Cut the first and the last text where what is left of it, toward the middle of the row, has a place of its own.

    Texts at the ends of an axis are moved inward, so that their neighbours nearly touch them.
    """

    def off(part: Span) -> float:
        return float(steps.off(_middles([part]))[0])

    def cut(part: Span, inner: int) -> list[Span]:
        gaps = [(a[1], b[0]) for a, b in itertools.pairwise(ink) if part[0] < a[1] and b[0] < part[1]]
        halves = [[(part[0], left), (right, part[1])] for left, right in gaps]
        placed = [half for half in halves if _placed([half[inner]], steps, em)]
        return min(placed, key=lambda half: off(half[inner]) - (half[1][0] - half[0][1]), default=[part])

    return [*cut(parts[0], 1), *parts[1:-1], *cut(parts[-1], 0)]


def _with_missed(parts: Sequence[Span], ink: Sequence[Span], steps: _Steps, em: float) -> list[Span]:
    """Add ink at places without a text, between texts and next to the last ones on both sides."""
    taken = [round((sum(part) / 2 - steps.first) / steps.step) for part in parts]
    missed = []
    for number in range(min(taken) - 1, max(taken) + 2):
        place = steps.first + number * steps.step
        beside = [span for span in ink if abs(sum(span) / 2 - place) < em / 2]
        part = (beside[0][0], beside[-1][1]) if beside else (place, place)
        fits = _OFF_EM * em < part[1] - part[0] < em and _placed([part], steps, em)
        if number not in taken and fits:
            missed.append(part)
    return sorted([*parts, *missed])


def _ink(gray: np.ndarray, row: Sequence[FoundText], em: float) -> list[Span]:
    """Find the runs of columns with ink in the band of a row, a step beyond its texts on both sides."""
    height = float(np.median([middle(text)[1] for text in row]))
    top, bottom = max(0, round(height - _BAND_EM * em)), round(height + _BAND_EM * em) + 1
    step = (row[-1].left[0] - row[0].left[0]) / (len(row) - 1)
    left, right = max(0, math.floor(row[0].left[0] - step)), math.ceil(row[-1].right[0] + step)
    band = gray[top:bottom, left:right].astype(np.int16)
    contrast = np.abs(band - int(np.median(band)))
    found = spans((contrast > _INK_SHARE * contrast.max()).any(0)) + left
    return [(float(start), float(end)) for start, end in found.tolist()]


def _parts(ink: Sequence[Span], gap: float) -> list[Span]:
    """Cut ink at gaps that are at least so wide."""
    parts = [ink[0]]
    for span in ink[1:]:
        if span[0] - parts[-1][1] >= gap:
            parts.append(span)
        else:
            parts[-1] = parts[-1][0], span[1]
    return parts


def _steps(parts: Sequence[Span], em: float) -> _Steps | None:
    """Find the even steps, no narrower than texts, at which most texts stand; None if too few do."""
    middles = _middles(parts)
    least = max(_LEAST_STEP_EM * em, float(np.median([end - start for start, end in parts])))
    best: _Steps | None = None
    most = _LEAST - 1
    for i, j in itertools.combinations(range(len(middles)), 2):
        if j - i > 2 or (step := middles[j] - middles[i]) <= least:
            continue
        steps = _Steps(middles[i], step)
        count = int((steps.off(middles) < _OFF_EM * em).sum())
        if count > most:
            best, most = steps.fitted(middles[steps.off(middles) < _OFF_EM * em]), count
    return best


def _middles(parts: Sequence[Span]) -> np.ndarray:
    """Compute the middles (N,) of texts."""
    return np.array([(start + end) / 2 for start, end in parts])


def _placed(parts: Sequence[Span], steps: _Steps, em: float) -> int:
    """Count the texts at places."""
    return int((steps.off(_middles(parts)) < _OFF_EM * em).sum())


def _misplaced(parts: Sequence[Span], steps: _Steps, em: float) -> int:
    """Count the texts off their places; the first and the last may be moved inward."""
    return int((steps.off(_middles(parts[1:-1])) >= _OFF_EM * em).sum())


def _text(part: Span, row: Sequence[FoundText]) -> FoundText:
    """Make a text of a part, like the one that it has most in common with."""
    like = max(row, key=lambda text: min(part[1], text.right[0]) - max(part[0], text.left[0]))
    height = middle(like)[1]
    return replace(like, left=(part[0], height), right=(part[1], height), angle=0.0)
