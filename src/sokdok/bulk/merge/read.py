"""The pages of documents, from the results of their units."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sokdok.bulk.ids import Ids
from sokdok.bulk.results import attempts, read_result
from sokdok.bulk.store import Store
from sokdok.bulk.unit import Unit
from sokdok.documents.document import DocumentPage
from sokdok.errors import InputError


class Done(NamedTuple):
    """Which units have results."""

    units: Ids
    attempts: dict[str, int]  # the one that counts, of units that were tried more than once
    digest: str  # changes with any new result


def find_done(store: Store) -> Done:
    """Look once at the names of all results."""
    digest, again = hashlib.sha256(), {}

    def units() -> Iterator[str]:
        for unit, attempt in attempts(store):
            digest.update(f"{unit} {attempt}\n".encode())
            if attempt > 1:
                again[unit] = attempt
            yield unit

    return Done(Ids(units()), again, digest.hexdigest())


class Results:
    """Results of a store; `attempts` are those that count, of units that were tried more than once."""

    def __init__(self, store: Store, attempts: Mapping[str, int]) -> None:
        self.store, self.attempts = store, attempts

    def pages(self, units: tuple[Unit, ...]) -> Iterator[DocumentPage]:
        """All pages of a document as they were read, a unit in memory at a time.

        Raises InputError for a result that is missing, damaged or of other pages.
        """
        for unit in units:
            try:
                _, pages = read_result(self.store, unit.id, self.attempts.get(unit.id, 1))
            except FileNotFoundError as error:
                raise InputError(f"{error}: a result is gone; run sokdok bulk again to read its pages") from None
            if [page.number for page in pages] != list(unit.numbers):
                raise InputError(f"the result of unit {unit.id} has other pages than the plan: remove it and run again")
            yield from pages
