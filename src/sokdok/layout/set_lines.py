"""Lines that were read from pixels, set as lines of a text layer are: sizes and places are measured, and a little off.

- Sizes that differ by no more than measures do are one: first that of most of the page, then the others.
- What a reader takes a bullet or a ring for is one: a letter or sign by itself before a word, where two lines of a page
  begin so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sokdok.layout.structure.nodes import weighted_median
from sokdok.layout.text_line import TextLine

OFF = (0.12, 0.09)
"""shares by which a size is measured too small and too large, at most: lines without tall letters look smaller"""
MOST_WEIGHT = 1.0  # of a line: nearly three times as heavy as its page
LEAST_CONTRAST = 20.0  # levels by which ink stands out from its ground
FAINT = 0.15  # share of a line's darkest ink that is noise
BASELINE_EM = 0.3  # from the middle of a line to where its type stands
_LIKE_BULLETS = frozenset("=«»©®¢oо°ㅇO0")  # the second o is Cyrillic


def set_lines(lines: Sequence[TextLine]) -> list[TextLine]:
    """Give lines of nearly equal size one size, and put bullets right; lines without words stay as they are."""
    sizes = _sizes([line for line in lines if line.words])
    listed = sum(map(_has_bullet, lines)) > 1
    return [
        _set(line, min(sizes, key=lambda em: abs(em - line.em)), listed and _has_bullet(line)) if line.words else line
        for line in lines
    ]


def _has_bullet(line: TextLine) -> bool:
    """Whether a line begins with what may be a bullet, before a word: rows of numbers begin with 0, too."""
    first, *others = line.words or (None,)
    known = first is not None and first.source == "recogniser" and first.text in _LIKE_BULLETS
    return known and bool(others) and others[0].text[0].isalpha()


def _sizes(lines: Sequence[TextLine]) -> list[float]:
    """The sizes of a page's type, that of most of its characters first."""
    found: list[float] = []
    ems, lengths = np.array([line.em for line in lines], float), np.array([len(line.text) for line in lines], float)
    while len(ems):
        counts = [float(lengths @ _likeness(ems, em)) for em in ems]
        about = _likeness(ems, ems[int(np.argmax(counts))]) > 0
        near = np.sort(ems[about])
        found.append(float(near[len(near) // 2]))
        ems, lengths = ems[~about], lengths[~about]
    return found


def _likeness(measured: np.ndarray, em: float) -> np.ndarray:
    """From 1 for a measured size that is `em` down to 0 for one that is off by more than measures are; (N,).

    What is nearly off counts little, lest the size between those of two kinds of type be taken for that of both.
    """
    off, (small, large) = measured / em - 1, OFF
    return np.maximum(0.0, 1 - np.abs(off) / np.where(off > 0, large, small))


def _set(line: TextLine, em: float, bullet: bool) -> TextLine:
    baseline = line.box.middle[1] + BASELINE_EM * em
    words = [replace(word, em=em, baseline=baseline) for word in line.words]
    text = line.text
    if bullet:
        words[0], text = replace(words[0], text="•"), f"•{text[len(words[0].text) :]}"
    return replace(line, em=em, text=text, words=tuple(words))


def weighed(lines: Sequence[TextLine], gray: np.ndarray) -> list[TextLine]:
    """The lines of a page (H, W) uint8 with their weights: bold type has heavier strokes than most of its page."""
    strokes = np.array([_stroke_px(gray, line) / line.em for line in lines])
    letters = np.array([len(line.text) for line in lines])
    known = strokes > 0
    if not known.any():
        return list(lines)
    usual = weighted_median(strokes[known], letters[known])
    weights = np.clip(np.log(np.where(known, strokes, usual) / usual), -MOST_WEIGHT, MOST_WEIGHT)
    return [replace(line, weight=float(weight)) for line, weight in zip(lines, weights, strict=True)]


def _stroke_px(gray: np.ndarray, line: TextLine) -> float:
    """The mean width of a line's strokes along its rows, pixels; 0 where nothing stands out from its ground."""
    left, top, right, bottom = (round(side) for side in line.box)
    part = gray[max(0, top) : bottom, max(0, left) : right].astype(np.float32)
    if part.size < 2 or min(part.shape) < 2:
        return 0.0
    ink = np.abs(part - np.median(part))
    most = float(np.percentile(ink, 98))
    if most < LEAST_CONTRAST:
        return 0.0
    ink = np.clip((ink / most - FAINT) / (1 - FAINT), 0, 1)
    edges = float(np.abs(np.diff(ink, axis=1, prepend=0, append=0)).sum()) / 2
    return float(ink.sum()) / max(edges, 1e-3)
