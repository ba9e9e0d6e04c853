"""Write the benches' results: tables to stdout, or rows as JSON there or to a file; check files before a long run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

STDOUT = Path("-")  # The file that is standard output.

TABLE_COLUMNS = 160  # Width of tables where stdout is no terminal.


def check_outputs(*paths: Path | None) -> None:
    """Raise InputError for a file that can't be written."""
    from sokdok_lab.bench.results import check_writable

    for path in paths:
        if path is not None and path != STDOUT:
            check_writable(path)


def table_console(json: Path | None) -> Console:
    """Return the console for tables: stdout, unless the rows go there; wide enough for them where it is no terminal."""
    from rich.console import Console

    terminal = sys.stdout.isatty()
    return Console(stderr=json == STDOUT, highlight=False, width=None if terminal else TABLE_COLUMNS)


def write_rows(rows: Sequence[Any], json: Path | None, csv: Path | None = None) -> None:
    """Write rows (dataclasses) as JSON to stdout or a file, as CSV to a file."""
    from sokdok_lab.bench.results import csv_text, json_text, write

    if json is not None:
        write_json(json_text(rows), json)
    if csv is not None:
        write(csv_text(rows), csv)


def write_json(text: str, path: Path) -> None:
    """Write JSON to stdout or a file."""
    from sokdok_lab.bench.results import write

    if path == STDOUT:
        typer.echo(text, nl=False)
    else:
        write(text, path)
