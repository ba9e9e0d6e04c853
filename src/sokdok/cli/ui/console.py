"""How commands talk: results on stdout or into a file, notes and progress on stderr.

- `note` and `progress` write to stderr only, so stdout can always be piped.
- `progress` shows nothing where stderr is not a terminal (a log file, CI).
- `open_output` gives a file its name when it is complete.
- A terminal is shown texts, and the colours of tables, but nothing else that it obeys (`guard_stdout`, `message`): a
  control character in an answer, a file's name or a stored turn could set the window's title, write to the clipboard or
  clear the screen. Pipes and files get everything as it is.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec
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

from sokdok.errors import InputError, in_one_line
from sokdok.files import json_text, refuse_source, replacing

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from rich.table import Table

MOST_CHARACTERS = 2000  # of a message: a server or a file may say anything at any length
# All control characters but tab, line end and form feed, and what sets colours.
_OBEYED = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f-\x9f]|\r(?!\n|\Z)|\x1b(?!\[[0-9;]*m)")
_MARK = "\N{REPLACEMENT CHARACTER}"
_PIPE_WIDTH = 160  # columns of a table in a pipe
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
    """Show a bar on stderr while the block runs; yields `advance(steps)`. Silent where stderr is no terminal."""
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
def open_output(path: Path | None, sources: Iterable[Path] = (), *, private: bool = False) -> Iterator[BinaryIO]:
    """Standard output, or a file that gets its name when it is complete; a `private` one is its owner's alone.

    If the command breaks off, what there is stays under the temporary name, and stderr says so. Raises InputError for
    one of the files that are read, which would be lost.
    """
    if path is None:
        yield sys.stdout.buffer
        return
    if path.is_dir():
        raise InputError(f"{path} is a folder; name the file to write")
    refuse_source(path, sources)
    with replacing(path, private=private, kept=True) as temporary:
        try:
            with temporary.open("wb") as file:
                yield file
        except BaseException:
            if temporary.stat().st_size:
                note(f"broken off; what there is so far is in {temporary}")
            raise


def print_json(value: Any) -> None:
    """Print a result as JSON on stdout: dataclasses become objects, paths strings, NaN and infinity null."""
    plain = msgspec.to_builtins(value, str_keys=True, enc_hook=_plain)
    finite = json.loads(json.dumps(plain), parse_constant=lambda name: None)
    write(json_text(finite, indent=2) + "\n")


def _plain(value: Any) -> Any:
    """A path as a text, an array or a number of numpy's as what it holds."""
    return fspath(value) if isinstance(value, PathLike) else value.tolist()


def write(text: str) -> None:
    """Write text to stdout as it is, in UTF-8 whatever the terminal's encoding; what no text may hold as escapes."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def guard_stdout() -> None:
    """Let standard output pass nothing on that a terminal would obey, where it is one.

    It is buffered, also where Python is told not to do that: a write of its own may be cut off by a full disk unseen.
    """
    out = sys.stdout
    raw = _Guard(out.buffer, out.encoding) if out.isatty() else getattr(out, "buffer", None)
    if isinstance(out, io.TextIOWrapper) and isinstance(raw, io.RawIOBase):
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(raw), out.encoding, out.errors, line_buffering=True)


def message(text: str) -> str:
    """A text in one line that is safe to print and not too long."""
    line = re.sub(r"[\x00-\x1f\x7f-\x9f]", _MARK, text.replace("\n", " "))
    return line if len(line) <= MOST_CHARACTERS else f"{line[:MOST_CHARACTERS]} …"


class _Guard(io.RawIOBase):
    """The bytes of a terminal's text, without what is obeyed."""

    def __init__(self, out: BinaryIO, encoding: str) -> None:
        self._out, self._encoding = out, encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._out.fileno()

    def write(self, data: ReadableBuffer, /) -> int:
        data = bytes(data)
        text = _OBEYED.sub(_MARK, self._decoder.decode(data))
        self._out.write(text.encode(self._encoding, "replace"))
        self._out.flush()
        return len(data)


def console(least_width: int = 0) -> Console:
    """Standard output; in a pipe as wide as need be, on a narrow terminal `least_width`: cut no number off."""
    out = Console(highlight=False)
    out.width = max(out.width, least_width) if out.is_terminal else _PIPE_WIDTH
    return out


def table(out: Console, first: str, *columns: str) -> Table:
    """Ruled on a terminal, bare columns in a pipe."""
    from rich import box
    from rich.table import Table

    ruled = out.is_terminal
    made = Table(box=box.SIMPLE_HEAD if ruled else None, pad_edge=False, collapse_padding=True, padding=(0, 1))
    made.add_column(first, no_wrap=True)
    for column in columns:
        made.add_column(column, justify="right", no_wrap=True)
    return made


def short(factor: float) -> str:
    """0.14, 1.7, 30.3, 921."""
    return f"{factor:.2g}" if factor < 10 else f"{factor:,.1f}" if factor < 100 else f"{factor:,.0f}"


def si(value: int) -> str:
    """785,735,680,000 → 785.7 G."""
    for factor, unit in ((10**18, "E"), (10**15, "P"), (10**12, "T"), (10**9, "G"), (10**6, "M")):
        if value >= factor:
            return f"{value / factor:,.1f} {unit}"
    return f"{value:,}"


def count_of(number: int, what: str) -> str:
    """Say how many there are of something."""
    return f"{number:,} {what if number == 1 else f'{what}s'}"
