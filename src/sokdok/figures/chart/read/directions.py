"""In which direction short texts are read: a letter by itself hardly says, but the texts of an axis agree.

- Where an axis has longer texts, short ones run as these do.
- Where all are short, or the longer ones differ, they are read in several ways, and what is surer counts for all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sokdok.figures.chart.read.find_texts import FoundText, Point

_ON_AXES = ("category", "value tick")  # roles of texts that stand along an axis
_ASIDE_EM = 0.8  # most that the middles of texts of a row, or of a column, lie apart across it
_AXIS = 3  # texts that make an axis, at least
_SHORT_EM = 1.4  # length of a text whose direction is uncertain, at most
_TURNED_EM = 0.6  # length that such a text has in another direction, about
_WAYS = (0.0, 90.0, -90.0)  # degrees at which such texts may be read, however they were found


@dataclass(frozen=True)
class Reading:
    """What a text says."""

    text: str
    confidence: float


def agreed(found: Sequence[FoundText], read: Callable[[Sequence[FoundText]], list[Reading]]) -> list[FoundText]:
    """Turn the short texts of axes as the others run; `read` reads texts."""
    texts = list(found)
    for group in _axes(found):
        short = [i for i in group if is_short(found[i])]
        angles = {found[i].angle for i in group if i not in short}
        if short and len(group) >= _AXIS:
            way = angles.pop() if len(angles) == 1 else _surer([found[i] for i in short], read)
            for i in short:
                texts[i] = turned(found[i], way)
    return texts


def _axes(found: Sequence[FoundText]) -> set[frozenset[int]]:
    """Group the numbers of texts of one role along an axis: of the row or column of each, whichever has more."""
    groups = set()
    for role in _ON_AXES:
        own = [i for i, text in enumerate(found) if text.role == role]
        middles = np.array([middle(found[i]) for i in own]).reshape(-1, 2)
        for i, place in zip(own, middles, strict=True):
            beside = np.abs(middles - place) < _ASIDE_EM * found[i].em
            column, row = beside[:, 0], beside[:, 1]
            chosen = row if row.sum() >= column.sum() else column
            groups.add(frozenset(number for number, inside in zip(own, chosen, strict=True) if inside))
    return groups


def _surer(texts: Sequence[FoundText], read: Callable[[Sequence[FoundText]], list[Reading]]) -> float:
    """Choose the direction in which texts are read with most confidence, as more than signs such as < and |."""

    def confidence(way: float) -> float:
        said = read([turned(text, way) for text in texts])
        return float(np.mean([reading.confidence * any(map(str.isalnum, reading.text)) for reading in said]))

    return max(_WAYS, key=confidence)


def is_short(text: FoundText) -> bool:
    """Check whether a text is so short that its direction is uncertain."""
    return math.dist(text.left, text.right) < _SHORT_EM * text.em


def middle(text: FoundText) -> Point:
    """Find the middle of a text."""
    return (text.left[0] + text.right[0]) / 2, (text.left[1] + text.right[1]) / 2


def turned(text: FoundText, angle: float) -> FoundText:
    """Turn a short text about its middle; it keeps its length where it runs so already."""
    if text.angle == angle:
        return text
    x, y = middle(text)
    half = _TURNED_EM / 2 * text.em
    dx, dy = half * math.cos(math.radians(angle)), -half * math.sin(math.radians(angle))
    left: Point = (x - dx, y - dy)
    return replace(text, left=left, right=(x + dx, y + dy), angle=angle)
