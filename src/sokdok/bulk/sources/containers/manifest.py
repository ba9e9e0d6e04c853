"""A list of documents: a JSON object a line, with the path of a file and what is known of it.

{"path": "reports/a.pdf", "url": "https://…", "date": "2024-05-01", "license": "CC-BY-4.0"}

A path may be relative to the list, absolute, or `s3://…`: whoever gives a list may name any file that he may read.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO

import msgspec

from sokdok.bulk.sources.containers.container import Elsewhere
from sokdok.bulk.sources.source import Unusable
from sokdok.bulk.sources.text import meta_of
from sokdok.errors import InputError
from sokdok.files import lines_of
from sokdok.isolation import Limits

PATHS = ("path", "file_path", "file_name", "filename", "file")
"""fields that may name the file; the first that there is does"""
_MOST_LINE = 1 << 20  # bytes
_GZIP = b"\x1f\x8b"


class Manifest:
    """An open list of documents."""

    def __init__(self, file: BinaryIO, name: str, limits: Limits) -> None:
        self.name = name
        self._file = file

    def parts(self) -> Iterator[Elsewhere | Unusable]:
        """The documents that it names, in its order; a line that names none is an Unusable with its number."""
        self._file.seek(0)
        packed = self._file.read(2) == _GZIP
        self._file.seek(0)
        lines = gzip.GzipFile(fileobj=self._file, mode="rb") if packed else self._file
        number = 0
        try:
            for line in lines_of(lines, self.name, _MOST_LINE):  # type: ignore[arg-type]
                number += 1
                if line.strip():
                    yield _row(line, number)
        except (InputError, OSError, EOFError, zlib.error) as error:
            yield Unusable(f":{number + 1}", f"the list can't be read any further: {error}")

    def open(self, place: str) -> AbstractContextManager[BinaryIO]:
        """Nothing is in it."""
        raise InputError(f"{self.name} holds no documents, it names them")

    def close(self) -> None:
        """Close it."""
        self._file.close()


def _row(line: bytes, number: int) -> Elsewhere | Unusable:
    try:
        row = msgspec.json.decode(line)
    except (ValueError, RecursionError) as error:
        return Unusable(f":{number}", f"no JSON: {error}")
    if not isinstance(row, dict):
        return Unusable(f":{number}", "no JSON object")
    field = next((name for name in PATHS if isinstance(row.get(name), str) and row[name]), None)
    if field is None:
        return Unusable(f":{number}", f'it names no file: a line has a field "{PATHS[0]}"')
    path = row.pop(field)
    if "\0" in path:
        return Unusable(f":{number}", "what it names is no path")
    return Elsewhere(path, True, meta_of(row))
