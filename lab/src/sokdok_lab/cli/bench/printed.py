"""`sokdok bench printed`: documents printed to PDF, with exact truth of their words and structure."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sokdok.cli.ui.console import note, progress
from sokdok_lab.cli.bench.options import Json, Model, chosen
from sokdok_lab.cli.bench.output import check_outputs, table_console, write_rows

if TYPE_CHECKING:
    from sokdok.documents.question import Source
    from sokdok_lab.bench.printed.run import Row

SOURCES: tuple[Source, ...] = ("auto", "text-layer", "reader")


def printed(
    data: Annotated[Path, typer.Option(help="Folder of the set, with manifest.jsonl.")],
    source: Annotated[
        list[str] | None, typer.Option(help="auto, text-layer or reader; repeatable. Default: text-layer.")
    ] = None,
    variant: Annotated[
        list[str] | None, typer.Option(help="Only files of this variant, such as born-digital; repeatable.")
    ] = None,
    document: Annotated[
        list[str] | None, typer.Option("--document", help="Only this file, by its id; repeatable.")
    ] = None,
    baselines: Annotated[bool, typer.Option("--baselines/--no-baselines", help="Run what else is installed.")] = True,
    python: Annotated[
        str | None,
        typer.Option(help="Python of the environment that holds PyMuPDF4LLM and MarkItDown. Default: this one."),
    ] = None,
    documents: Annotated[bool, typer.Option("--documents", help="A line for each file too.")] = False,
    model: Model = "nano",
    json: Json = None,
) -> None:
    """Printed documents: words, headings, lists, tables, paragraphs, code, notes; beside pdftotext and packages.

    Values are means over files, from 0 to 1; word-error, leak and unseen are better low.
    """
    from sokdok.reading import load
    from sokdok_lab.bench.printed.run import load_cases, print_rows, run
    from sokdok_lab.bench.printed.systems import Sokdok, System, others

    check_outputs(json)
    sources = [each for each in SOURCES if each in chosen(source or ["text-layer"], SOURCES, "source")]
    cases = load_cases(data, variant or (), document or ())
    systems: list[System] = [Sokdok(each, lambda: load(model)) for each in sources]
    systems += others(python or sys.executable) if baselines else []
    rows: list[Row] = []
    try:
        with progress("converting", total=len(systems) * len(cases)) as advance:

            def done(row: Row) -> None:
                rows.append(row)
                advance(1)

            for absent in run(systems, cases, done):
                note(f"not measured: {absent}")
    finally:
        if rows:
            print_rows(rows, table_console(json), documents=documents)
            write_rows(rows, json)
