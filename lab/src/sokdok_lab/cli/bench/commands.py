"""`sokdok bench`: the published experiments, reproduced."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sokdok.cli.ui.console import note, progress
from sokdok.errors import InputError
from sokdok_lab.cli.bench import bulk as bench_bulk
from sokdok_lab.cli.bench import kinds as bench_kinds
from sokdok_lab.cli.bench import loss as bench_loss
from sokdok_lab.cli.bench import memory as bench_memory
from sokdok_lab.cli.bench import printed as bench_printed
from sokdok_lab.cli.bench import serve as bench_serve
from sokdok_lab.cli.bench import sets as bench_sets
from sokdok_lab.cli.bench import speed as bench_speed
from sokdok_lab.cli.bench.options import BatchSize, Decoders, Json, Mode, Model, Texts, chosen, decoders_for
from sokdok_lab.cli.bench.output import check_outputs, table_console, write_rows

group = typer.Typer(
    no_args_is_help=True,
    help="Measure what a reader loses: the published experiments on sokdok's own drawing and readers.",
    rich_markup_mode="rich",
    add_completion=False,
)
bench_sets.add_to(group)
group.command()(bench_kinds.kinds)
group.command()(bench_printed.printed)
group.command()(bench_loss.loss)
group.command()(bench_speed.speed)
group.command()(bench_bulk.bulk)
group.command()(bench_serve.serve)
bench_memory.add_to(group)


@group.command()
def compression(
    data: Texts = None,
    condition: Annotated[
        list[str] | None, typer.Option(help="natural, random, original, korean, mixed or ks_x_1001; repeatable.")
    ] = None,
    mode: Annotated[list[str] | None, typer.Option(help="tiny, small, base or large; repeatable.")] = None,
    decoder: Decoders = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many texts per bucket.")] = None,
    batch_size: BatchSize = 8,
    model: Model = "nano",
    json: Json = None,
    csv: Annotated[Path | None, typer.Option(help="Write the rows as CSV.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the paper's picture: fidelity bars, ratio lines.")] = None,
) -> None:
    """Draw texts in 64 to 400 vision tokens, read them back, and stand beside the published numbers.

    What is finished when the run is interrupted is printed and written all the same.
    """
    from sokdok.reading import load
    from sokdok_lab.bench.compression import conditions, plots, report
    from sokdok_lab.bench.compression.compression import Row, run_task
    from sokdok_lab.bench.compression.fox import gather
    from sokdok_lab.bench.pictures import check_plot

    check_outputs(json, csv, plot)
    if plot is not None:
        check_plot(plot)
    names = chosen(condition, conditions.CONDITIONS, "condition")
    modes = chosen(mode, conditions.MODES, "mode")
    material = gather(data or [])
    reader = load(model)
    tasks = conditions.make_tasks(material, names, modes, decoders_for(reader, decoder), limit)
    if not tasks:
        raise InputError(f"nothing to read: {', '.join(names)} with these decoders needs other --data")
    for left_out in [name for name in names if name not in {task.condition for task in tasks}]:
        note(f"no texts or no fitting decoder for {left_out}: left out")
    rows: list[Row] = []
    try:
        with progress("reading back", total=sum(task.readings for task in tasks)) as advance:
            for task in tasks:
                rows += run_task(reader, task, material.measured, batch_size, advance)
                note(f"{task.condition}, {task.mode}: {len(task.samples)} texts from {task.data}")
    finally:
        if rows:
            report.print_report(rows, table_console(json))
            write_rows(rows, json, csv)
            if plot is not None:
                plots.plot_compression(rows, plot)


@group.command()
def frontier(
    data: Texts = None,
    language: Annotated[list[str] | None, typer.Option(help="english or korean; repeatable.")] = None,
    mode: Mode = "small",
    decoder: Decoders = None,
    texts: Annotated[int, typer.Option(min=1, help="Spans of text read at each ratio.")] = 4,
    model: Model = "nano",
    json: Json = None,
) -> None:
    """Grow the text on one page until fidelity falls below .97: the largest ratio before that (published: 10x)."""
    from sokdok.reading import load
    from sokdok_lab.bench.compression.conditions import MODES
    from sokdok_lab.bench.compression.fox import gather
    from sokdok_lab.bench.compression.frontier import PUBLISHED, Point, Search, summary

    check_outputs(json)
    languages = chosen(language, ("english", "korean"), "language")
    chosen([mode], MODES, "mode")
    material, reader = gather(data or []), load(model)
    decoders = decoders_for(reader, decoder)
    pools = {"english": "\n".join(page.text for page in material.pages), "korean": material.korean}
    console = table_console(json)
    points: list[Point] = []
    try:
        for name in languages:
            for each in decoders:
                with progress(f"{name}, {each}") as advance:
                    found = Search(name, pools[name], each, mode, texts).run(reader, advance)
                points += found
                console.print(summary(found), markup=False, soft_wrap=True)
    finally:
        if points:
            console.print(f"published (DeepSeek-OCR, page images): about {PUBLISHED:.0f}x", soft_wrap=True)
            write_rows(points, json)
