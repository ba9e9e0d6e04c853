"""A source: files, and what is in those of them that are archives, data sets or lists, in a fixed order.

A document is found again by its place: the name of its file, and of its part where that is an archive (`papers.zip#3`).
A name may hold any bytes; those that are no UTF-8, and `%` and `#`, are written as in addresses.

What is in a container of this machine is listed in a child process with limits: headers of strangers may ask for any
memory and time. A bucket's is not, for the child has no keys to it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from sokdok.bulk.sources.containers import ARCHIVES, Container, Elsewhere, Listed, Part, opener_of, require_library
from sokdok.bulk.sources.files import Files, Found, Unusable, open_files, shown
from sokdok.errors import InputError
from sokdok.files import open_regular, spooled
from sokdok.jobs import DEFAULTS, Child, Died, Limits

_SPECIAL = re.compile("[%#\ud800-\udfff]")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}$")
_LISTING = "sokdok.bulk.sources.source:Listing"
SECONDS = 600.0  # for one call: a member of many gigabytes may have to be unpacked to reach the next
_PARTS, _TURN_S = 1000, 5.0  # listed at a time, and after which no more are waited for
_KIND: Any = list[Listed]


class Item(msgspec.Struct, frozen=True):
    """A file that may be a document."""

    path: str  # what people call it: `reports/a.pdf`, `papers.zip/a.pdf`, `set.parquet#17`
    place: str  # what `Source.fetch` finds it by
    size: int  # bytes; -1 where only fetching it would show
    meta: dict[str, str] = {}  # what is said of it: address, date, licence
    stamp: str = ""  # changes when its file does, or the archive that it is in; empty if nobody knows


def open_source(text: str, limits: Limits = DEFAULTS) -> Source:
    """Open a file, a folder, a pattern such as `scans/**/*.tif`, or the same in a bucket: `s3://bucket/scans`.

    Raises InputError for what is not there, MissingExtraError for a bucket without the extra.
    """
    return Source(open_files(text), limits)


class Source:
    """All documents of some files. One object is for one thread; other processes open their own by its `name`."""

    def __init__(self, files: Files, limits: Limits = DEFAULTS) -> None:
        self.name = files.address  # what `open_source` opens it again by, from any folder
        self.limits = limits
        self._files = files
        self._container: tuple[str, Container] | None = None  # the one that was opened last
        self._kept: tuple[str, Path, ExitStack] | None = None  # what was fetched last, by its place

    def items(self) -> Iterator[Item | Unusable]:
        """Everything there is, in the same order every time; raises nothing for the sake of one file."""
        for file in self._files.found():
            if isinstance(file, Unusable):
                yield file
            elif opener_of(file.name) is None:
                yield Item(file.shown, _place_of(file.name), file.size, stamp=file.stamp)
            else:
                try:
                    yield from self._within(file)
                except InputError as error:
                    yield Unusable(file.shown, str(error))

    @contextmanager
    def fetch(self, place: str) -> Iterator[Path]:
        """A file on this machine with the item's own suffix. Raises InputError.

        What was unpacked or downloaded is there until another is fetched: a long document is several units in a row.
        """
        quoted, _, part = place.partition("#")
        name = os.fsdecode(unquote_to_bytes(quoted))
        path = None if part else self._files.local(name)
        if path is not None:
            yield path
            return
        if self._kept is None or self._kept[0] != place:
            self._forget()
            number, _, suffix = part.partition(".")
            ending = f".{suffix}" if part and suffix else _suffix_of(name)
            with ExitStack() as stack:
                opened = self._container_of(name).open(number) if part else self._files.open(name)
                stream = stack.enter_context(opened)
                most = self.limits.file_megabytes << 20
                path = stack.enter_context(spooled(stream, shown(name), f"document{ending}", most))
                self._kept = place, path, stack.pop_all()
        yield self._kept[1]

    def close(self) -> None:
        """Close what is open, and remove what was fetched."""
        self._forget()
        if self._container is not None:
            self._container[1].close()
        self._container = None

    def _forget(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept[2].close()

    def _container_of(self, name: str) -> Container:
        """A file that documents are in, open until another one is asked for. Raises InputError."""
        if self._container is None or self._container[0] != name:
            opener = opener_of(name)
            if opener is None:
                raise InputError(f"{shown(name)} is no archive")
            require_library(name)
            if self._container is not None:
                self._container[1].close()
                self._container = None
            self._container = name, opener(self._files.open(name), shown(name), self.limits)
        return self._container[1]

    def _within(self, file: Found) -> Iterator[Item | Unusable]:
        """What is in a container, listed in a child process where that is possible. Raises InputError."""
        require_library(file.name)
        path = self._files.local(file.name)
        name = shown(file.name)
        for part in self._container_of(file.name).parts() if path is None else listed(path, name, self.limits):
            if isinstance(part, Unusable):
                yield Unusable(_joined(file.shown, part.path), part.reason, part.lost)
            elif isinstance(part, Part) and opener_of(part.named or part.name) in ARCHIVES:
                yield Unusable(_joined(file.shown, part.name), "it is an archive within an archive; unpack it first")
            elif isinstance(part, Part):
                place = _place_of(file.name, f"{part.place}{_suffix_of(part.named or part.name)}")
                yield Item(_joined(file.shown, part.name), place, part.size, part.meta, file.stamp)
            else:
                yield self._elsewhere(file, part)

    def _elsewhere(self, file: Found, part: Elsewhere) -> Item | Unusable:
        """A document that a list names."""
        name = self._files.resolve(file.name, part.path)
        if not part.trusted and not self._files.within(name):
            reason = f"{file.shown} names it and it is outside its folder; a list of your own (JSONL) may name it"
            return Unusable(shown(part.path), reason)
        try:
            found = self._files.find(name)
            return Item(shown(part.path), _place_of(name), found.size, part.meta, found.stamp)
        except InputError as error:
            return Unusable(shown(part.path), str(error))


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
    with Child.borrowed(replace(limits, seconds=max(limits.seconds, SECONDS))) as child:
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


def _place_of(name: str, part: str = "") -> str:
    quoted = _SPECIAL.sub(lambda match: "".join(f"%{byte:02X}" for byte in os.fsencode(match[0])), name)
    return f"{quoted}#{part}" if part else quoted


def _joined(container: str, part: str) -> str:
    """`set.parquet#17`, `list.jsonl:3`, `papers.zip/a.pdf`."""
    return f"{container}{part}" if not part or part[0] in "#:" else f"{container}/{part}"


def _suffix_of(name: str) -> str:
    """What a name ends in, if that can be the end of any file's name; empty else."""
    match = _SUFFIX.search(name)
    return match[0] if match else ""
