"""Where the benches' results go: tables to stdout, or rows as JSON there or in a file; checked before a long run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

STDOUT = Path("-")


def check_outputs(*paths: Path | None) -> None:
    """Raise InputError for a file that can't be written."""
    from sokdok.bench.compression.report import check_writable

    for path in paths:
        if path is not None and path != STDOUT:
            check_writable(path)


def table_console(json: Path | None) -> Console:
    """Where tables go: stdout, unless the rows go there. Wide enough for the tables where stdout is no terminal."""
    from rich.console import Console

    terminal = sys.stdout.isatty()
    return Console(stderr=json == STDOUT, highlight=False, width=None if terminal else 160)


def write_rows(rows: Sequence[Any], json: Path | None, csv: Path | None = None) -> None:
    """Write rows (dataclasses) as JSON to stdout or a file, as CSV to a file."""
    from sokdok.bench.compression import report

    if json == STDOUT:
        typer.echo(report.json_text(rows), nl=False)
    elif json is not None:
        report.write(report.json_text(rows), json)
    if csv is not None:
        report.write(report.csv_text(rows), csv)
