"""A unit of work: some pages of one file, named by what is in the file and what is asked of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

MOST_PAGES = 32  # of a unit: what a dead worker loses, and what the last worker is waited for
ID_DIGITS = 32  # hex digits: 128 bits


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """Pages `first` to `last` of one file."""

    id: str  # 32 hex digits; the same pages of the same bytes asked the same question have the same
    document: str  # 32 hex digits of the file's sha256: units of one document stand together in the plan, in order
    path: str  # what people call it: `reports/a.pdf`, `papers.zip/a.pdf`, `set.parquet#17`
    place: str  # how its source finds it again
    source: int  # which of the run's sources
    sha256: str
    size: int  # bytes
    first: int  # from 1
    last: int  # inclusive
    pages: int  # of the whole document
    meta: dict[str, str] = {}  # what stands beside the file in a manifest or a row: address, date, licence

    @property
    def numbers(self) -> range:
        """The numbers of its pages."""
        return range(self.first, self.last + 1)


def unit_id(sha256: str, first: int, last: int, question: str) -> str:
    """The name of a unit, from the file's hash, its pages and the question's."""
    return hashlib.sha256(f"{sha256} {first} {last} {question}".encode()).hexdigest()[:ID_DIGITS]


def page_ranges(pages: int, most: int = MOST_PAGES) -> Iterator[tuple[int, int]]:
    """The first and last pages of a document's units, as equally long as can be."""
    count = -(-pages // most)
    for at in range(count):
        yield at * pages // count + 1, (at + 1) * pages // count
