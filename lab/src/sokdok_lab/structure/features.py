"""Samples to train the structure network on: a page's numbers, places and truth, shaken, shuffled, padded to batches.

Half of the samples hide what only a text layer knows of the type, as for a page that a recogniser read; the order of
nodes is always a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sokdok.layout.structure.nodes import (
    ACROSS,
    DRAWING,
    FILL,
    FIRST,
    PICTURE,
    TEXT,
    Array,
    Floats,
    body_size,
    numbers_of,
    places,
    surroundings,
)
from sokdok_lab.structure.tree import FIGURE
from sokdok_lab.structure.truth import count_places, part_tables


@dataclass
class Sample:
    """A page, its nodes shuffled."""

    numbers: Floats  # nodes × numbers.NUMBERS
    place: Floats  # nodes × (left, top, right, bottom, type size), in body heights
    cell: Floats  # nodes × SIDES: the rules at the left, above, at the right and below, in body heights
    letters: NDArray[np.int64]
    hash: NDArray[np.int64]
    truth: dict[str, NDArray[np.int64]]


def sample(page: dict[str, Array], random: np.random.Generator | None) -> Sample:
    """A page's sample: shaken and shuffled where there is a source of chance, as it is where there is none."""
    read = was_read(page)
    blind = read or (random is not None and random.random() < 0.5)
    if random is not None:
        page = _cropped(page, random) if random.random() < 0.35 else page
        page = _underlined(page, random) if random.random() < 0.15 else page
        page = _as_weighed(_as_detected(page, random), random) if blind and not read else page
    kind = page["kind"].astype(int)
    count, texts = len(kind), kind == TEXT
    em, body = page["em"].astype(np.float32), body_size(page)
    place = places(page)
    if random is not None:
        shake = random.choice(SHAKES["read" if read else "blind" if blind else "exact"])
        by = random.normal(0, shake, (count, 4)) * np.where(texts, em, body)[:, None]
        place[:, :4] += by * np.array([1, 0.6, 1, 0.6])
        if blind:
            place[:, 4] *= np.exp(random.normal(0, 0.04, count))
        body *= float(np.exp(random.normal(0, 0.03)))
        angle = random.normal(0, 0.004) if blind else 0.0
        middle = (place[:, 0] + place[:, 2]) / 2 - page["page"][0] / 2
        place[:, [1, 3]] += (middle * angle)[:, None]
    place /= body
    width, height = (page["page"].astype(float) / body).tolist()
    cell, inside = surroundings(place, kind)
    numbers = numbers_of(page, place, (cell, inside), (width, height), blind)
    letters, hashes = page["letters"].astype(np.int64), page["hash"].astype(np.int64)
    if random is not None and random.random() < 0.5:
        hashes = np.zeros_like(hashes)
    if blind and not read and random is not None:
        letters = np.where(random.random(letters.shape) < 0.05, 0, letters)
    truth = _truth(page, place, kind)
    order = np.arange(count) if random is None else random.permutation(count)
    return _shuffled(Sample(numbers, place.astype(np.float32), cell, letters, hashes, truth), order)


def was_read(page: dict[str, Array]) -> bool:
    """Whether a page is as our own recogniser read it."""
    return len(page["facts"]) > 6 and bool(page["facts"][6])


SHAKES = {"read": [0.0, 0.01], "blind": [0.005, 0.02, 0.05], "exact": [0.0, 0.005, 0.015]}
"""by how much places are shaken, in ems: of pages that were read, that are to look like these, and of text layers"""
BOLD, BOLD_SPREAD, PLAIN_SPREAD = 0.37, 0.09, 0.08  # weights of lines (`set_lines`) as they were measured on read pages
LEAST_KEPT = 3  # texts of a part of a page
OF_TEXTS = (
    *("role", "level", "unit", "line", "table", "parent", "header", "goes_on", "successor"),
    *("caption", "place"),
)
OF_NODES = ("box", "em", "baseline", "kind", "letters", "shares", "look", "size", "hash", "seen")


def _cropped(page: dict[str, Array], random: np.random.Generator) -> dict[str, Array]:
    """A part of a page, between two heights or two sides, on a page as large: most real pages hold less."""
    count = len(page["unit"])
    if count < LEAST_KEPT:
        return page
    box = page["box"].astype(float)
    axis = int(random.random() < 0.75)
    middle = (box[:, axis] + box[:, axis + 2]) / 2
    most = int(np.exp(random.uniform(np.log(LEAST_KEPT), np.log(count))))  # few are as frequent as many
    first = int(random.integers(count - most + 1))
    low, high = np.sort(middle[:count])[[first, first + most - 1]]
    seen = (middle >= low) & (middle <= high)
    cut = np.intersect1d(page["table"][seen[:count]], page["table"][~seen[:count]]).max(initial=-1) >= 0
    if cut and not axis:  # a column of a table by itself looks like any text
        return page
    kept = np.flatnonzero(seen[:count])
    out = _taken(page, kept, seen, np.arange(count))
    if axis:  # what stood above is as on a page before
        above = np.unique(page["unit"][~seen[:count] & (middle[:count] < low)])
        out["goes_on"] = out["goes_on"].astype(bool) | np.isin(out["unit"], above[above >= 0])
        up = (out["box"][: len(kept), 1].min() - page["box"][:count, 1].min()) * random.integers(2)
        out["box"], out["baseline"] = out["box"] - np.array([0, up, 0, up]), out["baseline"] - up
    out["place"] = out["place"].copy()
    count_places(out["table"], out["place"])
    return out


def _underlined(page: dict[str, Array], random: np.random.Generator) -> dict[str, Array]:
    """A page some blocks of which are underlined, with a rule below each of their pieces."""
    units = np.unique(page["unit"])
    some = random.choice(units, max(1, int(len(units) * random.choice([0.05, 0.2, 0.8]))), replace=False)
    mine = np.flatnonzero(np.isin(page["unit"], some) & (page["unit"] >= 0))[:200]
    if not len(mine):
        return page
    out = dict(page)
    for name in OF_NODES:
        out[name] = np.concatenate([page[name], np.zeros((len(mine), *page[name].shape[1:]), page[name].dtype)])
    below = page["baseline"][mine] + random.uniform(0.08, 0.25) * page["em"][mine]
    out["box"][-len(mine) :] = np.stack([page["box"][mine, 0], below, page["box"][mine, 2], below], 1)
    out["kind"][-len(mine) :] = ACROSS
    return out


def _as_detected(page: dict[str, Array], random: np.random.Generator) -> dict[str, Array]:
    """A page as it is seen: pieces near each other on a line found as one, some rules missed."""
    unit, line, after = page["unit"], page["line"], page["successor"].astype(int)
    count = len(unit)
    nodes = len(page["kind"])
    gap = random.uniform(0.6, 1.4)
    owner = np.arange(count)
    for at in np.argsort(page["box"][:count, 0], kind="stable").tolist():
        there = after[at]
        if there < 0 or unit[at] != unit[there] or line[at] != line[there] or page["role"][at] != page["role"][there]:
            continue
        if 0 <= page["box"][there, 0] - page["box"][at, 2] < gap * page["em"][at]:
            owner[there] = owner[at]
    kept = np.flatnonzero(owner == np.arange(count))
    seen = random.random(nodes) >= np.where(page["kind"] >= FILL, random.choice([0.0, 0.1, 0.3]), 0)
    seen[:count] = owner == np.arange(count)
    out = {name: value.copy() for name, value in page.items()}
    for first in kept.tolist():
        group = np.flatnonzero(owner == first)
        if len(group) < 2:
            continue
        last = int(group[np.argmax(page["box"][group, 2])])
        weights = page["size"][group, 0].astype(float) / max(1, page["size"][group, 0].sum())
        boxes = page["box"][group]
        out["box"][first] = boxes[:, 0].min(), boxes[:, 1].min(), boxes[:, 2].max(), boxes[:, 3].max()
        out["letters"][first, FIRST:] = page["letters"][last, FIRST:]
        for name in ("shares", "look"):
            out[name][first] = weights @ page[name][group].astype(float)
        out["size"][first] = page["size"][group].sum(0)
        out["successor"][first] = page["successor"][last]
    return _taken(out, kept, seen, owner)


def _taken(page: dict[str, Array], kept: Array, seen: Array, owner: Array) -> dict[str, Array]:
    """A page with some of its texts and nodes; `owner` (N,) says for each text which one it is part of."""
    out = page | {name: page[name][kept] for name in OF_TEXTS} | {name: page[name][seen] for name in OF_NODES}
    number = np.full(len(owner), -1)
    number[kept] = np.arange(len(kept))
    successor = out["successor"].astype(int)
    out["successor"] = np.where(successor >= 0, number[owner][np.maximum(successor, 0)], successor).astype(np.int32)
    return out


def _as_weighed(page: dict[str, Array], random: np.random.Generator) -> dict[str, Array]:
    """Most pages with the weights of their lines, spread as those of pages that were read; they hide what is bold."""
    if random.random() < 0.3:
        return page
    out = {**page, "seen": page["seen"].copy()}
    bold, texts = page["look"][:, 0].astype(float), page["kind"] == TEXT
    weights = random.normal(BOLD, BOLD_SPREAD, len(bold)) * bold + random.normal(0, PLAIN_SPREAD, len(bold))
    out["seen"][:, 1] = np.where(texts, weights - BOLD * (np.median(bold[texts]) > 0.5), 0)
    return out


def _truth(page: dict[str, Array], place: Floats, kind: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    count, texts = len(kind), int((kind == TEXT).sum())
    truth = {}
    for name in ("role", "level", "unit", "line", "table", "parent", "header", "goes_on", "successor"):
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
