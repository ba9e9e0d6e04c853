"""Documents that share a number, found out of core: pairs of both in files that fit in memory one by one.

Memory holds one bucket of pairs and a number for each document; all else is on the disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sokdok.bulk.quality.near.signatures import Signatures

PAIR = np.dtype([("number", np.uint64), ("document", np.uint64)])
BUCKET_BYTES = 64 << 20  # of pairs that are sorted at once; sorting takes three times that

Numbers = NDArray[np.int64]


class Buckets:
    """Pairs of one column of signatures in files, by the uppermost bits of their numbers."""

    def __init__(self, folder: Path, column: int, documents: int, bucket_bytes: int = BUCKET_BYTES) -> None:
        self._paths = [
            folder / f"{column:03}-{bucket:04}.pairs"
            for bucket in range(max(1, -(-documents * PAIR.itemsize // bucket_bytes)))
        ]
        for path in self._paths:
            path.touch()

    def add(self, numbers: NDArray[np.uint64], first: int) -> None:
        """The numbers of documents one after the other, from the document `first` on; 0 is none."""
        pairs = np.empty(len(numbers), PAIR)
        pairs["number"] = numbers
        pairs["document"] = np.arange(first, first + len(numbers), dtype=np.uint64)
        pairs = pairs[numbers != 0]
        bucket = (pairs["number"] >> np.uint64(32)) * np.uint64(len(self._paths)) >> np.uint64(32)
        for number, path in enumerate(self._paths):
            with path.open("ab") as file:
                pairs[bucket == number].tofile(file)

    def groups(self) -> Iterator[tuple[Numbers, Numbers]]:
        """Documents that share a number with one before, and the first that has it, a bucket at a time."""
        for path in self._paths:
            pairs = np.fromfile(path, PAIR)
            path.unlink()
            pairs = pairs[np.argsort(pairs["number"], kind="stable")]  # documents of one number stay in order
            begins = np.flatnonzero(np.r_[len(pairs) > 0, pairs["number"][1:] != pairs["number"][:-1]])
            sizes = np.diff(np.r_[begins, len(pairs)]).astype(np.int64)
            firsts = np.repeat(pairs["document"][begins], sizes).astype(np.int64)
            documents = pairs["document"].astype(np.int64)
            others = documents != firsts
            yield documents[others], firsts[others]


def fill(slices: Iterable[Signatures], buckets: list[Buckets]) -> int:
    """Sort the signatures of all slices, in the corpus's order, into buckets, one a column; how many there are."""
    count = 0
    for signatures in slices:
        for column, numbers in zip(buckets, signatures.T, strict=True):
            column.add(np.ascontiguousarray(numbers), count)
        count += len(signatures)
    return count


def join(parents: Numbers, documents: Numbers, others: Numbers) -> None:
    """Put documents that are alike into one set: `parents` leads each to an earlier one, the first to itself.

    All pairs at once: the later of two sets' firsts is hung below the earlier one, until no pair is of two sets.
    """
    while len(documents):
        documents, others = first_of(parents, documents), first_of(parents, others)
        later, earlier = np.maximum(documents, others), np.minimum(documents, others)
        apart = later != earlier
        documents, others = later[apart], earlier[apart]
        np.minimum.at(parents, documents, others)


def first_of(parents: Numbers, documents: Numbers) -> Numbers:
    """The first document of the set of each; `parents` leads there, and is shortened on the way."""
    firsts = parents[documents]
    while True:
        further = parents[firsts]
        if np.array_equal(further, firsts):
            break
        firsts = further
    parents[documents] = firsts
    return firsts
