"""The numbers that the structure network is given of each node of a page.

Lengths are in units of the page's body type. What only a text layer knows of the type is hidden of a page that a
recogniser read, and what the pages around show where they are not known.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sokdok.layout.structure.nodes import ACROSS, DOWN, DRAWING, FILL, PICTURE, TEXT, Array

Floats = NDArray[np.float32]

NUMBERS = 47  # of each node
SIDES = 4  # rules around a node: at its left, above, at its right, below
FAR = 12.0  # body heights beyond which a gap is as good as infinite
ALIGNED = 0.25  # body heights by which places differ that are one
ASCENT, DESCENT = 0.8, 0.2  # of the type's size, from the baseline to the upper and the lower end of its box


def body_size(page: dict[str, Array]) -> float:
    """The size of the type of most letters."""
    texts = page["kind"] == TEXT
    sizes, weights = page["em"][texts].astype(float), page["size"][texts, 0].astype(float)
    return max(1e-3, weighted_median(sizes, weights)) if len(sizes) else 10.0


def weighted_median(values: NDArray[Any], weights: NDArray[Any]) -> float:
    """The value at which half of the weight is reached, from the least value on; there is at least one."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


def places(page: dict[str, Array]) -> Floats:
    """Nodes × (left, top, right, bottom, size of the type): of text as high as its type, from its baseline."""
    texts = page["kind"] == TEXT
    em, base = page["em"].astype(np.float32), page["baseline"].astype(np.float32)
    place: Floats = np.concatenate([page["box"].astype(np.float32), em[:, None]], 1)
    place[texts, 1], place[texts, 3] = base[texts] - ASCENT * em[texts], base[texts] + DESCENT * em[texts]
    return place


def surroundings(place: Floats, kind: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Nodes × SIDES places of the next rule or edge around each; nodes × 3, whether fill, picture, drawing holds it."""
    x0, y0, x1, y1 = place[:, :4].T
    middle_x, middle_y = (x0 + x1) / 2, (y0 + y1) / 2
    cell = np.zeros((len(kind), SIDES), np.float32)
    fills = kind == FILL
    for side in range(SIDES):
        axis, before = side % 2, side < 2
        lines = place[fills | (kind == (ACROSS if axis else DOWN))]
        edges = np.concatenate([lines[:, axis], lines[:, axis + 2]])
        low, high = (np.concatenate([lines[:, column]] * 2) for column in (1 - axis, 3 - axis))
        at, along = (middle_y, middle_x) if axis else (middle_x, middle_y)
        gap = (at[:, None] - edges) * (1 if before else -1)
        meets = (low - 0.3 <= along[:, None]) & (high + 0.3 >= along[:, None]) & (gap > 0)
        best = np.where(meets, gap, 99.0).min(1, initial=99.0)
        cell[:, side] = np.where(best < 99, at - best if before else at + best, -50.0 if before else 150.0)
    inside = np.zeros((len(kind), 3), np.float32)
    for index, wanted in enumerate((fills, kind == PICTURE, kind == DRAWING)):
        left, top, right, bottom = place[wanted, :4].T
        across = (left <= middle_x[:, None]) & (right >= middle_x[:, None])
        inside[:, index] = (across & (top <= middle_y[:, None]) & (bottom >= middle_y[:, None])).any(1)
    return cell, inside


def numbers_of(
    page: dict[str, Array],
    place: Floats,
    around: tuple[Floats, Floats],
    size: tuple[float, float],
    blind: bool,
    at: tuple[int, int] | None = None,
) -> Floats:
    """Nodes × NUMBERS; `blind` hides what only a text layer knows.

    `place` and `around` are what `places` and `surroundings` give, they and the page's `size` in body heights; `at` is
    the page's number from 0 among so many, where the pages around are known.
    """
    cell, inside = around
    width, height = size
    kind = page["kind"].astype(int)
    x0, y0, x1, y1, em = place.T
    other = (kind == TEXT)[None, :] & ~np.eye(len(kind), dtype=bool)
    rows, columns = _meet(y0, y1) & other, _meet(x0, x1) & other
    gaps = [
        _nearest(x0[:, None] - x1, rows), _nearest(x0 - x1[:, None], rows),
        _nearest(y0[:, None] - y1, columns), _nearest(y0 - y1[:, None], columns),
    ]  # fmt: skip
    middle = (x0 + x1) / 2
    aligned = [(np.abs(v[:, None] - v) < ALIGNED) & other for v in (x0, x1, middle)]
    left, above, right, below = (np.abs(cell - np.stack([x0, y0, x1, y1], 1)).clip(0, FAR) / 4).T
    letters = page["size"].astype(np.float32)
    known, together = (0 if blind else 1), at is not None
    number, count = at or (1, 3)
    look = page["look"].astype(np.float32) * known
    shares, repeats = page["shares"].astype(np.float32), page["repeats"].astype(np.float32) * together
    ones = np.ones(len(kind), np.float32)
    columns_of = [
        x0 / width, x1 / width, middle / width, y0 / height, y1 / height, (x1 - x0) / width, np.log1p(x1 - x0) / 3,
        em * known, (y1 - y0).clip(0, 8) / 2, width / 50 * ones, height / 70 * ones,
        np.log1p(letters[:, 0]) / 4, np.log1p(letters[:, 1]) / 2, *shares.T, *look.T, *repeats.T,
        (number == 0) * ones, (number == count - 1) * ones, (count > 1) * together * ones,
        *(gap / 4 for gap in gaps), left, above, right, below, *(np.log1p(hit.sum(1)) / 3 for hit in aligned),
        *inside.T, *((kind == wanted) * ones for wanted in (PICTURE, DRAWING, FILL)), blind * ones,
        *page["seen"].astype(np.float32).T,
    ]  # fmt: skip
    return np.nan_to_num(np.stack([np.asarray(column, np.float32) for column in columns_of], 1).clip(-8, 8))


def _meet(low: Floats, high: Floats) -> NDArray[np.bool_]:
    """Whether each span meets each other one."""
    meets: NDArray[np.bool_] = np.minimum(high[:, None], high) > np.maximum(low[:, None], low)
    return meets


def _nearest(gaps: Floats, allowed: NDArray[np.bool_]) -> Floats:
    near: Floats = np.where(allowed & (gaps > -0.2), gaps, FAR).min(1, initial=FAR).clip(0, FAR).astype(np.float32)
    return near
