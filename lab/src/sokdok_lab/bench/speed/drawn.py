"""Reading speed on drawn pages: English texts at 100 vision tokens, read in batches, beside tesseract.

Wall-clock time on this machine, with whatever else runs on it; one warm-up batch is read first and not counted.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean

import numpy as np

from sokdok.cli.ui.console import note
from sokdok.compress.fidelity import fidelity
from sokdok.model.preprocess import preprocess
from sokdok.pages import Page
from sokdok.reading.reading import Reader
from sokdok.tokens import count_text
from sokdok_lab.bench import rivals
from sokdok_lab.bench.compression.roundtrip import BATCH, Decoder, drawn, read_back, text_of
from sokdok_lab.bench.output import Row

MODE = "small"  # 100 vision tokens


def measure(reader: Reader, truths: Sequence[str], decoders: Sequence[Decoder]) -> list[Row]:
    """Measure each decoder, the encoder alone if the reader offers it, and tesseract if it is installed."""
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
