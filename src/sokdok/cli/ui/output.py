"""Where a command's text goes: stdout or a file, exactly, as bytes, a page at a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sokdok.cli.ui.console import note
from sokdok.errors import InputError
from sokdok.files import open_private, temporary_name


@contextmanager
def open_output(path: Path | None, *, private: bool = False) -> Iterator[BinaryIO]:
    """Standard output, or a file that gets its name when it is complete; a `private` one is its owner's alone.

    If the command breaks off, what there is stays under the temporary name, and stderr says so.
    """
    if path is None:
        yield sys.stdout.buffer
        return
    if path.is_dir():
        raise InputError(f"{path} is a folder; name the file to write")
    temporary = temporary_name(path)
    temporary.unlink(missing_ok=True)  # were it a link, what it leads to would be written
    try:
        with open_private(temporary) if private else temporary.open("wb") as file:
            yield file
    except BaseException:
        _keep_partial(temporary)
        raise
    os.replace(temporary, path)


def _keep_partial(temporary: Path) -> None:
    if temporary.exists() and temporary.stat().st_size:
        note(f"broken off; what there is so far is in {temporary}")
    else:
        temporary.unlink(missing_ok=True)
