"""From logits to what must hold: blocks as clusters, an order without circles, grids without holes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]


def sigmoid(logits: Floats) -> Floats:
    """Probabilities of yes."""
    out: Floats = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    return out


def clusters(together: Floats) -> Ints:
    """Cluster numbers by average linkage: two clusters join while most of the probability between them says so.

    `together` is nodes × nodes, the probability that two belong together.
    """
    count = len(together)
    together = (together + together.T) / 2
    parent = np.arange(count)
    sums, sizes = together.copy(), np.ones(count)
    alive = np.ones(count, bool)
    rows, columns = np.nonzero(np.triu(together > 0.5, 1))
    for index in np.argsort(-together[rows, columns], kind="stable"):
        a, b = _root(parent, int(rows[index])), _root(parent, int(columns[index]))
        if a == b or sums[a, b] / (sizes[a] * sizes[b]) <= 0.5:
            continue
        parent[b], alive[b] = a, False
        sums[a] += sums[b]
        sums[:, a] += sums[:, b]
        sizes[a] += sizes[b]
    roots = np.array([_root(parent, index) for index in range(count)], np.int64)
    return np.unique(roots, return_inverse=True)[1].astype(np.int64) if count else roots


def linked(together: NDArray[np.bool_]) -> Ints:
    """Cluster numbers where any link joins: for relations that were asked of near nodes alone."""
    parent = np.arange(len(together))
    for a, b in zip(*np.nonzero(together), strict=True):
        parent[_root(parent, int(a))] = _root(parent, int(b))
    return np.array([_root(parent, index) for index in range(len(parent))], np.int64)


def _root(parent: Ints, index: int) -> int:
    while parent[index] != index:
        parent[index] = parent[parent[index]]
        index = int(parent[index])
    return index


def path_cover(choice: Floats, none: Floats) -> Ints:
    """Each node's successor, -1 for none: at most one before and one behind each, no circle, the surest first.

    `choice` is nodes × nodes, the logits of j after i; `none` the logits of nothing after i.
    """
    count = len(none)
    whole = np.concatenate([choice, none[:, None]], 1)
    whole = np.exp(whole - whole.max(1, keepdims=True))
    whole /= whole.sum(1, keepdims=True)
    after = np.full(count, -1, np.int64)
    taken, parent = np.zeros(count, bool), np.arange(count)
    rows, columns = np.nonzero((whole[:, :-1] > whole[:, -1:]) & (whole[:, :-1] > 0.05))
    for index in np.argsort(-whole[rows, columns], kind="stable"):
        i, j = int(rows[index]), int(columns[index])
        if after[i] >= 0 or taken[j] or _root(parent, i) == _root(parent, j):
            continue
        after[i], taken[j] = j, True
        parent[_root(parent, j)] = _root(parent, i)
    return after


def spans(covers: Floats, middle: Floats) -> Ints:
    """First and last row (or column) of each node of a table, counted from 0 without gaps.

    `covers` is nodes × nodes, the probability that j begins in a row of i; `middle` is where nodes stand across rows.
    """
    begun = clusters(np.minimum(covers, covers.T))
    count = int(begun.max(initial=-1)) + 1
    member = np.eye(count)[begun]
    reach = covers @ member / np.maximum(member.sum(0), 1)
    order = np.argsort([np.median(middle[begun == row]) for row in range(count)], kind="stable")
    rank = np.empty(count, np.int64)
    rank[order] = np.arange(count)
    out = np.zeros((len(begun), 2), np.int64)
    for index in range(len(begun)):
        first = last = int(rank[begun[index]])
        while last + 1 < count and reach[index, order[last + 1]] > 0.5:
            last += 1
        out[index] = first, last
    return out


def pair_scores(predicted: Ints, truth: Ints) -> tuple[int, int, int]:
    """Pairs that both put together, that were predicted, that are true."""

    def pairs(sizes: Sequence[int]) -> int:
        return int(sum(size * (size - 1) // 2 for size in sizes))

    both = np.unique(np.stack([predicted, truth]), axis=1, return_counts=True)[1]
    return (
        pairs(both.tolist()),
        pairs(np.unique(predicted, return_counts=True)[1].tolist()),
        pairs(np.unique(truth, return_counts=True)[1].tolist()),
    )
