"""The plan in slices of whole documents: what a process works on at a time, and a shard of the outputs.

Where a slice ends follows from the plan alone, so the same plan has the same shards on any number of processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec

from sokdok.bulk.plan import Unit

MOST_DOCUMENTS = 1_000
MOST_PAGES = 8_000  # of a slice; a longer document is one by itself


class Slice(msgspec.Struct, frozen=True):
    """Documents that stand together in the plan."""

    number: int
    first: int  # position of its first document among all
    documents: tuple[tuple[Unit, ...], ...]  # the units of each

    @property
    def name(self) -> str:
        """As it stands in the names of files."""
        return f"{self.number:06d}"

    @property
    def pages(self) -> int:
        """Of all its documents."""
        return sum(len(unit.numbers) for units in self.documents for unit in units)


def slices(units: Iterable[Unit], documents: int = MOST_DOCUMENTS, pages: int = MOST_PAGES) -> Iterator[Slice]:
    """Cut units, in the order of the plan, into slices."""
    number = first = held = 0
    waiting: list[tuple[Unit, ...]] = []
    for _, group in groupby(units, key=lambda unit: unit.document):
        document = tuple(group)
        length = sum(len(unit.numbers) for unit in document)
        if waiting and (len(waiting) >= documents or held + length > pages):
            yield Slice(number, first, tuple(waiting))
            number, first, held, waiting = number + 1, first + len(waiting), 0, []
        waiting.append(document)
        held += length
    if waiting:
        yield Slice(number, first, tuple(waiting))
