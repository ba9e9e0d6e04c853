"""`sokdok bench compression`: its tables, what differs from what was published, and a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sokdok import reading
from sokdok.cli.ui.console import note, progress
from sokdok.errors import InputError
from sokdok_lab.bench.compression.compression import ALL, CONDITIONS, MODES, make_tasks, run_task
from sokdok_lab.bench.compression.roundtrip import decoders_of
from sokdok_lab.bench.compression.texts import BUILTIN, gather
from sokdok_lab.bench.output import Json, Model, Row, Texts, chosen, grouped, reported, rows_table, say
from sokdok_lab.bench.plots import check_plot
from sokdok_lab.bench.plots import plot as plot_rows

TABLE = (
    *("decoder", "mode", "bucket", "pages", "ratio", "text_tokens", "vision_tokens"),
    *("fidelity", "word_precision", "words_right", "paper", "measured"),
)
RATIO = "text tokens a vision token"
PUBLISHED = {"measured": "DeepSeek-OCR, measured", "paper": "paper"}


def compression(
    data: Texts = None,
    condition: Annotated[
        list[str] | None, typer.Option(help="natural, random, original, korean or ks_x_1001; repeatable.")
    ] = None,
    mode: Annotated[list[str] | None, typer.Option(help="tiny, small, base or large; repeatable.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many texts per bucket.")] = None,
    model: Model = "nano",
    json: Json = None,
    plot: Annotated[Path | None, typer.Option(help="Draw fidelity against the ratio of tokens to a picture.")] = None,
) -> None:
    """Draw texts in 64 to 400 vision tokens, and read them back.

    The published numbers stand beside. What is finished when the run is interrupted is printed and written, too.
    """
    if plot is not None:
        check_plot(plot)
    names, modes = chosen(condition, CONDITIONS, "condition"), chosen(mode, MODES, "mode")

    def show(rows: Sequence[Row], console: Console) -> None:
        for name, some in grouped(rows, "condition").items():
            console.print(rows_table([{key: row[key] for key in TABLE} for row in some], name))
        for line in notes(rows):
            say(console, line)
        if plot is not None:
            points = list(curves(rows))
            plot_rows(points, plot, "Texts as pages, read back", RATIO, {"fidelity": "fidelity"}, ("condition", "mode"))

    with reported(json, show) as rows:
        material, reader = gather(data or []), reading.load(model)
        tasks = make_tasks(material, names, modes, decoders_of(reader), limit)
        if not tasks:
            raise InputError(f"nothing to read: {', '.join(names)} with these decoders needs other --data")
        for left_out in [name for name in names if name not in {task.condition for task in tasks}]:
            note(f"no texts or no fitting decoder for {left_out}: left out")
        with progress("reading back", total=sum(len(task.decoders) * len(task.samples) for task in tasks)) as advance:
            for task in tasks:
                rows += run_task(reader, task, material.measured, advance)
                note(f"{task.condition}, {task.mode}: {len(task.samples)} texts from {task.data}")


def notes(rows: Sequence[Row]) -> Iterator[str]:
    """Yield what a reader of the tables must know before comparing columns, a line each."""
    conditions = {row["condition"] for row in rows}
    yield "fidelity = 1 - edit distance / longer length, over characters, white space collapsed."
    yield "word precision = share of the truth's word types found, as Fox has it; words right = of its words, in order."
    yield "text tokens are DeepSeek's; vision tokens are counted the paper's way, all page images of a text together."
    yield "truncation = baseline: the text's first tokens, as many as the vision tokens spent, and nothing of the rest."
    yield "autoregressive finds its way over any page; parallel reads all cells of a grid that sokdok drew on at once."
    if any(row["paper"] is not None for row in rows):
        ours = " Our natural rows are not those images: we draw the text." if "natural" in conditions else ""
        yield (
            "paper = DeepSeek-OCR's own 'precision' (formula not published) reading the 100 original Fox page images."
            + ours
        )
    if any(row["measured"] is not None for row in rows):
        yield (
            "measured = DeepSeek-OCR's fidelity, arXiv 2601.03714, all 112 pages of which this folder may hold a part: "
            "natural and random drawn in Noto Sans 16 px, original the page images."
        )
    if any(row["data"] == BUILTIN for row in rows if row["condition"] in ("natural", "random")):
        yield (
            "English texts are the built-in ones, not Fox: published columns are for orientation only. Fox: --data DIR."
        )
    if any(row["images"] > 1 for row in rows):
        yield "Some texts took more than one page image; their vision tokens are all counted."


def curves(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield the points of a line for each decoder, and for what was published, by condition and mode."""
    for row in rows:
        if row["bucket"] != ALL:
            place = {"condition": row["condition"], "mode": row["mode"], RATIO: row["ratio"]}
            yield {**place, "system": row["decoder"], "fidelity": row["fidelity"]}
            if row["decoder"] == rows[0]["decoder"]:  # the same for all
                yield from ({**place, "system": label, "fidelity": row[key]} for key, label in PUBLISHED.items())
