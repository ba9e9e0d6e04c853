"""How commands talk: results on stdout or into a file, notes and progress on stderr.

- `note` and `progress` write to stderr only, so stdout can always be piped.
- `progress` shows nothing where stderr is not a terminal (a log file, CI).
- `open_output` gives a file its name when it is complete.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path
from typing import Any, BinaryIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from sokdok.cli.ui.terminal import message
from sokdok.errors import InputError, in_one_line
from sokdok.files import json_text, open_private, temporary_name

err = Console(stderr=True, highlight=False)


def note(text: str) -> None:
    """Print one line for the person at the terminal (stderr): square brackets are no markup, control characters go."""
    err.print(message(text), markup=False, soft_wrap=True)


def note_error(what: str, error: Exception) -> None:
    """Print one line about what failed; with SOKDOK_DEBUG=1 the traceback before it."""
    if os.environ.get("SOKDOK_DEBUG"):
        traceback.print_exception(error)
    note(f"sokdok: {what}: {in_one_line(error)}")


@contextmanager
def progress(description: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on stderr while the block runs; yields `advance(steps)`. Silent where stderr is no terminal.

    with progress("reading", total=len(pages)) as advance:
        for reading in reader.read(pages):
            advance(1)
    """
    with make_bar(TimeElapsedColumn(), TimeRemainingColumn()) as bar:
        task = bar.add_task(description, total=total)
        yield lambda steps: bar.advance(task, steps)


def make_bar(*columns: ProgressColumn, visible: bool = True) -> Progress:
    """A bar on stderr that goes away at its end: what is done, how much of it, and `columns` behind.

    It shows nothing where it is not `visible`, or stderr no terminal.
    """
    first = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn()
    hidden = not visible or not sys.stderr.isatty()
    return Progress(*first, *columns, console=err, transient=True, redirect_stdout=False, disable=hidden)


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
        if temporary.exists() and temporary.stat().st_size:
            note(f"broken off; what there is so far is in {temporary}")
        else:
            temporary.unlink(missing_ok=True)
        raise
    os.replace(temporary, path)


def print_json(value: Any) -> None:
    """Print a result as JSON on stdout: dataclasses become objects, paths strings, NaN and infinity null."""
    plain = _plain(value)
    text = json_text(plain, indent=2)
    # A terminal may know ASCII only: escapes carry the rest.
    print(text if _encodable(text) else json.dumps(plain, indent=2))


def _plain(value: Any) -> Any:
    """Reduce a value to what JSON knows."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, PathLike):
        return fspath(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if hasattr(value, "tolist"):  # a numpy scalar or array
        return _plain(value.tolist())
    return value


def _encodable(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
