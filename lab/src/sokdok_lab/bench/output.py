"""What benches share: options, the list in a folder, tables, and the frame of a run that prints and writes its rows."""

from __future__ import annotations

import json as jsons
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from sokdok.errors import InputError, require_choice
from sokdok.files import replacing
from sokdok.machine import usable_cores

Texts = Annotated[
    list[Path] | None,
    typer.Option(
        "--data",
        help="Folder with manifest.jsonl (English pages as in eval/fox, or Korean texts); repeatable. "
        "Default: built-in texts.",
    ),
]
Model = Annotated[
    str, typer.Option(help="The reader to measure: nano, a checkpoint's folder or hub id, or an endpoint's address.")
]
Json = Annotated[Path | None, typer.Option("--json", help="Write the rows as JSON; - for stdout, instead of tables.")]
Python = Annotated[
    str, typer.Option(help="Python of the environment that holds the packages beside it. Default: this one.")
]
Row = dict[str, Any]  # What was measured, by name: a line of a table, an object of `--json`.
Advance = Callable[[int], None]

STDOUT = Path("-")  # the file that is standard output
TABLE_COLUMNS = 160  # width of tables where stdout is no terminal


def chosen(names: Iterable[str] | None, allowed: Iterable[str], what: str) -> list[str]:
    """Return names in the order of those allowed, all of them by default. Raises InputError for one that is not."""
    allowed, names = list(allowed), list(names or ())
    for name in names:
        require_choice(what, name, allowed)
    return [name for name in allowed if not names or name in names]


@contextmanager
def reported(json: Path | None, show: Callable[[list[Row], Console], None]) -> Iterator[list[Row]]:
    """Yield a list for the rows of a run: `show` prints what is in it and a file gets it, interrupted or not.

    Tables go to stdout, unless the rows do. Raises InputError before the run for a file that can't be written.
    """
    check_file(json)
    rows: list[Row] = []
    try:
        yield rows
    finally:
        if rows:
            width = None if sys.stdout.isatty() else TABLE_COLUMNS
            show(rows, Console(stderr=json == STDOUT, highlight=False, width=width))
            text = jsons.dumps(rows, indent=1, ensure_ascii=False) + "\n"
            if json == STDOUT:
                typer.echo(text, nl=False)
            elif json is not None:
                with replacing(json) as temporary:
                    temporary.write_text(text, encoding="utf-8")


def check_file(path: Path | None) -> None:
    """Raise InputError for a file that can't be written: before a long run rather than behind it."""
    if path is None or path == STDOUT:
        return
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file")
    if not path.parent.is_dir():
        raise InputError(f"the folder of {path} does not exist")


def say(console: Console, text: str) -> None:
    """Print a line as it is."""
    console.print(text, markup=False, soft_wrap=True)


def rows_table(rows: Sequence[Row], title: str = "") -> Table:
    """Make a table with a line a row and a column a key, texts to the left of numbers."""
    keys = sorted(rows[0], key=lambda key: not isinstance(rows[0][key], str))
    texts = [key for key in keys if isinstance(rows[0][key], str)]
    return _table(texts, keys[len(texts) :], ([shown(row[key]) for key in keys] for row in rows), title)


def beside(rows: Sequence[Row], lines: Sequence[str], count: str, across: str, cell: str, title: str = "") -> Table:
    """Make a table with a line for the values of some keys, the number `count`, and a column for each value of a key.

    What stands there is the row, written by the template `cell`.
    """
    columns, cells = list(grouped(rows, across)), list[list[str]]()
    for names, some in grouped(rows, *lines).items():
        written = {row[across]: cell.format(**row) for row in some}
        values = [names] if len(lines) == 1 else names
        cells.append([*map(shown, (*values, some[0][count])), *(written.get(column, "") for column in columns)])
    return _table(lines, (count, *columns), cells, title)


def _table(left: Sequence[str], right: Sequence[str], lines: Iterable[Sequence[str]], title: str) -> Table:
    """Make a table with `left` columns of names and `right` ones of numbers."""
    made = Table(title=title or None, title_justify="left", box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for name in (*left, *right):
        made.add_column(name.replace("_", " "), no_wrap=True, justify="left" if name in left else "right")
    for line in lines:
        made.add_row(*line)
    return made


def shown(value: Any) -> str:
    """Write a value as tables do: numbers with as many digits as say something, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 100 else f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def grouped(rows: Iterable[Row], *keys: str) -> dict[Any, list[Row]]:
    """Group rows by the values of these keys, a tuple where there are several, in the order that they come in."""
    groups: dict[Any, list[Row]] = {}
    values = itemgetter(*keys)
    for row in rows:
        groups.setdefault(values(row), []).append(row)
    return groups


def mean_of(rows: Iterable[Mapping[str, Any]], key: str) -> float | None:
    """Return the mean of a key's values, those left out that are None; None where all are."""
    known = [row[key] for row in rows if row[key] is not None]
    return fmean(known) if known else None


def print_each(rows: Sequence[Row], console: Console) -> None:
    """Print each row as a line of its own: rows that have nothing in common."""
    for row in rows:
        say(console, ", ".join(f"{key.replace('_', ' ')} {shown(value)}" for key, value in row.items()))
    say(console, f"on {machine()}")


def machine() -> str:
    """Describe what times depend on: processors that this process may use, and how busy they were at the start."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{usable_cores()} processors{load}"


def manifest_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a manifest.jsonl, one by one. Raises InputError where the file or a line can't be read."""
    if not path.parent.is_dir():
        raise InputError(f"{path.parent} is not a folder")
    if not path.is_file():
        raise InputError(f"{path.parent} has no manifest.jsonl; name a folder laid out like eval/fox")
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        try:
            if line.strip():
                yield msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise InputError(f"{path}:{number} is no JSON object ({error})") from None
