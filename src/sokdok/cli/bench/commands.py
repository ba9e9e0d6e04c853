"""`sokdok bench`: the published experiments, reproduced."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sokdok.cli.bench import loss as bench_loss
from sokdok.cli.bench import memory as bench_memory
from sokdok.cli.bench import printed as bench_printed
from sokdok.cli.bench import sets as bench_sets
from sokdok.cli.bench.options import BatchSize, Decoders, Json, Mode, Model, Texts, chosen
from sokdok.cli.bench.output import check_outputs, table_console, write_rows
from sokdok.cli.ui.console import PANEL_MEASURE, note, progress
from sokdok.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from sokdok.bench.compression.roundtrip import Decoder
    from sokdok.reading import Reader

group = typer.Typer(
    no_args_is_help=True,
    help="Measure what a reader loses: the published experiments on sokdok's own drawing and readers.",
    rich_markup_mode="rich",
)


def register(app: typer.Typer) -> None:
    """Add `sokdok bench` to the product's commands."""
    bench_sets.add_to(group)
    group.command()(bench_printed.printed)
    group.command()(bench_loss.loss)
    bench_memory.add_to(group)
    app.add_typer(group, name="bench", rich_help_panel=PANEL_MEASURE)


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
    from sokdok.bench.compression import conditions, plots, report
    from sokdok.bench.compression.compression import Row, run_task
    from sokdok.bench.compression.fox import gather
    from sokdok.bench.pictures import check_plot

    check_outputs(json, csv, plot)
    if plot is not None:
        check_plot(plot)
    names = chosen(condition, conditions.CONDITIONS, "condition")
    modes = chosen(mode, conditions.MODES, "mode")
    material = gather(data or [])
    reader = _reader(model)
    tasks = conditions.make_tasks(material, names, modes, _decoders(decoder, reader), limit)
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
    from sokdok.bench.compression.conditions import MODES
    from sokdok.bench.compression.fox import gather
    from sokdok.bench.compression.frontier import PUBLISHED, Point, Search, summary

    check_outputs(json)
    languages = chosen(language, ("english", "korean"), "language")
    chosen([mode], MODES, "mode")
    material, reader = gather(data or []), _reader(model)
    decoders = _decoders(decoder, reader)
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


@group.command()
def speed(
    data: Texts = None,
    mode: Mode = "small",
    decoder: Decoders = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many texts.")] = 16,
    batch_size: BatchSize = 8,
    model: Annotated[
        str, typer.Option(help="As for the others; deepseek-ocr or unlimited-ocr: random weights, beside transformers.")
    ] = "nano",
    layers: Annotated[
        int | None, typer.Option(min=2, help="With random weights: fewer layers of the decoder, for less memory.")
    ] = None,
    device: Annotated[str, typer.Option(help="With random weights: auto, cpu, cuda or mps.")] = "auto",
    json: Json = None,
) -> None:
    """Pages and tokens per second on this machine, side by side with what you would use instead.

    nano and other readers stand beside tesseract on the same pages, where it is installed. `--model deepseek-ocr` times
    the published architecture on random weights beside transformers: vision, prefill, decoding, int8.
    """
    check_outputs(json)
    if model in ("deepseek-ocr", "unlimited-ocr"):
        _architecture_speed(model, layers, device, json)
        return
    from sokdok.bench.clock import machine
    from sokdok.bench.compression.conditions import MODES
    from sokdok.bench.compression.fox import gather
    from sokdok.bench.speed.speed import PAPER_PAGES_PER_SECOND, measure

    chosen([mode], MODES, "mode")
    samples = gather(data or []).pages[:limit]
    console, where, reader = table_console(json), machine(), _reader(model)
    rows = measure(reader, samples, _decoders(decoder, reader), mode, batch_size, note)
    for row in rows:
        parts = [f"{row.what}: {row.pages_per_second:.2f} pages/s ({row.pages} pages in {row.seconds:.1f} s)"]
        parts += [f"{row.tokens_per_second:.0f} tokens/s"] if row.tokens_per_second is not None else []
        parts += [f"fidelity {row.fidelity:.3f}"] if row.fidelity is not None else []
        parts += [f"{row.vs_tesseract:.2f}x tesseract"] if row.vs_tesseract and row.what != "tesseract" else []
        console.print(", ".join(parts), markup=False, soft_wrap=True)
    console.print(f"on {where}; paper: {PAPER_PAGES_PER_SECOND} pages/s on an A100", markup=False, soft_wrap=True)
    write_rows(rows, json)


def _architecture_speed(model: str, layers: int | None, device: str, json: Path | None) -> None:
    """Time the published architecture on random weights, beside transformers."""
    try:
        from sokdok.bench.speed.baseline import MODELS, shortened
        from sokdok.bench.speed.decoding import OUTPUT_TOKENS, measure, pages_per_second
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise MissingExtraError("dev", "timing the published architecture") from None
    from sokdok.bench.clock import machine

    config, console, where = shortened(MODELS[model], layers), table_console(json), machine()
    paces, memory = measure(config, device=device, note=note)
    for pace in paces:
        against = "bf16" if "int8" in pace.what else "transformers"
        parts = [f"{pace.what}: {pace.sokdok:.3g} {pace.unit}, {pace.ratio:.2f}x {against} ({pace.baseline:.3g})"]
        if pace.gb_per_second is not None:
            parts.append(f"{pace.weight_gb:.2f} GB of weights a step at {pace.gb_per_second:.0f} GB/s")
        console.print("; ".join(parts), markup=False, soft_wrap=True)
    pages = pages_per_second(paces, 8)
    closing = (
        f"memory: copy {memory.copy:.0f} GB/s, read {memory.read:.0f} GB/s; {pages:.3g} pages/s "
        f"of {OUTPUT_TOKENS:,} tokens in batches of 8; "
        f"{config.decoder.layers} of {MODELS[model].decoder.layers} layers; on {where}"
    )
    console.print(closing, markup=False, soft_wrap=True)
    write_rows(paces, json)


def _reader(model: str) -> Reader:
    """Load the reader to measure."""
    from sokdok.reading import load

    return load(model)


def _decoders(names: list[str] | None, reader: Reader) -> list[Decoder]:
    """Return the decoders to measure; a reader that has no choice is called autoregressive."""
    from sokdok.bench.compression.conditions import DECODERS
    from sokdok.bench.compression.roundtrip import chooses_decoder

    if not chooses_decoder(reader):
        return ["autoregressive"]
    return [name for name in DECODERS if name in chosen(names, DECODERS, "decoder")]
