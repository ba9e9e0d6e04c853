"""Puts a reader in nano's place when it is imported: for `fakes.faults` to warm up in a process of its own only."""

import sokdok.reading
from fakes.converting import picture_reader

sokdok.reading.load = picture_reader  # type: ignore[assignment]
