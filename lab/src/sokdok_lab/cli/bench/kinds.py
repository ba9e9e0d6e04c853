"""`sokdok bench kinds`: how often the kind of a figure is found, and what it is taken for otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sokdok.cli.ui.console import progress
from sokdok.errors import InputError
from sokdok_lab.cli.bench.options import Json
from sokdok_lab.cli.bench.output import check_outputs, table_console, write_rows

if TYPE_CHECKING:
    from sokdok_lab.bench.evaluation.kinds import Row


def kinds(
    data: Annotated[Path, typer.Option(help="Folder with one folder a set, each with manifest.jsonl and its images.")],
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many rows of each set.")] = None,
    json: Json = None,
) -> None:
    """Kinds of figures: what pictures of each set are taken for, beside print and pictures that are no figures."""
    from sokdok_lab.bench.evaluation.kinds import SETS, print_rows, rows_of

    check_outputs(json)
    if not any((data / name).is_dir() for name in SETS):
        raise InputError(f"{data} has none of the sets {', '.join(SETS)}")
    rows: list[Row] = []
    try:
        with progress("looking", total=sum((data / name).is_dir() for name in SETS)) as advance:
            for row in rows_of(data, limit, lambda name: advance(1)):
                rows.append(row)
    finally:
        if rows:
            print_rows(rows, table_console(json))
            write_rows(rows, json)
