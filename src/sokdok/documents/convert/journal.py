"""What is done of a document, kept while it is read, so that a killed run goes on where it stopped.

- A file of lines in the document's folder: first what was asked of which file, then a page each, as it is finished.
- A line cut off by a kill is cut away, and the pages before it count. A journal of another job starts over.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from sokdok.documents.document import DocumentPage, Status
from sokdok.documents.write.json_file import page_from_json, page_to_json
from sokdok.errors import InputError

NAME = "journal.jsonl"


class Journal:
    """Pages done so far; `job` is what was asked of which file, as plain JSON, and `restart` forgets what is done.

    Raises InputError while another process writes it.
    """

    def __init__(self, folder: Path, job: dict[str, Any], *, restart: bool = False) -> None:
        self.path = folder / NAME
        self._file = self.path.open("a+b")
        _lock(self._file, folder)
        self.statuses: dict[int, Status] = {}
        """by page number"""
        self._offsets: dict[int, int] = {}
        """where each page's line begins, in bytes"""
        self._size = 0 if restart else self._take(job)
        self._file.truncate(self._size)
        if not self._size:
            self._write(json.dumps(job))

    def add(self, page: DocumentPage) -> None:
        """Keep a page; it is in the file when this returns."""
        self._keep(page.number, page.status, self._write(page_to_json(page)))

    def pages(self) -> Iterator[DocumentPage]:
        """All pages done, in order, one in memory at a time."""
        with self.path.open("rb") as file:
            for _, offset in sorted(self._offsets.items()):
                file.seek(offset)
                yield page_from_json(file.readline().decode())

    def close(self) -> None:
        """Close the file and leave it."""
        with suppress(OSError):  # a full disk: the line that did not fit is cut away when the journal is taken up again
            self._file.close()

    def remove(self) -> None:
        """The document is complete: the journal has done its work."""
        self.close()
        self.path.unlink()

    def _take(self, job: dict[str, Any]) -> int:
        """Learn what is done; the bytes to keep, 0 for a new journal."""
        if read_job(self.path.parent) != job:
            return 0
        size = 0
        with self.path.open("rb") as file:
            size = len(next(file))
            for line in file:
                try:
                    page = page_from_json(line.decode())
                except (InputError, UnicodeDecodeError):
                    break
                if not line.endswith(b"\n"):
                    break
                self._keep(page.number, page.status, size)
                size += len(line)
        return size

    def _keep(self, number: int, status: Status, offset: int) -> None:
        self.statuses[number] = status
        self._offsets[number] = offset

    def _write(self, line: str) -> int:
        """Append a line; where it begins."""
        offset, data = self._size, line.encode() + b"\n"
        self._file.write(data)
        self._file.flush()
        self._size += len(data)
        return offset


def _lock(file: BinaryIO, folder: Path) -> None:
    """Until the file is closed, however that happens."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise InputError(
            f"{folder} is being written by another sokdok; wait for it, or choose another folder"
        ) from None


def read_job(folder: Path) -> Any:
    """The job of the journal in a folder; None if there is none that can be read."""
    try:
        with (folder / NAME).open("rb") as file:
            line = file.readline()
        return json.loads(line) if line.endswith(b"\n") else None
    except (OSError, ValueError):
        return None
