"""What benches share: options, the list in a folder, tables, pictures, and the frame of a run that writes its rows."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
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
DPI = 110  # pixels of a saved figure per inch of its size


def chosen(names: Iterable[str] | None, allowed: Iterable[str], what: str) -> list[str]:
    """Return names in the order of those allowed, all of them by default. Raises InputError for one that is not."""
    allowed, names = list(allowed), list(names or ())
    for name in names:
        require_choice(what, name, allowed)
    return [name for name in allowed if not names or name in names]


@contextmanager
def reported(json: Path | None, show: Callable[[list[Any], Console], None]) -> Iterator[list[Any]]:
    """Yield a list for the rows of a run: `show` prints what is in it and a file gets it, interrupted or not.

    Raises InputError before the run for a file that can't be written.
    """
    check_file(json)
    rows: list[Any] = []
    try:
        yield rows
    finally:
        if rows:
            show(rows, table_console(json))
            write_rows(rows, json)


def check_file(path: Path | None) -> None:
    """Raise InputError for a file that can't be written: before a long run rather than behind it."""
    if path is None or path == STDOUT:
        return
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file")
    if not path.parent.is_dir():
        raise InputError(f"the folder of {path} does not exist")


def write_rows(rows: Sequence[Any] | Mapping[str, Sequence[Any]], path: Path | None) -> None:
    """Write rows (of dicts or dataclasses), or tables of them by name, as JSON to stdout or a file."""
    text = json.dumps(rows, indent=1, ensure_ascii=False, default=dataclasses.asdict) + "\n"
    if path == STDOUT:
        typer.echo(text, nl=False)
    elif path is not None:
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")


def table_console(json: Path | None) -> Console:
    """Return the console for tables: stdout, unless the rows go there; wide enough for them where it is no terminal."""
    width = None if sys.stdout.isatty() else TABLE_COLUMNS
    return Console(stderr=json == STDOUT, highlight=False, width=width)


def say(console: Console, text: str) -> None:
    """Print a line as it is."""
    console.print(text, markup=False, soft_wrap=True)


def table(left: Sequence[str], right: Sequence[str], rows: Iterable[Sequence[str] | None], title: str = "") -> Table:
    """Make a table with `left` columns of names and `right` ones of numbers; None among the rows ends a section."""
    made = Table(title=title or None, title_justify="left", box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for name in left:
        made.add_column(name, no_wrap=True)
    for name in right:
        made.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        if row is None:
            made.add_section()
        else:
            made.add_row(*row)
    return made


def rows_table(rows: Sequence[Row], title: str = "") -> Table:
    """Make a table with a line a row and a column a key, texts to the left of numbers."""
    keys = sorted(rows[0], key=lambda key: not isinstance(rows[0][key], str))
    texts = [key for key in keys if isinstance(rows[0][key], str)]
    lines = ([shown(row[key]) for key in keys] for row in rows)
    names = [key.replace("_", " ") for key in keys]
    return table(names[: len(texts)], names[len(texts) :], lines, title)


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


def print_each(rows: Sequence[Row], console: Console) -> None:
    """Print each row as a line of its own: rows that have nothing in common."""
    for row in rows:
        say(console, ", ".join(f"{key.replace('_', ' ')} {shown(value)}" for key, value in row.items()))
    say(console, f"on {machine()}")


def machine() -> str:
    """Describe what times depend on: processors that this process may use, and how busy they were at the start."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{usable_cores()} processors{load}"


def check_plot(path: Path) -> None:
    """Raise InputError if `path` names no kind of picture, or a folder that does not exist."""
    from matplotlib.backend_bases import FigureCanvasBase

    check_file(path)
    if _format(path) not in (kinds := FigureCanvasBase.get_supported_filetypes()):
        raise InputError(
            f"can't draw a picture of kind {path.suffix!r} ({path}); choose from {', '.join(sorted(kinds))}"
        )


def save_figure(figure: Any, path: Path, colours: int | None = None) -> None:
    """Write a matplotlib figure as the kind of picture that `path` names; a PNG in a palette of `colours` if given."""
    from PIL import Image

    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=DPI, format=_format(path))
        if colours is not None:
            with Image.open(temporary) as picture:
                small = picture.convert("RGB").quantize(colours, dither=Image.Dither.NONE)
            small.save(temporary, "PNG", optimize=True)


def legend(figure: Any, order: Iterable[str] = ()) -> None:
    """Draw one legend for all panels below them, labels in this order or as they come: inside it would hide lines."""
    entries: dict[str, Any] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    names = [name for name in order if name in entries] or list(entries)
    figure.legend([entries[name] for name in names], names, loc="outside lower center", ncols=len(names), fontsize=8)


def _format(path: Path) -> str:
    """Return matplotlib's name of a file's kind."""
    return path.suffix.lstrip(".").lower() or "png"


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
