"""Files opened without surprises: regular files only, and no more of them than there is room for.

- Opening a pipe would wait for whoever writes it; a device such as /dev/zero has no end.
- A limit is an error that names it, never a text that is cut off.
- A pipe or bytes become a file for a while (`spooled`): PDFs and images are read back and forth.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import BinaryIO

from sokdok.errors import InputError
from sokdok.files.writing import locked, printable
from sokdok.reasons import say

MAX_BYTES = 64 << 20  # of what is taken into memory whole: a text of some 20 million tokens
MAX_PIPED_BYTES = 1 << 30  # of standard input, where it is kept as a file
_ADDRESS = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+):/{1,2}(?=[^/])")


def check_file(path: Path, source: str | None = None) -> None:
    """Raise InputError, which calls the file `source`, unless `path` is a regular file with something in it."""
    source = printable(path) if source is None else source
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        if match := _ADDRESS.match(source):
            address = f"{match[1]}://{source[match.end() :]}"  # a Path makes one slash of two
            raise InputError(f"{address} is an address and sokdok fetches nothing: download it first") from None
        raise InputError(f"{source}: no such file") from None
    except OSError as error:
        raise InputError(f"{source}: {error.strerror}") from None
    if stat.S_ISDIR(status.st_mode):
        try:
            os.scandir(path).close()
        except OSError as error:
            raise InputError(f"{source}: the folder can't be read: {error.strerror}") from None
        raise InputError(f"{source} is a folder; name the files in it, e.g. {source.rstrip('/')}/*")
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{source} is no regular file; pipe what it gives into - instead")
    if not status.st_size:
        raise InputError(say("empty", file=source))


def open_regular(path: Path, source: str | None = None) -> BinaryIO:
    """Open a regular file that has something in it for reading. Raises InputError, which calls it `source`."""
    source = printable(path) if source is None else source
    check_file(path, source)
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except OSError as error:
        raise InputError(f"{source}: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):  # it was replaced after it was looked at
        file.close()
        raise InputError(f"{source} is no regular file; pipe what it gives into - instead")
    return file


def open_own(path: Path) -> BinaryIO:
    """Open for reading what is a regular file itself. Raises OSError; for a link, a pipe or a device as well."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "no regular file", str(path))
    return os.fdopen(descriptor, "rb")


def read_file(path: Path, source: str | None = None, most: int = MAX_BYTES) -> bytes:
    """All bytes of a regular file. Raises InputError if there are none, or more than `most`."""
    source = printable(path) if source is None else source
    with open_regular(path, source) as file:
        if os.fstat(file.fileno()).st_size > most:
            raise _too_large(source, most)
        return read_stream(file, source, most)


def read_stream(stream: BinaryIO, source: str, most: int = MAX_BYTES) -> bytes:
    """All bytes of an open file or pipe. Raises InputError if there are more than `most`."""
    data = stream.read(most + 1)
    if len(data) > most:
        raise _too_large(source, most)
    return data


def copy_stream(stream: BinaryIO, target: BinaryIO, source: str, most: int = MAX_PIPED_BYTES) -> None:
    """Copy all bytes of a pipe to a file. Raises InputError if there are more than `most`."""
    left = most
    while chunk := stream.read(1 << 20):
        left -= len(chunk)
        if left < 0:
            raise _too_large(source, most)
        target.write(chunk)


def lines_of(stream: BinaryIO, source: str, longest: int = MAX_BYTES, most: int | None = None) -> Iterator[bytes]:
    """Lines of an open file or pipe. Raises InputError for one of more than `longest` bytes, or `most` in all."""
    taken = 0
    while line := stream.readline(longest + 1):
        taken += len(line)
        if len(line) > longest:
            raise InputError(f"{source} has a line of more than {_megabytes(longest)}")
        if most is not None and taken > most:
            raise _too_large(source, most)
        yield line


def _too_large(source: str, most: int) -> InputError:
    return InputError(f"{source} has more than {_megabytes(most)}; split it")


def _megabytes(count: int) -> str:
    return f"{count >> 20:,} MB" if count >= 1 << 20 else f"{count:,} bytes"


_PREFIX = "sokdok-spool-"
_YOUNG_S = 60  # age of a folder that may be of a process that is just starting


@contextmanager
def spooled(stream: BinaryIO, source: str, name: str, most: int = MAX_PIPED_BYTES) -> Iterator[Path]:
    """A file called `name` with all that a stream gives, removed at the end; errors call it `source`.

    Raises InputError beyond `most` bytes.
    """
    with scratch_folder() as folder:
        path = folder / name
        with path.open("wb") as file:
            copy_stream(stream, file, source, most)
        yield path


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """An empty folder, removed at the end. What a killed process left is removed by the next one."""
    _remove_abandoned()
    with TemporaryDirectory(prefix=_PREFIX) as folder, locked(Path(folder)):
        yield Path(folder)


def _remove_abandoned() -> None:
    """Remove folders of ours whose process is gone: nobody holds their lock."""
    for folder in Path(gettempdir()).glob(f"{_PREFIX}*"):
        try:
            status = folder.lstat()
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                continue
            if time.time() - status.st_mtime > _YOUNG_S and not _is_locked(folder):
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # it went in the meantime
            continue


def _is_locked(folder: Path) -> bool:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
