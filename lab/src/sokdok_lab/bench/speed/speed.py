"""Measure reading speed: English pages drawn at 100 vision tokens, read in batches, beside tesseract on the same pages.

Wall-clock time on this machine, with whatever else runs on it; one warm-up batch is read first and not counted.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import numpy as np

from sokdok.compress.fidelity import fidelity
from sokdok.model.preprocess import preprocess
from sokdok.pages import Page
from sokdok.reading.reading import Reader
from sokdok.tokens import count_text
from sokdok_lab.bench.clock import Clock
from sokdok_lab.bench.compression.roundtrip import Decoder, drawn, read_back, text_of
from sokdok_lab.bench.compression.samples import Sample

PAPER_PAGES_PER_SECOND = 2.3  # Speed that DeepSeek-OCR's paper reports for one A100-40G: 200,000 pages a day.


@dataclass(frozen=True)
class Speed:
    """One way of reading the same pages."""

    what: str
    pages: int  # Page images.
    seconds: float
    pages_per_second: float
    tokens_per_second: float | None  # Text tokens (DeepSeek's) of what was read; None where no text comes out.
    fidelity: float | None
    vs_tesseract: float | None = None  # Pages per second, as a multiple of tesseract's in the same run.


def measure(
    reader: Reader,
    samples: Sequence[Sample],
    decoders: Sequence[Decoder],
    mode: str = "small",
    batch_size: int = 8,
    note: Callable[[str], None] = lambda text: None,
) -> list[Speed]:
    """Measure each decoder, the encoder alone if the reader offers it, and tesseract if it is installed."""
    # Drawn beforehand: drawing is not reading.
    drawings = [list(drawn(sample.text, mode, reader.abilities.alphabet)) for sample in samples]
    truths = [sample.text for sample in samples]
    rows = []
    for decoder in decoders:
        note(f"reading {len(drawings)} texts, {decoder}")
        rows.append(_reading(reader, drawings, truths, decoder, mode, batch_size))
    note("encoding alone")
    rows += _encoding(reader, drawings, mode, batch_size)
    note("tesseract")
    rows += _tesseract(drawings, truths, note)
    return _compared(rows)


def _reading(
    reader: Reader, drawings: list[list[Page]], truths: list[str], decoder: Decoder, mode: str, batch_size: int
) -> Speed:
    list(read_back(reader, drawings[:batch_size], decoder, mode, batch_size))
    clock = Clock()
    with clock.running():
        texts = [text_of(readings) for readings in read_back(reader, drawings, decoder, mode, batch_size)]
    return _speed(f"{reader.name}, {decoder}", drawings, clock.seconds, truths, texts)


def _encoding(reader: Reader, drawings: list[list[Page]], mode: str, batch_size: int) -> list[Speed]:
    """Time the encoder alone (nano's also prepares what its decoders start from); for readers that can run it so."""
    encode = reader.abilities.encode
    if encode is None:
        return []
    pages = [page for drawing in drawings for page in drawing]

    def run(some: list[Page]) -> None:
        for start in range(0, len(some), batch_size):
            batch = some[start : start + batch_size]
            encode(mode, np.stack([preprocess(page.image, mode).global_view for page in batch]))

    run(pages[:batch_size])
    clock = Clock()
    with clock.running():
        run(pages)
    return [_speed(f"{reader.name}, encoder alone", drawings, clock.seconds)]


def _tesseract(drawings: list[list[Page]], truths: list[str], note: Callable[[str], None]) -> list[Speed]:
    """Time tesseract on all pages in one process, so that its start is paid once; one block of English (--psm 6)."""
    program = shutil.which("tesseract")
    if program is None:
        note("tesseract is not installed: no comparison")
        return []
    with tempfile.TemporaryDirectory(prefix="sokdok-speed-") as folder:
        images = [Path(folder) / f"{i}-{j}.png" for i, drawing in enumerate(drawings) for j in range(len(drawing))]
        for path, page in zip(images, (page for drawing in drawings for page in drawing), strict=True):
            page.image.save(path)
        listing = Path(folder) / "pages.txt"
        listing.write_text("\n".join(map(str, images)) + "\n", encoding="utf-8")
        clock = Clock()
        with clock.running():
            command = [program, str(listing), "-", "-l", "eng", "--psm", "6"]
            run = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if run.returncode:
        note(f"tesseract failed: {(run.stderr.strip().splitlines() or ['no message'])[-1]}")
        return []
    return [_speed("tesseract", drawings, clock.seconds, truths, _by_text(run.stdout.split("\f"), drawings))]


def _by_text(pages: list[str], drawings: list[list[Page]]) -> list[str]:
    """Put the texts of pages together again."""
    rest = iter(pages)
    return ["".join(next(rest, "") for _ in drawing) for drawing in drawings]


def _speed(
    what: str,
    drawings: list[list[Page]],
    seconds: float,
    truths: Sequence[str] = (),
    texts: Sequence[str] = (),
) -> Speed:
    pages = sum(map(len, drawings))
    seconds = max(seconds, 1e-9)
    if not texts:
        return Speed(what, pages, seconds, pages / seconds, None, None)
    tokens = sum(map(count_text, texts)) / seconds
    return Speed(what, pages, seconds, pages / seconds, tokens, fmean(map(fidelity, truths, texts)))


def _compared(rows: list[Speed]) -> list[Speed]:
    """Add every row's multiple of tesseract's speed."""
    base = next((row.pages_per_second for row in rows if row.what == "tesseract"), None)
    return [replace(row, vs_tesseract=row.pages_per_second / base if base else None) for row in rows]
