"""Where a run keeps what it makes: named things, each there whole or not at all, in a folder or in a bucket.

In a folder what is put is written below `.unfinished` and linked to its name, which fails where the name is taken: of
several processes exactly one wins, and none sees half of it. Where the file system knows no links, a lock takes their
place. A bucket's own put-if-absent does the same (`bulk.bucket`).
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from sokdok.bulk.bucket import KEYS, BucketStore, check_name
from sokdok.errors import InputError, SokdokError, in_one_line, is_disk_full
from sokdok.files import locked, make_folder, open_own

UNFINISHED = ".unfinished"
_ABANDONED_S = 3600.0  # age of what a killed process left half written
_UMASK = os.umask(0)  # asked once: asking changes it for a moment, for all threads
os.umask(_UMASK)
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS, errno.EACCES}


class Store(Protocol):
    """Named things; names are relative paths with `/`."""

    address: str  # what `open_store` opens it again by

    def create(self, name: str, data: bytes | Path) -> bool:
        """Put if absent; False if it is there already, and nothing is changed. `data` may be a local file's path."""

    def replace(self, name: str, data: bytes | Path) -> None:
        """Put, whatever is there."""

    def read(self, name: str) -> bytes:
        """All of it. Raises FileNotFoundError."""

    def open(self, name: str) -> BinaryIO:
        """Open for reading from the beginning on, a piece in memory at a time. Raises FileNotFoundError."""

    def exists(self, name: str) -> bool:
        """Whether it is there."""

    def names(self, prefix: str = "") -> Iterator[str]:
        """Names that begin so, in the order of their characters; hidden ones are left out."""

    def remove(self, name: str) -> None:
        """Remove it, if it is there."""


@contextmanager
def destination_errors() -> Iterator[None]:
    """What goes wrong with a destination, or a full disk, as a SokdokError in one line."""
    try:
        yield
    except OSError as error:
        raise SokdokError(in_one_line(error)) from None


def open_store(destination: str) -> Store:
    """Open a folder, which need not be there yet, or `s3://BUCKET/PREFIX`. Raises InputError, MissingExtraError."""
    scheme, separator, _ = destination.partition("://")
    if scheme in KEYS and separator and scheme != "hf":  # which has no put-if-absent
        return BucketStore(destination)
    if separator and scheme.isalnum():
        raise InputError(f"{destination} is an address that sokdok can't write to; name a folder or s3://BUCKET/PREFIX")
    return LocalStore(Path(destination))


class LocalStore:
    """A `Store` in a folder, which is made when it is needed. Raises InputError if a file is in its way."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(os.path.abspath(folder))
        self.address = str(self.folder)
        self._unfinished = self.folder / UNFINISHED
        self._made: set[Path] = set()
        if os.path.lexists(self.folder) and not self.folder.is_dir():
            raise InputError(f"{folder} is no folder; name another")

    def create(self, name: str, data: bytes | Path) -> bool:
        path = self._path(name)
        if os.path.lexists(path):
            return False
        with self._written(data, path) as temporary:
            try:
                os.link(temporary, path)
            except FileExistsError:
                return False
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                with locked(self._unfinished):
                    if os.path.lexists(path):
                        return False
                    os.replace(temporary, path)
        return True

    def replace(self, name: str, data: bytes | Path) -> None:
        path = self._path(name)
        with self._written(data, path) as temporary:
            os.replace(temporary, path)

    def read(self, name: str) -> bytes:
        with self.open(name) as file:
            return file.read()

    def open(self, name: str) -> BinaryIO:
        return open_own(self._path(name))

    def exists(self, name: str) -> bool:
        return os.path.lexists(self._path(name))

    def names(self, prefix: str = "") -> Iterator[str]:
        above, _, begin = prefix.rpartition("/")
        yield from _below(self._path(above) if above else self.folder, f"{above}/" if above else "", begin)

    def remove(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove what killed processes left half written long ago."""
        with suppress(FileNotFoundError):
            for entry in os.scandir(self._unfinished):
                with suppress(OSError):
                    if time.time() - entry.stat(follow_symlinks=False).st_mtime > _ABANDONED_S:
                        os.unlink(entry.path)

    def _path(self, name: str) -> Path:
        return self.folder.joinpath(*check_name(name).split("/"))

    @contextmanager
    def _written(self, data: bytes | Path, path: Path) -> Iterator[str]:
        """A file of our own with the data, which is removed at the end; its folder and that of `path` are made."""
        temporary = ""
        try:
            for folder in {self._unfinished, path.parent} - self._made:
                make_folder(folder)
                self._made.add(folder)
            descriptor, temporary = tempfile.mkstemp(dir=self._unfinished)
            with os.fdopen(descriptor, "wb") as file:
                if isinstance(data, Path):
                    with data.open("rb") as source:
                        shutil.copyfileobj(source, file, 1 << 20)
                else:
                    file.write(data)
                os.fchmod(file.fileno(), 0o666 & ~_UMASK)
                file.flush()
                os.fsync(file.fileno())  # or a name may have nothing behind it when the power goes
            yield temporary
        except OSError as error:
            if is_disk_full(error):
                raise SokdokError(
                    f"the disk is full: {self.folder} could not be written. What is done is kept; make room and run "
                    "the same command again"
                ) from None
            raise
        finally:
            if temporary:
                with suppress(FileNotFoundError):
                    os.unlink(temporary)


def _below(folder: Path, above: str, begin: str) -> Iterator[str]:
    """Names below a folder that begin so, each with `above` before it, in the order of their characters."""
    try:
        with os.scandir(folder) as entries:
            found = [
                entry.name + ("/" if entry.is_dir(follow_symlinks=False) else "")
                for entry in entries
                if entry.name.startswith(begin) and not entry.name.startswith(".")
            ]
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in sorted(found):
        if name.endswith("/"):
            yield from _below(folder / name, above + name, "")
        else:
            yield above + name
