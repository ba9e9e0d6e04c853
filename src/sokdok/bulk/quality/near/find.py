"""Which documents of a whole corpus are dropped because another says the same: the first in the plan's order is kept.

Documents are one if a chain of others joins them, each like the next: as datatrove and FinePDFs put them together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from sokdok.bulk.quality.near import groups
from sokdok.bulk.quality.near.signatures import Signatures

SAME, NEAR = "duplicate", "near_duplicate"
"""why a document is dropped: the same characters, white space apart; nearly the same words"""


@dataclass(frozen=True)
class Duplicates:
    """For each document of a corpus the one that is kept in its place."""

    firsts: NDArray[np.int64]  # number of the document that is kept, by number; its own for one that is
    same: NDArray[np.bool_]  # whether it has the same characters as one before

    def reason(self, document: int) -> str:
        """Why a document is dropped, `duplicate` or `near_duplicate`; empty if it is kept."""
        if self.firsts[document] == document:
            return ""
        return SAME if self.same[document] else NEAR


def find(
    slices: Callable[[], Iterable[Signatures]],
    scratch: Path | None = None,
    bucket_bytes: int = groups.BUCKET_BYTES,
) -> Duplicates:
    """Compare all documents of a corpus by their signatures.

    `slices` gives the signatures of each slice in the corpus's order, and is asked twice: to count, then to compare.
    `scratch` is where temporary files go: 16 bytes for each document and band, the system's folder by default.
    """
    count, width = 0, 1
    for signatures in slices():
        count, width = count + len(signatures), signatures.shape[1]
    parents = np.arange(count, dtype=np.int64)
    same = np.zeros(count, np.bool_)
    with TemporaryDirectory(prefix="sokdok-near-", dir=scratch) as folder:
        buckets = [groups.Buckets(Path(folder), column, count, bucket_bytes) for column in range(width)]
        groups.fill(slices(), buckets)
        for column, bucket in enumerate(buckets):
            for documents, others in bucket.groups():
                if not column:
                    same[documents] = True
                groups.join(parents, documents, others)
    return Duplicates(groups.first_of(parents, np.arange(count, dtype=np.int64)), same)
