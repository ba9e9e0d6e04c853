"""What is done of a document, kept while it is read, so that a killed run goes on where it stopped.

- A file of lines in the document's folder: first what was asked of which file, then a page each, as it is finished.
- While a page is drawn there is a line that it was begun. It is taken away again, unless the process that drew it died:
  where it stands `jobs.MOST_DEATHS` times, a page is left alone. A page that is drawn after all was not what killed the
  run: a line says that those before it count no more.
- An opening of the file at which the process died is a line too: as of page `OPENING`.
- A line cut off by a kill is cut away, and the pages before it count. A journal of another job starts over.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from sokdok.documents.document import DocumentPage, Status
from sokdok.documents.write.json_file import page_from_json, page_to_json
from sokdok.errors import InputError
from sokdok.files import open_own

NAME = "journal.jsonl"
_HEAD = b'{"path": '  # what every journal begins with
OPENING = 0  # the number that stands for the opening of the file
_MARK = re.compile(rb'\{"(begun|drawn)": (\d{1,9})\}\n')


class Journal:
    """Pages done so far; `job` is what was asked of which file, as plain JSON, and `restart` forgets what is done.

    Raises InputError while another process writes it, and for what is no regular file.
    """

    def __init__(self, folder: Path, job: dict[str, Any], *, restart: bool = False) -> None:
        self.path = folder / NAME
        self._file = _open(self.path)
        _lock(self._file, folder)
        self.statuses: dict[int, Status] = {}  # by page number
        self.deaths: Counter[int] = Counter()  # how often the process that drew a page died, by page number
        self._offsets: dict[int, int] = {}  # where each page's line begins, in bytes
        self._begun_at = 0
        self._size = 0 if restart else self._take(job)
        self._file.truncate(self._size)
        if not self._size:
            self._write(json.dumps(job))

    def begin(self, number: int) -> None:
        """Say that a page is going to be drawn; should this process die, its next run knows at which page."""
        self._begun_at = self._write(json.dumps({"begun": number}))

    def end(self, number: int, deaths: int) -> None:
        """Say that a page was drawn or failed, after so many deaths of the process that draws."""
        self._file.truncate(self._begun_at)
        self._size = self._begun_at
        if deaths:
            self.count_deaths(number, deaths)
        elif self.deaths.pop(number, 0):
            self._write(json.dumps({"drawn": number}))

    def count_deaths(self, number: int, deaths: int) -> None:
        """Keep that the process that draws died so often at a page."""
        self.deaths[number] += deaths
        for _ in range(deaths):
            self._write(json.dumps({"begun": number}))

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
                if not line.endswith(b"\n") or not self._take_line(line, size):
                    break
                size += len(line)
        return size

    def _take_line(self, line: bytes, offset: int) -> bool:
        """Learn what one line says; whether it says anything."""
        if mark := _MARK.fullmatch(line):
            if mark[1] == b"begun":
                self.deaths[int(mark[2])] += 1
            else:
                del self.deaths[int(mark[2])]
            return True
        try:
            page = page_from_json(line.decode())
        except (InputError, UnicodeDecodeError):
            return False
        self._keep(page.number, page.status, offset)
        return True

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


def _open(path: Path) -> BinaryIO:
    """Open for appending what is a file, or is not there: never what a link leads to."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o666)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.EISDIR):
            raise
        raise _no_file(path) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _no_file(path)
    return os.fdopen(descriptor, "a+b")


def _no_file(path: Path) -> InputError:
    return InputError(f"{path} is no regular file: remove it, or choose another folder")


def _lock(file: BinaryIO, folder: Path) -> None:
    """Until the file is closed, however that happens."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise InputError(
            f"{folder} is being written by another sokdok; wait for it, or choose another folder"
        ) from None


def discard(folder: Path) -> None:
    """Remove the journal of a document that is complete, which a kill left; not one that is being written."""
    if not os.path.lexists(folder / NAME):
        return
    with suppress(InputError, OSError):
        file = _open(folder / NAME)
        _lock(file, folder)
        (folder / NAME).unlink()
        file.close()


def is_abandoned(folder: Path) -> bool:
    """Whether a run was killed before its journal said whose the folder is: it holds nothing, or a journal cut off."""
    try:
        with open_own(folder / NAME) as file:
            line = file.readline()
    except FileNotFoundError:
        return not any(folder.iterdir())
    except OSError:  # it is no file, or not ours to read
        return False
    return not line or (line.startswith(_HEAD) and not line.endswith(b"\n")) or _HEAD.startswith(line)


def opening_deaths(folder: Path, job: dict[str, Any]) -> int:
    """How often the process that opens the file died, as the journal of this job says, if there is one."""
    if read_job(folder) != job:
        return 0
    with suppress(OSError), open_own(folder / NAME) as file:
        return sum(mark is not None and int(mark[2]) == OPENING for mark in map(_MARK.fullmatch, file))
    return 0


def read_job(folder: Path) -> Any:
    """The job of the journal in a folder; None if there is none that can be read."""
    try:
        with open_own(folder / NAME) as file:
            line = file.readline()
        return json.loads(line) if line.endswith(b"\n") else None
    except (OSError, ValueError, RecursionError):
        return None
