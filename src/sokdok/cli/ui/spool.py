"""Standard input as a file: PDFs and images are read back and forth, which a pipe can't do."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from sokdok.files import copy_stream, locked

_PREFIX = "sokdok-stdin-"
_YOUNG_S = 60
"""age of a folder that may be of a command that is just starting"""


@contextmanager
def stdin_as_file() -> Iterator[Path]:
    """A file called `stdin` with all of standard input, removed at the end.

    Raises InputError beyond `files.MAX_PIPED_BYTES`. What a killed command left is removed by the next one.
    """
    _remove_abandoned()
    with TemporaryDirectory(prefix=_PREFIX) as folder, locked(Path(folder)):
        path = Path(folder) / "stdin"
        with path.open("wb") as file:
            copy_stream(sys.stdin.buffer, file, "standard input")
        yield path


def _remove_abandoned() -> None:
    """Remove folders of ours whose command is gone: nobody holds their lock."""
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
