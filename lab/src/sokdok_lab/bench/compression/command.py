"""`sokdok bench compression`: its tables, what differs from what was published, and the paper's picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from sokdok import reading
from sokdok.cli.ui.console import note, progress
from sokdok.errors import InputError
from sokdok_lab.bench.compression.compression import ALL, CONDITIONS, MODES, TRUNCATION, make_tasks, run_task
from sokdok_lab.bench.compression.roundtrip import DECODERS, Decoders, decoders_of
from sokdok_lab.bench.compression.texts import BUCKETS, BUILTIN, gather
from sokdok_lab.bench.output import (
    Json,
    Model,
    Row,
    Texts,
    check_plot,
    chosen,
    grouped,
    legend,
    reported,
    save_figure,
    say,
    shown,
    table,
)

TITLES = {
    "natural": "natural: English texts drawn by sokdok",
    "random": "random: random letters drawn by sokdok",
    "original": "original: the page images themselves",
    "korean": "korean: Korean prose drawn by sokdok",
    "ks_x_1001": "ks_x_1001: all 2,350 syllables, shuffled, drawn by sokdok",
}
PAPER_RATIOS: dict[str, dict[str, float]] = {
    "tiny": dict(zip(BUCKETS[1:8], (10.5, 11.8, 13.2, 15.1, 16.5, 17.7, 19.7), strict=True)),
    "small": dict(zip(BUCKETS[1:8], (6.7, 7.5, 8.5, 9.7, 10.6, 11.3, 12.6), strict=True)),
}  # text tokens / vision tokens, from the paper's Fox table
_SHORT = {"autoregressive": "autoregr.", "parallel": "parallel"}
_SERIES = (
    # label, decoder whose row holds the value, field, colour
    ("paper", None, "paper", "#b9c4d0"),
    ("DeepSeek-OCR, measured", None, "measured", "#7b8fa6"),
    ("sokdok, autoregressive", "autoregressive", "fidelity", "#d9822b"),
    ("sokdok, parallel", "parallel", "fidelity", "#2b8a6e"),
    ("cut off at the same tokens", "truncation", "fidelity", "#e4d3a2"),
)
_BARS_SHARE = 0.84  # share of a bucket's place that its bars take up


def compression(
    data: Texts = None,
    condition: Annotated[
        list[str] | None, typer.Option(help="natural, random, original, korean or ks_x_1001; repeatable.")
    ] = None,
    mode: Annotated[list[str] | None, typer.Option(help="tiny, small, base or large; repeatable.")] = None,
    decoder: Decoders = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many texts per bucket.")] = None,
    model: Model = "nano",
    json: Json = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the paper's picture: fidelity bars, ratio lines.")] = None,
) -> None:
    """Draw texts in 64 to 400 vision tokens, and read them back.

    The published numbers stand beside. What is finished when the run is interrupted is printed and written, too.
    """
    if plot is not None:
        check_plot(plot)
    names, modes = chosen(condition, CONDITIONS, "condition"), chosen(mode, MODES, "mode")
    chosen(decoder, DECODERS, "decoder")

    def show(rows: Sequence[Row], console: Console) -> None:
        for each in tables(rows):
            console.print(each)
        for line in notes(rows):
            say(console, line)
        if plot is not None:
            plot_compression(rows, plot)

    with reported(json, show) as rows:
        material, reader = gather(data or []), reading.load(model)
        tasks = make_tasks(material, names, modes, decoders_of(reader, decoder), limit)
        if not tasks:
            raise InputError(f"nothing to read: {', '.join(names)} with these decoders needs other --data")
        for left_out in [name for name in names if name not in {task.condition for task in tasks}]:
            note(f"no texts or no fitting decoder for {left_out}: left out")
        with progress("reading back", total=sum(len(task.decoders) * len(task.samples) for task in tasks)) as advance:
            for task in tasks:
                rows += run_task(reader, task, material.measured, advance)
                note(f"{task.condition}, {task.mode}: {len(task.samples)} texts from {task.data}")


def tables(rows: Sequence[Row]) -> Iterator[Table]:
    """Yield a table for each condition, a line per mode and bucket: the decoders, the baseline, published values."""
    for condition, part in grouped(rows, "condition").items():
        decoders = [name for name in _SHORT if any(row["decoder"] == name for row in part)]
        numbers = ["text\ntokens", "\ntexts", "vision\ntokens", "\nratio"]
        for name in decoders:
            numbers += [f"{_SHORT[name]}\nfidelity", "\nexact", "\nwords", "\nloops"]
        numbers += ["cut off\nfidelity", "\npaper", "\nmeasured"]
        yield table(("\nmode",), numbers, _lines(part, decoders), TITLES[condition])


def _lines(rows: Sequence[Row], decoders: Sequence[str]) -> Iterator[Sequence[str] | None]:
    # The word column: Fox's set precision, but for syllables the share read right in their place.
    words = "words_right" if rows[0]["condition"] == "ks_x_1001" else "word_precision"
    for mode, part in grouped(rows, "mode").items():
        for bucket, line in grouped(part, "bucket").items():
            first, by_decoder = line[0], {row["decoder"]: row for row in line}
            cells = [mode, bucket, str(first["pages"]), f"{first['vision_tokens']:.0f}", f"{first['ratio']:.1f}x"]
            for name in decoders:
                row = by_decoder.get(name, {})
                cells += [shown(row.get(key)) for key in ("fidelity", "exact", words)]
                cells += [f"{row['looped']:.0%}" if row else ""]
            cut_off = by_decoder.get(TRUNCATION, {}).get("fidelity")
            yield *cells, *map(shown, (cut_off, first["paper"], first["measured"]))
        yield None


def notes(rows: Sequence[Row]) -> Iterator[str]:
    """Yield what a reader of the tables must know before comparing columns, a line each."""
    conditions = {row["condition"] for row in rows}
    yield "fidelity = 1 - edit distance / longer length, over characters, white space collapsed; exact: not collapsed."
    syllables = " For ks_x_1001: share of syllables read right, in order." if "ks_x_1001" in conditions else ""
    yield f"words = share of the truth's word types found, Fox's 'precision' (order-free).{syllables}"
    yield "text tokens are DeepSeek's; vision tokens are counted the paper's way, all page images of a text together."
    yield "cut off = baseline: the text's first tokens, as many as the vision tokens spent, and nothing of the rest."
    yield "autoregr. finds its way over any page; parallel reads all cells of the grid that sokdok draws on at once."
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


def plot_compression(rows: Sequence[Row], path: Path) -> None:
    """Draw precision as bars and ratio as lines, a panel for each condition (down) and mode (across), into a file."""
    # A figure of its own, not pyplot's: no window, no global state.
    from matplotlib.figure import Figure

    conditions, modes = list(grouped(rows, "condition")), list(grouped(rows, "mode"))
    figure = Figure(figsize=(7.5 * len(modes), 3.8 * len(conditions)), layout="constrained")
    grid = figure.subplots(len(conditions), len(modes), squeeze=False)
    for i, condition in enumerate(conditions):
        for j, mode in enumerate(modes):
            part = grouped(rows, "condition", "mode").get((condition, mode), [])
            _panel(grid[i][j], part, condition, mode)
    figure.suptitle("Texts as pages, read back: fidelity (bars, left) and text tokens per vision token (lines, right)")
    legend(figure)
    save_figure(figure, path)


def _panel(axes: Any, rows: list[Row], condition: str, mode: str) -> None:
    buckets = [bucket for bucket in grouped(rows, "bucket") if bucket != ALL]
    if not buckets:
        axes.set_axis_off()
        return
    series = [(label, _values(rows, buckets, decoder, field), colour) for label, decoder, field, colour in _SERIES]
    series = [item for item in series if any(value is not None for value in item[1])]
    width = _BARS_SHARE / len(series)
    for k, (label, values, colour) in enumerate(series):
        places = [x - _BARS_SHARE / 2 + width * (k + 0.5) for x in range(len(buckets))]
        bars = axes.bar(places, [value or 0 for value in values], width, color=colour, label=label)
        labels = ["" if value is None else f"{100 * value:.0f}" for value in values]
        axes.bar_label(bars, labels, fontsize=6, padding=1)
    axes.set(ylim=(0, 1.08), title=f"{condition}, {mode}", ylabel="fidelity (paper: precision)")
    axes.set_xlabel("ratio aimed at" if condition == "korean" else "text tokens")
    axes.set_xticks(range(len(buckets)), buckets, fontsize=8)
    # The lines on the second axis: sokdok's, and the paper's where it had these pages.
    second, ratios = axes.twinx(), {row["bucket"]: row["ratio"] for row in rows}
    second.plot(range(len(buckets)), [ratios[b] for b in buckets], "o-", label="ratio", **_line("#222222"))
    published = PAPER_RATIOS.get(mode, {}) if condition in ("natural", "original") else {}
    known = [(x, published[bucket]) for x, bucket in enumerate(buckets) if bucket in published]
    if known:
        second.plot(*zip(*known, strict=True), "s--", label="ratio, paper", **_line("#c2410c"))
    second.set(ylim=(0, 1.3 * max([*ratios.values(), *published.values()])), ylabel="text tokens / vision token")


def _line(colour: str) -> dict[str, Any]:
    """Return the style of a line that stands out from the bars below it."""
    from matplotlib import patheffects

    outline = [patheffects.Stroke(linewidth=3, foreground="white"), patheffects.Normal()]
    return {"color": colour, "linewidth": 1.2, "markersize": 4, "path_effects": outline}


def _values(rows: list[Row], buckets: list[str], decoder: str | None, field: str) -> list[float | None]:
    """Return the value of each bucket's row, or of its first row that has one."""
    found: dict[str, float] = {}
    for row in rows:
        value = row[field]
        if value is not None and decoder in (None, row["decoder"]):
            found.setdefault(row["bucket"], value)
    return [found.get(bucket) for bucket in buckets]
