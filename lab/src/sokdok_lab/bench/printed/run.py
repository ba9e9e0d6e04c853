"""Run systems over the printed set, and print the table: a line for each system and kind of file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from sokdok.errors import InputError
from sokdok_lab.bench.manifest import manifest_rows
from sokdok_lab.bench.printed.measures import MEASURES, measure
from sokdok_lab.bench.printed.systems import System

if TYPE_CHECKING:
    from rich.console import Console

SECONDS = "s/page"
LABELS = {
    "no-space": "dense",
    "precision": "prec.",
    "word-error": "wrong",
    "heading": "heads",
    "list-level": "level",
    "cell-ns": "~cell",
    "merged": "merge",
    "paragraph": "para.",
    "crossing": "cross",
    "footnote": "notes",
}  # names of measures where there is little room
OWN = "born-digital"  # the variant that is also shown by language


@dataclass(frozen=True)
class Case:
    """A file of the set and its truth."""

    id: str
    path: Path
    truth: dict[str, Any]
    variant: str
    language: str
    pages: int


@dataclass(frozen=True)
class Row:
    """What a system reached on a file."""

    system: str
    id: str
    variant: str
    language: str
    values: dict[str, float]  # measure -> value; seconds a page beside them


def load_cases(data: Path, variants: Sequence[str] = (), ids: Sequence[str] = ()) -> list[Case]:
    """The files that a folder's manifest lists, all or those named. Raises InputError for a name it does not have."""
    rows = list(manifest_rows(data / "manifest.jsonl"))
    for asked, known in ((variants, {row.get("variant") for row in rows}), (ids, {row.get("id") for row in rows})):
        for name in asked:
            if name not in known:
                raise InputError(f"{data} has no {name!r}; it has {', '.join(sorted(filter(None, known)))}")
    try:
        return [
            _case(data, row)
            for row in rows
            if (not variants or row["variant"] in variants) and (not ids or row["id"] in ids)
        ]
    except (KeyError, OSError, ValueError) as error:
        raise InputError(f"{data} is no set of printed documents: {error!r}") from None


def _case(data: Path, row: dict[str, Any]) -> Case:
    truth = json.loads((data / row["truth"]).read_text(encoding="utf-8"))
    return Case(row["id"], data / row["file"], truth, row["variant"], row["language"], row["pages"])


def run(systems: Sequence[System], cases: Sequence[Case], done: Callable[[Row], None]) -> Iterator[str]:
    """Convert and measure; `done` is told each row. Yields a line for each system that is absent, and why."""
    for system in systems:
        reason = system.absent()
        if reason:
            yield f"{system.name}: {reason}"
            continue
        try:
            for case in cases:
                converted = system.convert(case.path)
                values = measure(case.truth, converted.blocks, case.variant)
                values[SECONDS] = converted.seconds / case.pages
                done(Row(system.name, case.id, case.variant, case.language, values))
        finally:
            system.close()


def groups(rows: Sequence[Row], *, documents: bool = False) -> dict[str, list[Row]]:
    """Rows by variant, those that were born digital by language too; `documents`: each file by itself as well."""
    found: dict[str, list[Row]] = {}
    for name in (*MEASURED_BY, *((_by_document,) if documents else ())):
        for row in rows:
            group = name(row)
            if group:
                found.setdefault(group, []).append(row)
    return found


def _by_variant(row: Row) -> str:
    return row.variant


def _by_language(row: Row) -> str:
    return f"{OWN}, {row.language}" if row.variant == OWN else ""


def _by_document(row: Row) -> str:
    return row.id


MEASURED_BY: tuple[Callable[[Row], str], ...] = (_by_variant, _by_language)


def means(rows: Sequence[Row]) -> dict[str, float]:
    """The mean of each measure over the files it applies to."""
    names = (*MEASURES, SECONDS)
    return {
        name: fmean(values) for name in names if (values := [row.values[name] for row in rows if name in row.values])
    }


def print_rows(rows: Sequence[Row], console: Console, *, documents: bool = False) -> None:
    """Print a table: groups of files, and systems within each."""
    from rich import box
    from rich.table import Table

    names = [name for name in (*MEASURES, SECONDS) if any(name in row.values for row in rows)]
    table = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("files", no_wrap=True)
    table.add_column("n", justify="right")
    table.add_column("system", no_wrap=True)
    for name in names:
        table.add_column(LABELS.get(name, name), justify="right", no_wrap=True)
    for group, found in groups(rows, documents=documents).items():
        for index, system in enumerate(dict.fromkeys(row.system for row in found)):
            own = [row for row in found if row.system == system]
            values = means(own)
            head = ("", "") if index else (group, str(len(own)))
            table.add_row(*head, system, *(_number(name, values.get(name)) for name in names))
        table.add_section()
    console.print(table)


def _number(name: str, value: float | None) -> str:
    if value is None:
        return ""
    if name == SECONDS or value >= 0.9995:
        return f"{value:.2f}"
    return f"{value:.3f}".removeprefix("0")
