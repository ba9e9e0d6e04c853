"""`sokdok memory import` and `export`: conversations as JSON lines, in and out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sokdok.cli.memory.common import File, Json, placed
from sokdok.cli.ui.console import print_json, progress
from sokdok.cli.ui.output import open_output
from sokdok.files import MAX_PIPED_BYTES, lines_of, open_regular

MAX_LINE_BYTES = 512 << 20  # Of one turn with its images.


def add_to(group: typer.Typer) -> None:
    """Add `import` and `export` to the commands of `sokdok memory`."""
    group.command("import")(import_lines)
    group.command("export")(export_lines)


def import_lines(
    source: Annotated[str, typer.Argument(metavar="FILE|-", help="JSON lines, or - for standard input.")],
    file: File,
    conversation: Annotated[
        str | None, typer.Option("--conversation", "-c", help="Store all in this one. Default: as each line says.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Store turns from JSON lines, all or none. The same file can be imported again: what is there is passed over.

    A line needs role and text; it may have conversation, number, time, important, meta, images (base64). With a number
    it is passed over if that turn is there with the same content. Lines without numbers are passed over if the
    conversation ends with exactly them, and added else.
    """
    from sokdok.memory.store.interchange import read_lines, store_lines
    from sokdok.memory.store.store import Store

    with _lines(source) as (texts, total):
        lines = list(read_lines(texts, source, conversation))  # before the store is made: a bad line leaves none behind
    with placed(file), Store(file) as store, progress("importing", total=total) as advance:
        imported = store_lines(store, lines, advance)
    if as_json:
        print_json(imported)
        return
    were = "was" if imported.known == 1 else "were"
    known = f"; {imported.known:,} {were} there already" if imported.known else ""
    print(f"imported {imported.added:,} turn{'' if imported.added == 1 else 's'}{known}")


def export_lines(
    file: File,
    conversation: Annotated[
        str | None, typer.Option("--conversation", "-c", help="Only this conversation. Default: all in the file.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: stdout.")] = None,
) -> None:
    """Write all turns as JSON lines, their images included; `import` takes them back."""
    from sokdok.memory.store.interchange import export_turns
    from sokdok.memory.store.store import Store

    with Store(file, create=False) as store:
        chosen = [known for known in store.conversations() if conversation in (None, known.name)]
        _write(export_turns(store, conversation), output, sum(known.turns for known in chosen))


def _write(lines: Iterable[str], output: Path | None, total: int | None) -> None:
    with open_output(output, private=True) as stream, progress("exporting", total=total) as advance:
        for line in lines:
            stream.write(line.encode())
            advance(1)


@contextmanager
def _lines(source: str) -> Iterator[tuple[Iterator[str], int | None]]:
    """Open a file's lines, and count them; None for standard input."""
    if source == "-":
        yield _decoded(lines_of(sys.stdin.buffer, "standard input", MAX_LINE_BYTES, MAX_PIPED_BYTES)), None
        return
    with open_regular(Path(source)) as file:
        total = sum(chunk.count(b"\n") for chunk in iter(partial(file.read, 1 << 20), b""))
        file.seek(0)
        yield _decoded(lines_of(file, source, MAX_LINE_BYTES)), total


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    yield from map(bytes.decode, lines)
