"""Listing what is in a container, in a child process with limits: headers of strangers may ask for any memory and time.

Only for files of this machine: the child has no keys to a bucket.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from sokdok.bulk.sources.containers import Container, Listed, opener_of
from sokdok.bulk.sources.files import Unusable
from sokdok.errors import InputError
from sokdok.files import open_regular
from sokdok.jobs import Died, Limits, borrowed

_LISTING = "sokdok.bulk.sources.listing:Listing"
SECONDS = 600.0  # for one call: a member of many gigabytes may have to be unpacked to reach the next
_PARTS, _TURN_S = 1000, 5.0  # listed at a time, and after which no more are waited for
_KIND: Any = list[Listed]


class Listing:
    """What the child does: one container at a time."""

    def __init__(self) -> None:
        self._container: Container | None = None
        self._parts: Iterator[Listed] = iter(())

    def open(self, path: Path, name: str, file_megabytes: int) -> None:
        """Open a container, and forget the one before. Raises InputError if it can't be used."""
        self.close()
        opener = opener_of(name)
        assert opener is not None
        limits = Limits(file_megabytes=file_megabytes)
        self._container = opener(open_regular(path, name), name, limits)
        self._parts = self._container.parts()

    def more(self) -> list[Listed]:
        """The next parts; none at the end."""
        ends = time.monotonic() + _TURN_S
        found: list[Listed] = []
        for part in islice(self._parts, _PARTS):
            found.append(part)
            if time.monotonic() > ends:
                break
        return found

    def close(self) -> None:
        """Close it."""
        if self._container is not None:
            self._container.close()
        self._container, self._parts = None, iter(())


def listed(path: Path, name: str, limits: Limits) -> Iterator[Listed]:
    """The parts of a container of this machine. Raises InputError, which calls it `name`, if it can't be opened."""
    with borrowed(replace(limits, seconds=max(limits.seconds, SECONDS))) as child:
        try:
            child.call(f"{_LISTING}.open", path.absolute(), name, limits.file_megabytes, kind=type(None))
        except (Died, RuntimeError) as error:
            raise InputError(f"{name} can't be opened: {error}") from None
        try:
            while parts := child.call(f"{_LISTING}.more", kind=_KIND):
                yield from parts
            child.call(f"{_LISTING}.close", kind=type(None))
        except (Died, RuntimeError) as error:
            yield Unusable("", f"what is in it can't be listed any further: {error}")
