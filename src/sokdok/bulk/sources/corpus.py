"""The one source: files, and what is in those of them that are archives, data sets or lists."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO

from sokdok.bulk.sources.containers.container import Container, Elsewhere, Part
from sokdok.bulk.sources.containers.kinds import opener_of, require_library
from sokdok.bulk.sources.containers.servant import Listed, listed
from sokdok.bulk.sources.files import Files, Found
from sokdok.bulk.sources.places import name_and_part, place_of
from sokdok.bulk.sources.source import Item, Unusable
from sokdok.bulk.sources.spool import Spool, suffix_of
from sokdok.bulk.sources.text import shown
from sokdok.errors import InputError
from sokdok.isolation import DEFAULTS, Limits


class Corpus:
    """All documents of some files, in their order."""

    def __init__(self, files: Files, limits: Limits = DEFAULTS) -> None:
        self.name = files.address
        self.limits = limits
        self._files = files
        self._spool = Spool(limits.file_megabytes << 20)
        self._container: tuple[str, Container] | None = None
        """the one that was opened last"""

    def items(self) -> Iterator[Item | Unusable]:
        """Everything there is; see `Source`."""
        for file in self._files.found():
            if isinstance(file, Unusable):
                yield file
            elif opener_of(file.name) is None:
                yield Item(file.shown, place_of(file.name), file.size)
            else:
                yield from self._within(file)

    @contextmanager
    def fetch(self, place: str) -> Iterator[Path]:
        """A file on this machine; see `Source`."""
        name, part = name_and_part(place)
        path = None if part else self._files.local(name)
        if path is not None:
            yield path
            return
        part, _, suffix = part.partition(".")
        ending = f".{suffix}" if part and suffix else suffix_of(name)
        with self._spool.file(place, shown(name), ending, lambda: self._opened(name, part)) as path:
            yield path

    def close(self) -> None:
        """Close what is open, and remove what was fetched."""
        self._spool.close()
        if self._container is not None:
            self._container[1].close()
        self._container = None

    def _opened(self, name: str, part: str) -> AbstractContextManager[BinaryIO]:
        return self._container_of(name).open(part) if part else self._files.open(name)

    def _container_of(self, name: str) -> Container:
        """A file that documents are in, open until another one is asked for. Raises InputError."""
        if self._container is not None and self._container[0] == name:
            return self._container[1]
        opener = opener_of(name)
        if opener is None:
            raise InputError(f"{shown(name)} is no archive")
        require_library(name)
        if self._container is not None:
            self._container[1].close()
        self._container = None
        self._container = (name, opener(self._files.open(name), shown(name), self.limits))
        return self._container[1]

    def _within(self, file: Found) -> Iterator[Item | Unusable]:
        try:
            yield from self._told(file, self._parts(file))
        except InputError as error:
            yield Unusable(file.shown, str(error))

    def _parts(self, file: Found) -> Iterator[Listed]:
        """What is in a container, listed in a child where that is possible. Raises InputError."""
        require_library(file.name)
        path = self._files.local(file.name)
        if path is None:
            return self._container_of(file.name).parts()
        return listed(path, shown(file.name), self.limits)

    def _told(self, file: Found, parts: Iterator[Listed]) -> Iterator[Item | Unusable]:
        for part in parts:
            if isinstance(part, Unusable):
                yield Unusable(_joined(file.shown, part.path), part.reason, part.lost)
            elif isinstance(part, Elsewhere):
                yield self._beside(file, part)
            else:
                yield _item(file, part)

    def _beside(self, file: Found, part: Elsewhere) -> Item | Unusable:
        """A document that a list names."""
        name = self._files.beside(file.name, part.path)
        if not part.trusted and not self._files.within(name):
            reason = f"{file.shown} names it and it is outside its folder; a list of your own (JSONL) may name it"
            return Unusable(shown(part.path), reason)
        try:
            return Item(shown(part.path), place_of(name), self._files.size(name), part.meta)
        except InputError as error:
            return Unusable(shown(part.path), str(error))


def _item(file: Found, part: Part) -> Item:
    suffix = suffix_of(part.named or part.name)
    return Item(_joined(file.shown, part.name), place_of(file.name, f"{part.place}{suffix}"), part.size, part.meta)


def _joined(container: str, part: str) -> str:
    """`set.parquet#17`, `list.jsonl:3`, `papers.zip/a.pdf`."""
    return f"{container}{part}" if not part or part[0] in "#:" else f"{container}/{part}"
