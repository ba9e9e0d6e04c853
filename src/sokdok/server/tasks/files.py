"""What lies on the disk apart from the tasks' database: uploads, and a log of each task's pages.

The log of a task is the only place of its pages. A page is one record at its end, written by one call before anybody
learns that it was read, so that it survives the server's death at any moment; a record that was cut off is removed with
the next start. A page with a word that a person mended is a record again, and the newest counts. Any process may read
it while it grows: the database is the front process's alone.
"""

from __future__ import annotations

import errno
import os
import re
import struct
import sys
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from sokdok.documents.document import DocumentPage
from sokdok.documents.joining import REACH, joined_pages
from sokdok.documents.write.json_file import page_from_json

_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
_MOST_NAME = 200  # characters of a name that is shown
_HEAD = struct.Struct(">IBII")  # of a record: page number, whether it failed, bytes and CRC-32 of the row behind it


class Spool:
    """The folder where uploads lie until their tasks go, under names of our own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def new(self, shown_as: str) -> Iterator[Path]:
        """A file to write an upload to, removed again if that fails; of its name only the suffix is kept."""
        suffix = Path(shown_as).suffix.lower()
        path = self.folder / f"{uuid4().hex}{suffix if _SUFFIX.fullmatch(suffix) else ''}"
        try:
            yield path
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def again(self, upload: str) -> str:
        """Another name for the same content: each is removed by itself. Raises FileNotFoundError."""
        with self.new(upload) as path:
            path.hardlink_to(self.folder / upload)
            return path.name

    def remove(self, upload: str) -> None:
        """Remove an upload, if it is there."""
        (self.folder / upload).unlink(missing_ok=True)

    def remove_others(self, uploads: Collection[str]) -> None:
        """Remove what no task has: a killed server left it."""
        for path in self.folder.iterdir():
            if path.name not in uploads:
                path.unlink(missing_ok=True)


def shown_name(given: str | None, default: str = "document") -> str:
    """The name of an upload as people may see it: its last part, on one line, and never a path."""
    name = re.split(r"[/\\]", given or "")[-1]
    name = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in name).strip(". ")
    return name[-_MOST_NAME:] or default


class PageRecord(NamedTuple):
    """A page that was read: where its row lies in the log."""

    number: int
    failed: bool
    start: int
    size: int
    crc: int


class PageLog:
    """The log of a task that goes on, for writing. Used from one thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: list[PageRecord] = []
        if path.exists():  # a server that was killed left it
            with _opened(path) as file:
                self.records = [record for record in _records(file) if _row(file, record) is not None]
            os.truncate(path, self.size)

    @property
    def size(self) -> int:
        """Its bytes."""
        return self.records[-1].start + self.records[-1].size if self.records else 0

    def add(self, number: int, row: bytes, failed: bool) -> None:
        """Keep a page. Raises OSError, as on a full disk, where nothing of it is kept."""
        end, crc = self.size, zlib.crc32(row)
        record = _HEAD.pack(number, failed, len(row), crc) + row
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _opened(self.path, os.O_WRONLY | os.O_CREAT) as file:
            try:
                if os.pwrite(file, record, end) < len(record):
                    raise OSError(errno.ENOSPC, "no space left on device")
            except OSError:
                os.ftruncate(file, end)
                raise
        self.records.append(PageRecord(number, failed, end + _HEAD.size, len(row), crc))


def page_records(path: Path) -> list[PageRecord]:
    """The pages of a log, in the order in which they were read; none where there is no log."""
    if not path.exists():
        return []
    with _opened(path) as file:
        return list(_records(file))


def page_rows(path: Path, first: int = 1, last: int = sys.maxsize) -> Iterator[bytes]:
    """Rows of the pages from one number to another, in the order of their numbers; one is in memory at a time."""
    if not path.exists():
        return
    with _opened(path) as file:
        newest = {record.number: record for record in _records(file) if first <= record.number <= last}
        for record in sorted(newest.values()):
            if (row := _row(file, record)) is not None:
                yield row


def pages_in(path: Path, first: int = 1, last: int = sys.maxsize) -> Iterator[DocumentPage]:
    """Pages as they were read, in the order of their numbers, from one to another."""
    return (page_from_json(row.decode()) for row in page_rows(path, first, last))


def page_in_document(path: Path, number: int) -> DocumentPage | None:
    """A page as its document has it: its furniture is decided by the pages around it; None until it is read."""
    pages = joined_pages(pages_in(path, number - 2 * REACH, number + 2 * REACH))
    return next((page for page in pages if page.number == number), None)


@contextmanager
def _opened(path: Path, how: int = os.O_RDONLY) -> Iterator[int]:
    file = os.open(path, how | os.O_CLOEXEC, 0o600)
    try:
        yield file
    finally:
        os.close(file)


def _records(file: int) -> Iterator[PageRecord]:
    """Records that are whole, by their heads."""
    end, size = 0, os.fstat(file).st_size
    while len(head := os.pread(file, _HEAD.size, end)) == _HEAD.size:
        number, failed, length, crc = _HEAD.unpack(head)
        start, end = end + _HEAD.size, end + _HEAD.size + length
        if not number or end > size:
            return
        yield PageRecord(number, bool(failed), start, length, crc)


def _row(file: int, record: PageRecord) -> bytes | None:
    """Read a row; None if its checksum is wrong: a power cut can keep a row's head and lose the rest."""
    row = os.pread(file, record.size, record.start)
    return row if zlib.crc32(row) == record.crc else None
