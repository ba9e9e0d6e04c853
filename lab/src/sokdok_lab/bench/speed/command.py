"""`sokdok bench speed`: pages and tokens a second, beside what one would use instead."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from sokdok import reading
from sokdok.cli.ui.console import note
from sokdok.compress.fidelity import fidelity
from sokdok.errors import InputError
from sokdok.model.preprocess import preprocess
from sokdok.pages import Page
from sokdok.reading.reading import Reader
from sokdok.tokens import count_text
from sokdok_lab.bench import rivals
from sokdok_lab.bench.compression.roundtrip import BATCH, Decoder, decoders_of, drawn, read_back, text_of
from sokdok_lab.bench.compression.texts import gather
from sokdok_lab.bench.output import Json, Python, Row, Texts, machine, reported, rows_table, say
from sokdok_lab.bench.speed import real

PUBLISHED = ("deepseek-ocr", "unlimited-ocr")
MODE = "small"  # 100 vision tokens


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
            rows += measure_drawn(reader, texts[:limit], decoders_of(reader))


def _print_rows(rows: Sequence[Row], console: Console) -> None:
    console.print(rows_table(rows))
    say(console, f"on {machine()}; DeepSeek-OCR's paper: 2.3 pages/s, 200,000 a day, on an A100-40G")


def measure_drawn(reader: Reader, truths: Sequence[str], decoders: Sequence[Decoder]) -> list[Row]:
    """Read drawn English texts in batches: each decoder, the encoder alone if the reader offers it, and tesseract.

    Wall-clock time on this machine, with whatever else runs on it; one batch is read first and not counted.
    """
    # Drawn beforehand: drawing is not reading.
    drawings = [list(drawn(text, MODE, reader.abilities.alphabet)) for text in truths]
    pages = [page for drawing in drawings for page in drawing]
    rows = []
    for decoder in decoders:
        note(f"reading {len(drawings)} texts, {decoder}")
        list(read_back(reader, drawings[:BATCH], decoder, MODE))
        start = time.perf_counter()
        texts = [text_of(readings) for readings in read_back(reader, drawings, decoder, MODE)]
        rows.append(_speed(f"{reader.name}, {decoder}", pages, time.perf_counter() - start, truths, texts))
    if reader.abilities.encode is not None:
        note("encoding alone")  # nano's also prepares what its decoders start from
        _encode(reader.abilities.encode, pages[:BATCH])
        start = time.perf_counter()
        _encode(reader.abilities.encode, pages)
        rows.append(_speed(f"{reader.name}, encoder alone", pages, time.perf_counter() - start))
    rows += _tesseract(drawings, truths)
    base = next((row["pages_per_second"] for row in rows if row["what"] == "tesseract"), None)
    return [{**row, "vs_tesseract": row["pages_per_second"] / base if base else None} for row in rows]


def _encode(encode: Callable[[str, np.ndarray], object], pages: Sequence[Page]) -> None:
    for start in range(0, len(pages), BATCH):
        encode(MODE, np.stack([preprocess(page.image, MODE).global_view for page in pages[start : start + BATCH]]))


def _tesseract(drawings: list[list[Page]], truths: Sequence[str]) -> list[Row]:
    """Time tesseract on all pages: one block of English (--psm 6)."""
    program = rivals.tesseract("-l", "eng", "--psm", "6")
    if absent := program.absent():
        note(f"tesseract is {absent}: no comparison")
        return []
    note("tesseract")
    seconds, texts = 0.0, []
    with tempfile.TemporaryDirectory(prefix="sokdok-speed-") as folder:
        for drawing in drawings:
            texts.append("")
            for page in drawing:
                page.image.save(Path(folder) / "page.png")
                answer = program.ask(Path(folder) / "page.png")
                if answer.text is None:
                    note("tesseract failed: no comparison")
                    return []
                seconds += answer.seconds
                texts[-1] += answer.text
    return [_speed("tesseract", [page for drawing in drawings for page in drawing], seconds, truths, texts)]


def _speed(
    what: str, pages: Sequence[Page], seconds: float, truths: Sequence[str] = (), texts: Sequence[str] = ()
) -> Row:
    return {
        "what": what,
        "pages": len(pages),  # page images
        "seconds": seconds,
        "pages_per_second": len(pages) / max(seconds, 1e-9),
        # Text tokens (DeepSeek's) of what was read; None where no text comes out.
        "tokens_per_second": sum(map(count_text, texts)) / max(seconds, 1e-9) if texts else None,
        "fidelity": fmean(map(fidelity, truths, texts)) if texts else None,
    }
