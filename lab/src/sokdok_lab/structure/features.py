"""What the network is given of a page: numbers by node, places, and the truth, padded to batches.

Lengths are in units of the page's body type. Half of the samples hide what only a text layer knows of the type, as for
a page that a recogniser read; most hide the pages around; places are shaken, the order of nodes is always a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sokdok_lab.structure.tree import FIGURE
from sokdok_lab.structure.truth import NODE_KINDS, Array, part_tables

Floats = NDArray[np.float32]
FAR = 12.0  # body heights beyond which a gap is as good as infinite
NUMBERS = 45
RULES = 4
TEXT, PICTURE, DRAWING, FILL, ACROSS, DOWN = range(6)


@dataclass
class Sample:
    """A page, its nodes shuffled."""

    numbers: Floats  # nodes × NUMBERS
    place: Floats  # nodes × (left, top, right, bottom, type size), in body heights
    cell: Floats  # nodes × RULES: the rules at the left, above, at the right and below, in body heights
    letters: NDArray[np.int64]
    hash: NDArray[np.int64]
    truth: dict[str, NDArray[np.int64]]


def body_size(page: dict[str, Array]) -> float:
    """The type size of most letters, in points."""
    texts = page["kind"] == TEXT
    sizes, weights = page["em"][texts].astype(float), page["size"][texts, 0].astype(float)
    order = np.argsort(sizes)
    total = np.cumsum(weights[order])
    return max(1.0, float(sizes[order][np.searchsorted(total, total[-1] / 2)])) if len(order) else 10.0


def sample(page: dict[str, Array], random: np.random.Generator | None) -> Sample:
    """A page's sample: shaken and shuffled where there is a source of chance, as it is where there is none."""
    kind = page["kind"].astype(int)
    count, texts = len(kind), kind == TEXT
    em = page["em"].astype(np.float32)
    box = page["box"].astype(np.float32)
    base = page["baseline"].astype(np.float32)
    body = body_size(page)
    blind = random is not None and random.random() < 0.5
    place = np.concatenate([box, em[:, None]], 1)
    place[texts, 1], place[texts, 3] = base[texts] - 0.8 * em[texts], base[texts] + 0.2 * em[texts]
    if random is not None:
        shake = random.choice([0.005, 0.02, 0.05]) if blind else random.choice([0.0, 0.005, 0.015])
        place[:, :4] += (
            random.normal(0, shake, (count, 4)) * np.where(texts, em, body)[:, None] * np.array([1, 0.6, 1, 0.6])
        )
        if blind:
            place[:, 4] *= np.exp(random.normal(0, 0.04, count))
        body *= float(np.exp(random.normal(0, 0.03)))
        angle = random.normal(0, 0.004) if blind else 0.0
        middle = (place[:, 0] + place[:, 2]) / 2 - page["page"][0] / 2
        place[:, [1, 3]] += (middle * angle)[:, None]
    place /= body
    width, height = (page["page"].astype(float) / body).tolist()
    cell, inside = _cells(place, kind)
    alone = random is None or random.random() < 0.6
    numbers = _numbers(page, place, cell, inside, width, height, blind, alone)
    letters, hashes = page["letters"].astype(np.int64), page["hash"].astype(np.int64)
    if random is not None and random.random() < 0.5:
        hashes = np.zeros_like(hashes)
    if blind and random is not None:
        letters = np.where(random.random(letters.shape) < 0.05, 0, letters)
    truth = _truth(page, place, kind)
    order = np.arange(count) if random is None else random.permutation(count)
    return _shuffled(Sample(numbers, place.astype(np.float32), cell, letters, hashes, truth), order)


def _between(low: Floats, high: Floats, other_low: Floats, other_high: Floats) -> NDArray[np.bool_]:
    """Whether each span meets each other one."""
    meets: NDArray[np.bool_] = (np.minimum(high[:, None], other_high) - np.maximum(low[:, None], other_low)) > 0
    return meets


def _nearest(gaps: Floats, allowed: NDArray[np.bool_]) -> Floats:
    out: Floats = np.where(allowed & (gaps > -0.2), gaps, FAR).min(1, initial=FAR).clip(0, FAR).astype(np.float32)
    return out


def _cells(place: Floats, kind: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Places of the next rule or edge at the left, above, at the right and below; and whether a box holds a node."""
    x0, y0, x1, y1 = place[:, :4].T
    middle_x, middle_y = (x0 + x1) / 2, (y0 + y1) / 2
    out = np.zeros((len(kind), RULES), np.float32)
    fills = kind == FILL
    for side in range(RULES):
        axis, before = side % 2, side < 2
        lines = place[fills | (kind == (ACROSS if axis else DOWN))]
        edges = np.concatenate([lines[:, axis], lines[:, axis + 2]])
        low, high = (np.concatenate([lines[:, column]] * 2) for column in (1 - axis, 3 - axis))
        at, along = (middle_y, middle_x) if axis else (middle_x, middle_y)
        gap = (at[:, None] - edges) * (1 if before else -1)
        meets = (low - 0.3 <= along[:, None]) & (high + 0.3 >= along[:, None]) & (gap > 0)
        best = np.where(meets, gap, 99.0).min(1, initial=99.0)
        out[:, side] = np.where(best < 99, at - best if before else at + best, -50.0 if before else 150.0)
    inside = np.zeros((len(kind), 3), np.float32)
    for index, wanted in enumerate((fills, kind == PICTURE, kind == DRAWING)):
        boxes = place[wanted]
        holds = (
            (boxes[:, 0] <= middle_x[:, None])
            & (boxes[:, 2] >= middle_x[:, None])
            & (boxes[:, 1] <= middle_y[:, None])
            & (boxes[:, 3] >= middle_y[:, None])
        )
        inside[:, index] = holds.any(1)
    return out, inside


def _numbers(
    page: dict[str, Array],
    place: Floats,
    cell: Floats,
    inside: Floats,
    width: float,
    height: float,
    blind: bool,
    alone: bool,
) -> Floats:
    kind = page["kind"].astype(int)
    texts = kind == TEXT
    x0, y0, x1, y1, em = place.T
    other = texts[None, :] & ~np.eye(len(kind), dtype=bool)
    rows, columns = _between(y0, y1, y0, y1) & other, _between(x0, x1, x0, x1) & other
    gaps = [
        _nearest(x0[:, None] - x1, rows), _nearest(x0 - x1[:, None], rows),
        _nearest(y0[:, None] - y1, columns), _nearest(y0 - y1[:, None], columns),
    ]  # fmt: skip
    middle = (x0 + x1) / 2
    aligned = [(np.abs(v[:, None] - v) < 0.25) & other for v in (x0, x1, middle)]
    left, above, right, below = (np.abs(cell - np.stack([x0, y0, x1, y1], 1)).clip(0, FAR) / 4).T
    size = page["size"].astype(np.float32)
    look = page["look"].astype(np.float32) * (0 if blind else 1)
    shares, repeats = page["shares"].astype(np.float32), page["repeats"].astype(np.float32)
    facts = page["facts"]
    together = not alone  # whether the pages around are known
    repeats = repeats * together
    ones = np.ones(len(kind), np.float32)
    columns_of = [
        x0 / width, x1 / width, middle / width, y0 / height, y1 / height, (x1 - x0) / width, np.log1p(x1 - x0) / 3,
        (em * (0 if blind else 1)), (y1 - y0).clip(0, 8) / 2, width / 50 * ones, height / 70 * ones,
        np.log1p(size[:, 0]) / 4, np.log1p(size[:, 1]) / 2, *shares.T, *look.T, *repeats.T,
        (facts[2] == 0) * together * ones, (facts[2] == facts[3] - 1) * together * ones,
        (facts[3] > 1) * together * ones,
        *(gap / 4 for gap in gaps), left, above, right, below, *(np.log1p(hit.sum(1)) / 3 for hit in aligned),
        *inside.T,
        *((kind == wanted) * ones for wanted in (PICTURE, DRAWING, FILL)), blind * ones,
    ]  # fmt: skip
    out = np.stack([np.asarray(column, np.float32) for column in columns_of], 1)
    return np.nan_to_num(out.clip(-8, 8))


def _truth(page: dict[str, Array], place: Floats, kind: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    count, texts = len(kind), int((kind == TEXT).sum())
    truth = {}
    for name in ("role", "level", "unit", "line", "table", "parent", "header", "goes_on", "join", "successor"):
        truth[name] = np.full(count, -1, np.int64)
        truth[name][:texts] = page[name]
    truth["successor"][texts:] = -2
    truth["table"][:texts], parted = part_tables(page)
    truth["place_truth"] = np.full((count, 4), -1, np.int64)
    truth["place_truth"][:texts] = parted
    truth["kind"] = kind.astype(np.int64)
    target = np.full(count, -1, np.int64)  # what captions name: a number that their object's nodes have as `object`
    thing = np.where(truth["table"] >= 0, truth["table"], -1)
    pictures = np.flatnonzero((kind == PICTURE) | (kind == DRAWING))
    for index, named in enumerate(page["caption"].tolist()):
        if named == FIGURE and len(pictures):
            boxes = place[pictures]
            gap = np.maximum(boxes[:, 1] - place[index, 3], place[index, 1] - boxes[:, 3]).clip(0)
            gap = gap + np.where((boxes[:, 0] < place[index, 2]) & (boxes[:, 2] > place[index, 0]), 0, 50)
            best = int(gap.argmin())
            if gap[best] < 20:
                target[index] = 100_000 + int(pictures[best])
                thing[pictures[best]] = 100_000 + int(pictures[best])
        elif named >= 0 and (thing == named).any():
            target[index] = named
    truth["target"], truth["object"] = target, thing
    return truth


def _shuffled(made: Sample, order: NDArray[np.int64]) -> Sample:
    back = np.empty(len(order) + 2, np.int64)
    back[order] = np.arange(len(order))
    back[-2:] = [-2, -1]
    truth = {name: value[order] for name, value in made.truth.items()}
    truth["successor"] = back[truth["successor"]]
    return Sample(
        made.numbers[order], made.place[order], made.cell[order], made.letters[order], made.hash[order], truth
    )


def batch(samples: Sequence[Sample]) -> dict[str, Tensor]:
    """Samples padded to the longest; `mask` says which nodes are real, truth of padding is -1 (no successor: -2)."""
    longest = max(len(item.hash) for item in samples)

    def padded(arrays: Sequence[Array], fill: float) -> Tensor:
        shape = (len(arrays), longest, *arrays[0].shape[1:])
        out = np.full(shape, fill, arrays[0].dtype)
        for row, array in zip(out, arrays, strict=True):
            row[: len(array)] = array
        return torch.from_numpy(out)

    made = {
        name: padded([getattr(item, name) for item in samples], 0)
        for name in ("numbers", "place", "cell", "letters", "hash")
    }
    made["mask"] = padded([np.ones(len(item.hash), bool) for item in samples], 0)
    for name in samples[0].truth:
        made[name] = padded([item.truth[name] for item in samples], -2 if name == "successor" else -1)
    return made


assert len(NODE_KINDS) >= DOWN
