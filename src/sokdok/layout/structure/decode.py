"""From the network's logits to what must hold: blocks as clusters, an order without circles, grids without holes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

OUTWEIGHS = 1e6  # pairs of nodes that one certain to belong together is worth
REACHES = 0.75  # probability from which a cell reaches over another row: yes is rarer than in what trains it
SUREST = 0.9997  # probability that counts at most
SAME_PLACE = 1e-3  # of a body height
LEAST_CHOICE = 0.05  # probability below which a node, or a block, does not lead on to another


def clusters(together: Floats, meet: Flags | None = None, certain: Flags | None = None) -> Ints:
    """Cluster numbers by average linkage: two clusters join while most of the probability between them says so.

    `together` is nodes × nodes, the probability that two belong together; NaN where nothing is known. Of two clusters
    that join a node of one and one of the other `meet`, where that is given; `certain` are pairs that join whatever
    else is said between them. Clusters that are each other's nearest join at once, which gives what joining the nearest
    two of all, one by one, would give.
    """
    count = len(together)
    number = np.arange(count)
    known = ~np.isnan(together)
    touching = np.ones_like(known) if meet is None else meet | meet.T
    parts = [np.where(known, together, 0.0), known.astype(float), touching.astype(float)]
    if certain is not None:
        parts[:2] = [part + OUTWEIGHS * certain for part in parts[:2]]
    parts[:2] = [part + part.T for part in parts[:2]]
    while len(parts[0]) > 1:
        sums, sizes, touching = parts
        mean = np.where(touching > 0, sums / np.maximum(sizes, 1), 0)
        np.fill_diagonal(mean, 0)
        best = mean.argmax(1)
        here = np.arange(len(mean))
        mutual = (best[best] == here) & (mean[here, best] > 0.5)
        if not mutual.any():
            break
        joined = np.unique(np.where(mutual, np.minimum(here, best), here), return_inverse=True)[1]
        order = np.argsort(joined, kind="stable")
        starts = np.searchsorted(joined[order], np.arange(joined.max() + 1))
        parts = [group_sums(part[np.ix_(order, order)], starts) for part in parts]
        number = joined[number]
    return np.unique(number, return_inverse=True)[1].astype(np.int64) if count else number.astype(np.int64)


def group_sums(pairs: Floats, starts: Ints) -> Floats:
    """Groups × groups, the sum over their pairs; groups stand one behind the other and begin at `starts`."""
    return np.add.reduceat(np.add.reduceat(pairs, starts, 0), starts, 1)


def path_cover(probability: Floats, none: Floats) -> Ints:
    """Each node's successor, -1 for none: at most one before and one behind each, no circle, the likeliest first.

    `probability` is nodes × nodes, that j comes after i; `none` that nothing does.
    """
    count = len(none)
    after = np.full(count, -1, np.int64)
    taken, first, last = np.zeros(count, bool), np.arange(count), np.arange(count)  # ends of chains
    rows, columns = np.nonzero((probability > none[:, None]) & (probability > LEAST_CHOICE))
    for index in np.argsort(-probability[rows, columns], kind="stable"):
        i, j = int(rows[index]), int(columns[index])
        if after[i] < 0 and not taken[j] and first[i] != j:
            after[i], taken[j] = j, True
            first[last[j]], last[first[i]] = first[i], last[j]
    return after


def chains(after: Ints) -> list[list[int]]:
    """Numbers in order, chain by chain, from successors as `path_cover` gives them."""
    out = []
    for start in np.setdiff1d(np.arange(len(after)), after[after >= 0]).tolist():
        chain, here = [], start
        while here >= 0:
            chain.append(here)
            here = int(after[here])
        out.append(chain)
    return out


def bands(together: Floats, place: Floats) -> Ints:
    """The row (or column) of each node of a table without cells that reach over several, counted from 0.

    Rows part the nodes, sorted by their `place` across, where the sum of the logits of `together` within rows is
    highest: by dynamic programming over the last row's beginning. `together` is nodes × nodes, the probability that two
    are in one row, NaN where nothing is known.
    """
    count = len(place)
    order = np.argsort(place, kind="stable")
    likely = np.clip(np.where(np.isnan(together), 0.5, together)[np.ix_(order, order)], 1 - SUREST, SUREST)
    logits = np.log(likely / (1 - likely))
    logits = (logits + logits.T) / 2
    np.fill_diagonal(logits, 0)
    sums = np.zeros((count + 1, count + 1))
    sums[1:, 1:] = logits.cumsum(0).cumsum(1)
    best, begun = np.full(count + 1, -np.inf), np.zeros(count + 1, np.int64)
    best[0] = 0
    parts = np.ones(count + 1, bool)  # whether rows may part before a node: not between two of one place
    parts[1:count] = np.diff(place[order]) > SAME_PLACE
    for end in np.flatnonzero(parts)[1:].tolist():
        within = (sums[end, end] - 2 * sums[end, :end] + np.diag(sums)[:end]) / 2
        value = np.where(parts[:end], best[:end] + within, -np.inf)
        begun[end] = value.argmax()
        best[end] = value[begun[end]]
    out = np.zeros(count, np.int64)
    end, ends = count, []
    while end:
        ends.append((int(begun[end]), end))
        end = int(begun[end])
    for number, (start, stop) in enumerate(reversed(ends)):
        out[order[start:stop]] = number
    return out


def spans(covers: Floats, place: Floats) -> Ints:
    """First and last row (or column) of each node of a table, counted from 0; nodes × 2.

    `covers` is nodes × nodes, the probability that j begins in a row of i, NaN where nothing is known; `place` is where
    nodes stand across rows. Rows are those of the nodes that reach over one alone; the others join the likeliest.
    """
    together = np.minimum(covers, covers.T)
    first = bands(together, place)
    wide = _row_spans(covers, first)[:, 1] > first
    narrow = np.flatnonzero(~wide)
    if wide.any() and len(narrow):
        first[narrow] = bands(together[np.ix_(narrow, narrow)], place[narrow])
        for node in np.flatnonzero(wide):
            first[node] = _means(together[[node]][:, narrow], first[narrow])[0].argmax()
    return _row_spans(covers, first)


def _row_spans(covers: Floats, first: Ints) -> Ints:
    """First and last row of each node, from the first ones."""
    means = _means(covers, first)
    out = np.stack([first, first], 1)
    for node in range(len(first)):
        while out[node, 1] + 1 < means.shape[1] and means[node, out[node, 1] + 1] > REACHES:
            out[node, 1] += 1
    return out


def _means(covers: Floats, row: Ints) -> Floats:
    """Nodes × rows, the mean of what is known of each row's nodes."""
    member = np.eye(int(row.max(initial=-1)) + 1)[row]
    known = ~np.isnan(covers)
    return np.where(known, covers, 0) @ member / np.maximum(known @ member, 1)
