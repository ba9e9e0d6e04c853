"""A document's folder: its journal while it is read, its manifest at the end, and its name, which nothing else gets.

The journal keeps what is done, so that a killed run goes on where it stopped.

- It is a file of lines: first what was asked of which file, then a page each, as it is finished.
- While a page is drawn there is a line that it was begun. It is taken away again, unless the process that drew it died:
  where it stands `jobs.MOST_DEATHS` times, a page is left alone. A page that is drawn after all was not what killed the
  run: a line says that those before it count no more.
- An opening of the file at which the process died is a line too: as of page `OPENING`.
- A line cut off by a kill is cut away, and the pages before it count. A journal of another job starts over.

A folder is a document's own: its manifest, or the journal of an unfinished run, names the file it was read from.

- Files of the same name are kept apart by their folders and kinds (`names_apart`); another file of the same name gets
  `name-2`, and so on, in this run and in later ones.
- No link in a folder is followed: a document's folder, its journal and its pictures are what they are called.
- The manifest is written last: where it is, all else is complete. It also says what was asked, so that asking the same
  again costs nothing.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from sokdok.documents.document import DocumentPage, Status
from sokdok.documents.write import FORMS
from sokdok.documents.write.json_file import page_from_json, page_to_json
from sokdok.errors import InputError, SokdokError, is_disk_full
from sokdok.files import cut, name_of, new_text_file, open_own, path_key, temporary_name

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


MANIFEST = "manifest.json"
SUFFIXES = tuple(f".{form}" for form in FORMS)  # of the files that a document may become, behind its name
MOST_FRONT_BYTES = 60  # of the folders' names in front of a document's


@dataclass(frozen=True)
class Manifest:
    """What a folder holds, and the job that it is the result of."""

    job: dict[str, Any]  # `path`, `size` and `modified` of the file, and all that was asked of it; plain JSON
    status: Status
    pages: int
    incomplete: list[int]  # numbers of pages that are PARTIAL or FAILURE
    files: list[str]  # relative to the folder
    deaths: list[int] = field(default_factory=list)  # numbers of pages at which the process died, once for each death

    def write(self, folder: Path) -> None:
        """Write it into its folder."""
        with new_text_file(folder / MANIFEST) as file:
            json.dump(asdict(self), file, ensure_ascii=False, indent=1)


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder; None if there is none that can be read."""
    try:
        with open_own(folder / MANIFEST) as file:
            return msgspec.convert(json.load(file), Manifest)
    except (OSError, ValueError, RecursionError):
        return None


def folder_for(out: Path, path: Path, name: str = "") -> Path:
    """The folder in `out` for the document of a file: its own from an earlier run, or the first free name.

    `name` is what a new one is called, by default as the file.
    """
    usual = own_folder(out, name_of(path), path_key(path))
    return own_folder(out, name, path_key(path)) if name and not os.path.lexists(usual) else usual


def names_apart(paths: Sequence[Path]) -> dict[Path, str]:
    """Names for documents of files of the same name: with what they differ in, folders in front, kinds behind.

    `sub/a/x.pdf` and `sub/b/x.pdf` are `a-x` and `b-x`, `x.docx` and `x.pdf` are `x-docx` and `x-pdf`. Other files have
    none here.
    """
    alike: dict[str, dict[Path, Path]] = {}
    for path in paths:
        alike.setdefault(name_of(path).casefold(), {})[path] = Path(os.path.abspath(path.parent))
    names = {}
    for places in alike.values():
        with suppress(ValueError):  # drives that have nothing in common
            common = os.path.commonpath(places.values())
            for path, place in places.items():
                if len(set(places.values())) > 1 and (folders := place.relative_to(common).parts):
                    front = cut("-".join(name_of(Path(f"{folder}.")) for folder in folders), MOST_FRONT_BYTES)
                    names[path] = f"{front}-{name_of(path)}"
    return names | _with_kinds(paths, names)


def _with_kinds(paths: Sequence[Path], names: Mapping[Path, str]) -> dict[Path, str]:
    """Names with their files' kinds behind, where they are the same otherwise."""
    alike: dict[str, dict[Path, str]] = {}
    for path in paths:
        name = names.get(path) or name_of(path)
        alike.setdefault(name.casefold(), {})[path] = name
    found: dict[Path, str] = {}
    for group in alike.values():
        if 1 < len(group) == len({path.suffix.casefold() for path in group}):
            found |= {
                path: f"{name}-{name_of(Path(path.suffix.lower()))}" for path, name in group.items() if path.suffix
            }
    return found


def own_folder(out: Path, name: str, key: str) -> Path:
    """The folder in `out` for a document called `name`: that of the same `key` (`path_key`), or the first free name."""
    # A document called like the manifest would have a JSON of the manifest's name.
    for number in count(2 if f"{name}.json".casefold() == MANIFEST else 1):
        folder = out / (name if number == 1 else f"{name}-{number}")
        if not os.path.lexists(folder) or (not folder.is_symlink() and _may_have(folder, key)):
            return folder
    raise AssertionError("count has no end")


@contextmanager
def room_on_disk(folder: Path) -> Iterator[None]:
    """A full disk as one line that says what to do."""
    try:
        yield
    except OSError as error:
        if not is_disk_full(error):
            raise
        raise SokdokError(
            f"the disk is full: {folder} could not be written. What was read so far is kept; make room and run the "
            "same command again"
        ) from None


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed run left under temporary names."""
    for name in (*(f"{folder.name}{suffix}" for suffix in SUFFIXES), MANIFEST):
        temporary_name(folder / name).unlink(missing_ok=True)


def _may_have(folder: Path, path: str) -> bool:
    """Whether a folder is that of the file at `path`, or nobody's, though a killed run made it."""
    manifest = read_manifest(folder)
    job = manifest.job if manifest else read_job(folder)
    if isinstance(job, dict):
        return job.get("path") == path
    return folder.is_dir() and is_abandoned(folder)
