"""`sokdok bench memory`: how a memory fades, what survives, and how a view grows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sokdok.cli.ui.console import note, progress
from sokdok.errors import InputError
from sokdok_lab.cli.bench.options import BatchSize, Json, chosen
from sokdok_lab.cli.bench.output import check_outputs, table_console, write_json

if TYPE_CHECKING:
    from sokdok_lab.bench.memory.run import Results


def add_to(group: typer.Typer) -> None:
    """Add the command to `sokdok bench`."""
    group.command("memory")(memory)


def memory(
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder with manifest.jsonl: long texts and LoCoMo dialogues. Default: built-in sentences.",
        ),
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only curve, facts, questions or growth; repeatable.")] = None,
    budget: Annotated[
        list[int] | None, typer.Option(min=256, help="Tokens of a view; repeatable. Default: 8000.")
    ] = None,
    most: Annotated[int, typer.Option(min=1000, help="Turns to which the growing conversation grows.")] = 100_000,
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many turns of each conversation.")] = None,
    batch_size: BatchSize = 8,
    model: Annotated[
        str, typer.Option(help="The reader of the pages, whose tokens are counted: nano or a checkpoint.")
    ] = "nano",
    json: Json = None,
    csv: Annotated[Path | None, typer.Option(metavar="DIR", help="Write a CSV file a table to this folder.")] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Draw memory-forgetting, -facts and -growth.png to this folder.")
    ] = None,
) -> None:
    """Fill a view, read its pages back, and see what is left by age: beside truncation, dropping words, a summary.

    What is finished when the run is interrupted is printed and written all the same.
    """
    from sokdok.reading import load
    from sokdok.tokens.models import find_model
    from sokdok_lab.bench.memory.material import gather
    from sokdok_lab.bench.memory.run import SECTIONS, Results, Run

    check_outputs(json)
    _check_folders(csv, plot)
    sections = chosen(only, SECTIONS, "part")
    material = gather(data, limit)
    if only and "questions" in only and not material.dialogues:
        raise InputError("the built-in texts have no questions; name a folder with LoCoMo dialogues with --data")
    reader = load(model)
    results, budgets = Results(), budget or [8000]
    try:
        with progress("reading pages back") as advance:
            run = Run(reader, find_model(reader.name), budgets, batch_size, note, advance)
            if {"curve", "facts"} & set(sections):
                run.forgetting(material, sections, results)
            if "questions" in sections and material.dialogues:
                run.questions(material, results)
        if "growth" in sections:
            with progress("appending turns", total=len(budgets) * most) as advance:
                run.growth(most, results, advance)
    finally:
        _write(results, material.source, json, csv, plot)


def _check_folders(csv: Path | None, plot: Path | None) -> None:
    """Raise InputError for a folder that is not there: before a long run rather than behind it."""
    for folder in (csv, plot):
        if folder is not None and not folder.is_dir():
            raise InputError(f"{folder} is not a folder")
    if plot is not None:
        from sokdok_lab.bench.pictures import check_plot

        check_plot(plot / "memory-growth.png")


def _write(results: Results, source: str, json: Path | None, csv: Path | None, plot: Path | None) -> None:
    """Write what was measured, as far as there is any."""
    from sokdok_lab.bench.memory.report import json_text, print_results, write_csv

    if not results.tables():
        return
    if json is not None:
        write_json(json_text(results), json)
    if csv is not None:
        write_csv(results, csv)
    if plot is not None:
        from sokdok_lab.bench.memory.plots import plot_results

        plot_results(results, plot)
    print_results(results, source, table_console(json))
