"""The edit distance of Levenshtein between two texts or lists, and which edits those are.

Many cells of the table of distances are calculated at once, as bits of one long number for each item of the second
sequence (Myers 1999, as Hyyrö 2003 has it): whether the distance grows, or falls, from one item of the first to the
next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple


class Edit(NamedTuple):
    """Items `start` to `stop` of the first sequence, and what they are in the second."""

    tag: str  # equal, replace, delete or insert; of replace both have as many
    start: int
    stop: int
    other_start: int
    other_stop: int


def distance(first: Sequence[Hashable], second: Sequence[Hashable]) -> int:
    """The fewest items to replace, delete and insert that make one sequence the other."""
    head, tail = _shared(first, second)
    first, second = first[head : len(first) - tail], second[head : len(second) - tail]
    if not first or not second:
        return len(first) + len(second)
    grows, falls = deque(_columns(first, second), 1)[0]
    return len(second) + grows.bit_count() - falls.bit_count()


def similarity(first: Sequence[Hashable], second: Sequence[Hashable]) -> float:
    """1 - distance / length of the longer one; 1 for two empty ones."""
    return 1 - distance(first, second) / max(len(first), len(second), 1)


def edits(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[Edit]:
    """The fewest edits that make one sequence the other, in order, and what stays equal between them."""
    head, tail = _shared(first, second)
    at, other = len(first) - tail, len(second) - tail
    columns = list(_columns(first[head:at], second[head:other]))
    steps = ["equal"] * tail  # from the last one on
    while at > head and other > head:
        bit = at - head - 1
        if columns[other - head - 1][0] >> bit & 1:
            steps.append("delete")
            at -= 1
            continue
        other -= 1
        if other > head and columns[other - head - 1][1] >> bit & 1:
            steps.append("insert")
            continue
        at -= 1
        steps.append("equal" if first[at] == second[other] else "replace")
    steps += ["delete"] * (at - head) + ["insert"] * (other - head) + ["equal"] * head
    found, at, other = list[Edit](), 0, 0
    for tag, group in groupby(reversed(steps)):
        count = len(list(group))
        stop, other_stop = at + count * (tag != "insert"), other + count * (tag != "delete")
        found.append(Edit(tag, at, stop, other, other_stop))
        at, other = stop, other_stop
    return found


def _shared(first: Sequence[Hashable], second: Sequence[Hashable]) -> tuple[int, int]:
    """How many items both begin with, and how many of the others they end in."""
    short = min(len(first), len(second))
    head = next((at for at in range(short) if first[at] != second[at]), short)
    return head, next((at for at in range(short - head) if first[-1 - at] != second[-1 - at]), short - head)


def _columns(first: Sequence[Hashable], second: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    """For each item of the second, at which items of the first the distance grows by one, and falls, as bits."""
    places: dict[Hashable, int] = {}
    for at, item in enumerate(first):
        places[item] = places.get(item, 0) | 1 << at
    full = (1 << len(first)) - 1
    grows, falls = full, 0
    for item in second:
        here = places.get(item, 0)
        same = (((here & grows) + grows) ^ grows | here | falls) & full  # as at one item before in both
        right, left = falls | full & ~(same | grows), same & grows  # whether it grows, falls by this item
        right, left = right << 1 | 1, left << 1
        grows, falls = (left | ~(same | right)) & full, right & same
        yield grows, falls
