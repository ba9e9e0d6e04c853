"""The files that a command names: each once, folders searched, standard input as a file."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from sokdok.cli.ui.console import note
from sokdok.cli.ui.files import STDIN, check_name, stdin_as_file
from sokdok.errors import InputError
from sokdok.files import path_key, printable

MOST_NAMED = 6  # files that are named; more are counted by suffix


def all_paths(files: list[str], written: Path | None, stack: ExitStack) -> Iterator[Path]:
    """The documents that are named or lie in folders that are, without those in `written`, in order.

    Raises InputError for a folder with nothing to read; what is left out of folders is said on stderr.
    """
    for name in files:
        check_name(name)
        if name == STDIN:
            yield stack.enter_context(stdin_as_file())
        elif Path(name).is_dir():
            yield from _within(Path(name), path_key(written) if written else None)
        else:
            yield Path(name)


def _within(folder: Path, written: str | None) -> Iterator[Path]:
    """The documents below a folder, and what can't be read, without what an earlier run wrote there."""
    from sokdok.office.kinds import is_document

    unreadable: list[Path] = []
    known: list[Path] = []
    others: list[Path] = []
    for path in _files(folder, written, unreadable):
        (known if is_document(path) else others).append(path)
    others = [path for path in others if not path.name.startswith(".")]
    if others:
        note(f"{folder}: {_left_out(others)}")
    found = sorted([*known, *unreadable])  # opening these says why
    if not found:
        raise InputError(f"there are no documents in {folder}")
    yield from found


def _left_out(paths: list[Path]) -> str:
    """How many files were left out, and which: by their names if they are few, else by their suffixes."""
    if len(paths) <= MOST_NAMED:
        which = ", ".join(printable(Path(path.name)) for path in sorted(paths))
    else:
        counts = Counter(path.suffix.lower() or "no suffix" for path in paths)
        kinds = [f"{count:,} {printable(Path(suffix))}" for suffix, count in counts.most_common(MOST_NAMED)]
        which = ", ".join(kinds) + (", …" if len(counts) > MOST_NAMED else "")
    return f"{len(paths):,} {'file is' if len(paths) == 1 else 'files are'} no document and left out: {which}"


def _files(folder: Path, written: str | None, unreadable: list[Path]) -> Iterator[Path]:
    """All files below a folder but those in `written`; folders that can't be read are added to `unreadable`."""
    for place, folders, names in os.walk(folder, onerror=lambda error: unreadable.append(Path(error.filename))):
        folders[:] = [name for name in folders if path_key(Path(place) / name) != written]
        yield from (Path(place) / name for name in names)
