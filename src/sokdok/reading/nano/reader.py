"""The reader for nano: pages in, text out.

- A page that sokdok drew is read by either of two decoders over the vision tokens of its mode; any other by its lines
  (`lines.reader`).
- Nothing but pixels is used: where a page came from, what its cell is and what it says are found by looking. The size
  of the cell is found by drafting with each in turn and keeping the one whose draft the autoregressive decoder
  follows furthest.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from sokdok.model.preprocess import MODES, Mode, preprocess, vision_token_count
from sokdok.pages.cells import CELLS, Cell
from sokdok.pages.layout import text_of
from sokdok.pages.page import Page
from sokdok.reading.nano import autoregressive
from sokdok.reading.nano.grid import CellGrid, classify_page
from sokdok.reading.nano.page_reader import NanoLines
from sokdok.reading.nano.session import Encoded, NanoSession
from sokdok.reading.reading import Abilities, Reading, Sampling

DECODERS = ("auto", "autoregressive", "parallel")
DRAWN_MODES = ("tiny", "small", "base", "large")
NANO_MODES = (*DRAWN_MODES, "gundam")
BATCH_PIXELS = 8 * 640 * 640
"""pixels encoded at once: more would only cost memory"""


class NanoReader:
    """Reads pages with a nano checkpoint folder; raises ModelError if the folder is not one."""

    name = "nano"

    def __init__(self, folder: Path, threads: int = 0) -> None:
        self.session = NanoSession(folder, threads)
        self.lines = NanoLines(folder, self.session.alphabet, threads) if NanoLines.present(folder) else None
        self.abilities = Abilities(
            alphabet=self.session.alphabet.code_points,
            tasks=("free", "markdown", "document"),
            layout_task="markdown",
            modes=NANO_MODES if self.lines else DRAWN_MODES,
            chooses_mode=self.lines is not None,
            decoders=DECODERS,
            lines=self.lines,
            figure_nets=folder,
            encode=self.session.encode,
        )

    def read(
        self,
        pages: Iterable[Page],
        prompt: str = "Free OCR.",
        *,
        batch_size: int = 8,
        mode: str | None = None,
        decoder: str | None = None,
        sampling: Sampling | None = None,
        max_tokens: int | None = None,
    ) -> Iterator[Reading]:
        """Read pages in batches; one Reading per page, in order.

        A page whose size is that of a mode is read in that mode; any other takes as many vision tokens as its lines
        need, or those of `mode`. A prompt that asks for layout gets the family's markup from pages that nano reads by
        their lines. Raises InputError for what `abilities` does not list.
        """
        self.abilities.check(self.name, mode=mode, decoder=decoder, sampling=sampling, max_tokens=max_tokens)
        decoder = decoder or "auto"
        stream = iter(enumerate(pages))
        while batch := list(islice(stream, batch_size)):
            drawn = [(index, page) for index, page in batch if self.lines is None or looks_drawn(page)]
            readings = {reading.page: reading for reading in self._read_batch(drawn, decoder, mode)}
            for index, page in batch:
                yield readings.get(index) or self._read_lines(index, page, mode, asks_for_layout(prompt))

    def _read_lines(self, index: int, page: Page, mode: str | None, layout: bool) -> Reading:
        """A page that sokdok did not draw."""
        assert self.lines is not None
        started = time.perf_counter()
        try:
            read = self.lines.read_page(page.image, mode)
        except (OSError, ValueError, MemoryError) as error:  # a picture that can't be decoded after all
            return Reading(index, page.source, "failed", "", mode=mode or "", error=str(error))
        return Reading(
            index,
            page.source,
            "ok" if read.complete else "truncated",
            read.markup if layout else read.text,
            "lines",
            mode or read.mode,
            read.vision_tokens,
            read.vision_tokens,
            len(read.text),
            time.perf_counter() - started,
            read.mean_logprob,
        )

    def _read_batch(self, batch: list[tuple[int, Page]], decoder: str, mode: str | None) -> list[Reading]:
        """Pages of one mode are encoded together; a page that fails is reported and the others go on."""
        by_mode: dict[str, list[tuple[int, Page]]] = {}
        for index, page in batch:
            by_mode.setdefault(mode_of(page, mode), []).append((index, page))
        readings: list[Reading] = []
        for name, group in by_mode.items():
            step = max(1, BATCH_PIXELS // MODES[name].base ** 2)
            for start in range(0, len(group), step):
                readings += self._read_group(group[start : start + step], decoder, MODES[name])
        return readings

    def _read_group(self, group: list[tuple[int, Page]], decoder: str, mode: Mode) -> list[Reading]:
        started = time.perf_counter()
        readings: list[Reading] = []
        inputs, kept = [], []
        for index, page in group:
            try:
                inputs.append(preprocess(page.image, mode).global_view)
                kept.append((index, page))
            except (OSError, ValueError, MemoryError) as error:  # a picture that can't be decoded after all
                readings.append(Reading(index, page.source, "failed", "", mode=mode.name, error=str(error)))
        if not kept:
            return readings
        texts = self.read_pixels(np.stack(inputs), mode, decoder)
        seconds = (time.perf_counter() - started) / len(kept)
        tokens = vision_token_count(mode)
        for (index, page), (name, symbols, logprob) in zip(kept, texts, strict=True):
            mean = float(logprob.mean()) if len(logprob) else 0.0
            readings.append(
                Reading(
                    index,
                    page.source,
                    "ok",
                    text_of(symbols),
                    name,
                    mode.name,
                    tokens.paper,
                    tokens.real,
                    len(symbols),
                    seconds,
                    mean,
                )
            )
        return readings

    def read_pixels(self, pixels: np.ndarray, mode: Mode, decoder: str) -> list[tuple[str, np.ndarray, np.ndarray]]:
        """(decoder, symbols (N,), log-probabilities (N,)) of each page of pixels (B, 3, side, side)."""
        encoded, size = self.session.encode(mode.name, pixels), (mode.base, mode.base)
        cells = self.find_cells(encoded, size)
        grids = [
            classify_page(self.session, subcells, size, cell)
            for subcells, cell in zip(encoded.subcells, cells, strict=True)
        ]
        if decoder == "parallel":
            return [("parallel", *self._parallel(grid)) for grid in grids]
        cursors = [self._start(encoded, page, size, grid) for page, grid in enumerate(grids)]
        autoregressive.read_all(self.session, self.session.alphabet, cursors)
        results = []
        for cursor, grid in zip(cursors, grids, strict=True):
            symbols = self.session.alphabet.decode(np.concatenate(cursor.classes))
            read = ("autoregressive", symbols, np.concatenate(cursor.logprob))
            results.append(better(read, ("parallel", *self._parallel(grid))) if decoder == "auto" else read)
        return results

    def _parallel(self, grid: CellGrid) -> tuple[np.ndarray, np.ndarray]:
        walk = grid.walk()
        return self.session.alphabet.decode(walk.classes), walk.logprob

    def _start(self, encoded: Encoded, page: int, size: tuple[int, int], grid: CellGrid) -> autoregressive.Cursor:
        config = self.session.config.decoder
        return autoregressive.start(encoded, page, size, grid.walk_from, self.session.alphabet, config)

    def find_cells(self, encoded: Encoded, size: tuple[int, int]) -> list[Cell]:
        """The cell of each page: the one whose draft of the first row the decoder follows furthest.

        A row of 8-pixel cells and the step behind it are tried: only the move to the next row tells 8x16 from 8x8.
        """
        steps, candidates = size[0] // 8 + 2, list(CELLS.values())
        cursors = []
        for page in range(len(encoded.subcells)):
            for cell in candidates:
                top = classify_page(self.session, encoded.subcells[page], size, cell, rows=2)
                cursors.append(self._start(encoded, page, size, top))
                cursors[-1].reach = steps
        autoregressive.advance_all(self.session, self.session.alphabet, cursors, steps)
        followed = np.array([cursor.position for cursor in cursors]).reshape(-1, len(candidates))
        return [candidates[best] for best in followed.argmax(1)]


def better(
    read: tuple[str, np.ndarray, np.ndarray], drafted: tuple[str, np.ndarray, np.ndarray]
) -> tuple[str, np.ndarray, np.ndarray]:
    """The autoregressive reading, unless it broke off and the parallel one is much longer."""
    return drafted if len(drafted[1]) > 1.1 * len(read[1]) + 8 else read


def mode_of(page: Page, mode: str | None) -> str:
    """The mode to read a page in: the one whose size it has, else the one asked for, else small."""
    return (mode if mode in DRAWN_MODES else None) or _MODE_BY_SIZE.get(page.size, "small")


_MODE_BY_SIZE = {(MODES[name].base, MODES[name].base): name for name in DRAWN_MODES}


def looks_drawn(page: Page) -> bool:
    """Whether a page has the size of a mode and knows black and white only, as what sokdok draws."""
    if page.size not in _MODE_BY_SIZE:
        return False
    try:
        extremes = page.image.convert("L").histogram()
    except OSError:  # cut off: it fails, and says so, where it is read
        return True
    return extremes[0] + extremes[255] == page.size[0] * page.size[1]


def asks_for_layout(prompt: str) -> bool:
    """Whether a prompt of the family asks for blocks with their places."""
    return "<|grounding|>" in prompt or "parsing" in prompt
