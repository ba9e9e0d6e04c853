"""The rules of a table: thin straight lines, level and upright, darker or lighter than both sides.

- A pixel belongs to a rule if it differs from the pixels `REACH` to either side, the same way; so filled cells are
  none, and a white line between two of them is one.
- Runs of such pixels that are long enough are rules; runs a pixel apart are the same rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sokdok.imaging.components import components
from sokdok.layout.text_line import TextLine

REACH = 5
"""pixels: a rule is thinner"""
CLEAR, FAINT = 24, 8
"""levels of 255"""
SLOPE = 0.03
"""of a rule on a picture that is a little askew"""
GAP, DENSE = 4, 0.88
"""pixels that may be missing in one place; share of a rule's pixels that must be there"""


@dataclass(frozen=True)
class Rule:
    """A line along one axis."""

    at: float
    """its place on the other axis, pixels"""
    start: int
    end: int
    """first pixel behind it"""


@dataclass(frozen=True)
class Rules:
    """Level ones from top to bottom, upright ones from left to right."""

    level: tuple[Rule, ...]
    upright: tuple[Rule, ...]


def find_rules(pixels: np.ndarray, lines: Sequence[TextLine]) -> Rules:
    """Rules of a picture (H, W, 3) uint8 with some lines of text, whose strokes are no rules."""
    gray = pixels.astype(np.int16).mean(2)
    height = float(np.median([line.box[3] - line.box[1] for line in lines]))
    level = _level(gray, max(32, round(2.5 * height)))
    upright = _level(gray.T, max(16, round(1.4 * height)))
    return Rules(tuple(rule for rule in level if not any(_within(rule, line) for line in lines)), upright)


def _within(rule: Rule, line: TextLine) -> bool:
    """Whether a level rule is strokes of a line's letters."""
    left, top, right, bottom = line.box
    margin = 0.15 * (bottom - top)
    shared = min(right, rule.end) - max(left, rule.start)
    return top + margin < rule.at < bottom - margin and shared > 0.7 * (rule.end - rule.start)


def _level(gray: np.ndarray, shortest: int) -> tuple[Rule, ...]:
    """Rules that are faint in places are followed there, as far as they are seen at all."""
    seen = components(_long_runs(_ridges(gray, FAINT), shortest))
    clear = np.pad(_long_runs(_ridges(gray, CLEAR), shortest).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    left, top, right, bottom = seen.boxes.T
    sure = clear[bottom, right] - clear[top, right] - clear[bottom, left] + clear[top, left] > 0
    keep = sure & (bottom - top <= REACH + 2 + SLOPE * (right - left)) & (right - left >= shortest)
    rules = [Rule((t + b) / 2, int(le), int(r)) for le, t, r, b in seen.boxes[keep]]
    return tuple(sorted(rules, key=lambda rule: (rule.at, rule.start)))


def _ridges(gray: np.ndarray, contrast: int) -> np.ndarray:
    """Pixels that are darker, or lighter, than those above and below."""
    padded = np.pad(gray, ((REACH, REACH), (0, 0)), mode="edge")
    above, below = gray - padded[: -2 * REACH], gray - padded[2 * REACH :]
    return (np.maximum(above, below) < -contrast) | (np.minimum(above, below) > contrast)


def _long_runs(mask: np.ndarray, shortest: int) -> np.ndarray:
    """Pixels of long runs along rows, with small gaps, as where rules cross, but dense: a line of text is not."""
    if mask.shape[1] < shortest:
        return np.zeros_like(mask)
    whole = (_windows(_closed(mask), shortest) == shortest) & (_windows(mask, shortest) >= DENSE * shortest)
    marks = np.zeros((mask.shape[0], mask.shape[1] + 1), np.int32)
    marks[:, : whole.shape[1]] += whole
    marks[:, shortest:] -= whole
    return marks.cumsum(1)[:, :-1] > 0


def _windows(mask: np.ndarray, size: int) -> np.ndarray:
    """How many of each `size` pixels in a row, (H, W - size + 1)."""
    sums = np.pad(mask.cumsum(1, dtype=np.int32), ((0, 0), (1, 0)))
    return sums[:, size:] - sums[:, :-size]


def _closed(mask: np.ndarray) -> np.ndarray:
    """Gaps of up to `GAP` pixels in a row filled."""
    columns = np.arange(mask.shape[1], dtype=np.int32)
    last = np.maximum.accumulate(np.where(mask, columns, -GAP - 2), axis=1)
    following = np.minimum.accumulate(np.where(mask, columns, mask.shape[1] + GAP + 2)[:, ::-1], axis=1)[:, ::-1]
    return mask | (following - last - 1 <= GAP)


def erased(pixels: np.ndarray, rules: Rules) -> np.ndarray:
    """The picture with each rule painted over with what lies above it, or left of it, for a reader of lines."""
    result = pixels.copy()
    for rule in rules.level:
        top, bottom = _around(rule, len(result))
        result[top:bottom, rule.start : rule.end] = result[max(0, top - 1), rule.start : rule.end]
    for rule in rules.upright:
        left, right = _around(rule, result.shape[1])
        result[rule.start : rule.end, left:right] = result[rule.start : rule.end, max(0, left - 1), None]
    return result


def _around(rule: Rule, limit: int) -> tuple[int, int]:
    return max(0, int(rule.at) - 3), min(limit, int(rule.at) + 4)
