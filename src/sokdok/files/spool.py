"""A pipe or bytes as a file: PDFs and images are read back and forth, which a pipe can't do."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import BinaryIO

from sokdok.files.reading import MAX_PIPED_BYTES, copy_stream
from sokdok.files.writing import locked

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
