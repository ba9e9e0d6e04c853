"""`sokdok bench speed`: pages and tokens a second, beside what one would use instead."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from sokdok import reading
from sokdok.cli.ui.console import note
from sokdok.errors import InputError
from sokdok_lab.bench.compression.roundtrip import decoders_of
from sokdok_lab.bench.compression.texts import gather
from sokdok_lab.bench.output import Json, Python, Row, Texts, machine, reported, rows_table, say
from sokdok_lab.bench.speed import drawn, real

PUBLISHED = ("deepseek-ocr", "unlimited-ocr")


def speed(
    data: Texts = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many texts.")] = 16,
    model: Annotated[
        str, typer.Option(help="As for the others; deepseek-ocr or unlimited-ocr: random weights, beside transformers.")
    ] = "nano",
    on_real: Annotated[
        bool,
        typer.Option("--real", help="Real pages instead of drawn texts: --data is a folder with fox, docs_en_dense."),
    ] = False,
    python: Python = sys.executable,
    json: Json = None,
) -> None:
    """Pages and tokens per second on this machine, beside what you would use instead.

    nano and other readers stand beside tesseract on the same pages, where it is installed. `--model deepseek-ocr` times
    the published architecture on random weights beside transformers: vision, prefill, decoding, int8. `--real` times
    whole pages of documents, from pixels to text, beside PP-OCRv6 and tesseract.
    """
    if on_real and len(data or ()) != 1:
        raise InputError("--real takes one --data, the folder that holds the sets fox and docs_en_dense")
    with reported(json, _print_rows) as rows:
        if on_real:
            reader, single = reading.load(model), reading.load(model, threads=1)
            rows += real.measure(reader, single, (data or [])[0], limit, real.rivals(python))
        elif model in PUBLISHED:
            from sokdok_lab.bench.speed import architecture  # torch

            rows += architecture.measure(architecture.MODELS[model])
            pages = architecture.pages_per_second(rows, 8)
            note(f"{pages:.3g} pages/s of {architecture.OUTPUT_TOKENS:,} tokens in batches of 8")
        else:
            reader, texts = reading.load(model), [page.text for page in gather(data or []).pages]
            rows += drawn.measure(reader, texts[:limit], decoders_of(reader))


def _print_rows(rows: Sequence[Row], console: Console) -> None:
    console.print(rows_table(rows))
    say(console, f"on {machine()}; DeepSeek-OCR's paper: 2.3 pages/s, 200,000 a day, on an A100-40G")
