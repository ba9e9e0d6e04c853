"""Puts a reader in nano's place when it is imported: for `fakes.faults` to warm up in a process of its own only."""

import sokdok.reading
from fakes.figures.table_reader import TableReader

sokdok.reading.load = lambda name="nano", **options: TableReader()  # type: ignore[assignment]
