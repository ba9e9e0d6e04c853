"""The reader for nano: pages in, text out.

- A page that sokdok drew is read by either of two decoders over the vision tokens of its mode (`drawn`); any other by
  its lines (`page_reader`).
- Nothing but pixels is used: where a page came from, what its cell is and what it says are found by looking. The size
  of the cell is found by reading the first rows with each in turn (`drawn.find_cell`).
- A reading of a drawn page is `ok` only if it accounts for every cell of the page (`drawn.unread_cells`).
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import numpy as np

from sokdok.machine import usable_cores
from sokdok.model.nano.session import NanoSession
from sokdok.model.preprocess import MODES, Mode, preprocess, vision_token_count
from sokdok.pages.layout import text_of
from sokdok.pages.page import Page
from sokdok.reading.nano.drawn import read_drawn
from sokdok.reading.nano.page_reader import NanoPageReader
from sokdok.reading.reading import Abilities, Asked, Reading, read_inputs

if TYPE_CHECKING:
    from sokdok.pages.files import Inputs

DECODERS = ("auto", "autoregressive", "parallel")
DRAWN_MODES = ("tiny", "small", "base", "large")
_NO_DECODER = "this page is no text that sokdok drew, which alone the {} decoder reads: leave out --decoder"
BATCH_PIXELS = 8 * 640 * 640  # pixels encoded at once: more would only cost memory


class NanoReader:
    """Reads pages with a nano checkpoint folder; raises ModelError if the folder is not one."""

    name = "nano"

    def __init__(self, folder: Path, threads: int = 0) -> None:
        self.session = NanoSession(folder, threads)
        present = [(folder / f"{name}.onnx").is_file() for name in ("lines", "recogniser")]
        self.lines = NanoPageReader(folder, threads) if all(present) else None
        self._cores = threads or usable_cores()
        self.abilities = Abilities(
            alphabet=self.session.alphabet.code_points, tasks=("free", "markdown", "document"),
            layout_task="markdown", modes=DRAWN_MODES, prompts=False, chooses_mode=self.lines is not None,
            decoders=DECODERS, lines=self.lines, figure_nets=folder, encode=self.session.encode,
        )  # fmt: skip

    def read(
        self, pages: Inputs, prompt: str = "Free OCR.", *, batch_size: int = 8, **asked: Unpack[Asked]
    ) -> Iterator[Reading]:
        """Read pages in batches; one Reading per page, in order.

        A page whose size is that of a mode is read in that mode; any other takes as many vision tokens as its lines
        need, or those of `mode`. A prompt that asks for layout gets the family's markup from pages that nano reads by
        their lines. Raises InputError for what `abilities` does not list.
        """
        self.abilities.check(self.name, **asked)
        self.abilities.check_prompt(self.name, prompt)
        mode, decoder = asked.get("mode"), asked.get("decoder") or "auto"
        return read_inputs(pages, lambda opened: self._read(opened, prompt, batch_size, mode, decoder))

    def _read(
        self, pages: Iterable[Page], prompt: str, batch_size: int, mode: str | None, decoder: str
    ) -> Generator[Reading, None, None]:
        """One reading per page, a batch at a time."""
        stream = iter(enumerate(pages))
        while batch := list(islice(stream, batch_size)):
            drawn = [(index, page) for index, page in batch if self.lines is None or looks_drawn(page)]
            readings = {reading.page: reading for reading in self._read_batch(drawn, decoder, mode)}
            others = [(index, page) for index, page in batch if index not in readings]
            if decoder == "auto":
                found = self._read_others(others, mode, asks_for_layout(prompt))
            else:
                error = _NO_DECODER.format(decoder)
                found = (Reading(index, page.source, "failed", "", error=error) for index, page in others)
            readings |= {reading.page: reading for reading in found}
            yield from (readings[index] for index, _ in batch)

    def _read_others(self, pages: list[tuple[int, Page]], mode: str | None, layout: bool) -> Iterator[Reading]:
        """Read pages that sokdok did not draw: one with all cores, several with a core each.

        Most of the work is small, so cores that share a page wait for each other; LOG.md, 2026-11-26, has the figures.
        """
        if len(pages) < 2 or self._cores < 2:
            yield from (self._read_lines(index, page, self.lines, mode, layout) for index, page in pages)
            return
        with ThreadPoolExecutor(min(self._cores, len(pages))) as pool:
            yield from pool.map(lambda at: self._read_lines(at[0], at[1], self._one_core, mode, layout), pages)

    @cached_property
    def _one_core(self) -> NanoPageReader:
        """The nets once more, for pages that are read beside each other."""
        return NanoPageReader(self.session.folder, 1)

    def _read_lines(
        self, index: int, page: Page, reader: NanoPageReader | None, mode: str | None, layout: bool
    ) -> Reading:
        """Read a page that sokdok did not draw."""
        assert reader is not None
        started = time.perf_counter()
        try:
            read = reader.read_page(page.image, mode, layout=page.layer is None)
        except (OSError, ValueError, MemoryError) as error:  # a picture that can't be decoded after all
            return Reading(index, page.source, "failed", "", mode=mode or "", error=str(error))
        return Reading(
            page=index,
            source=page.source,
            status="ok" if read.seen.complete else "truncated",
            text=read.markup if layout and read.blocks else read.text,
            decoder="lines",
            mode=mode or read.mode,
            vision_tokens=read.seen.vision_tokens,
            sequence_tokens=read.seen.vision_tokens,  # a line's tokens stand side by side: no newlines, no separator
            steps=len(read.text),
            seconds=time.perf_counter() - started,
            mean_logprob=read.seen.mean_logprob,
            lines=tuple(read.seen.lines),
            pose=read.seen.pose,
            layout=tuple(read.blocks),
            unread=read.seen.unread,
        )

    def _read_batch(self, batch: list[tuple[int, Page]], decoder: str, mode: str | None) -> list[Reading]:
        """Read drawn pages, those of one mode together; a page that fails is reported and the others go on."""
        readings: list[Reading] = []
        modes = [mode_of(page, mode) for _, page in batch]
        for name in dict.fromkeys(modes):
            group = [numbered for numbered, own in zip(batch, modes, strict=True) if own == name]
            count = max(1, BATCH_PIXELS // MODES[name].base ** 2)
            for start in range(0, len(group), count):
                readings += self._read_group(group[start : start + count], decoder, MODES[name])
        return readings

    def _read_group(self, group: list[tuple[int, Page]], decoder: str, mode: Mode) -> list[Reading]:
        started = time.perf_counter()
        readings: list[Reading] = []
        inputs, valid = [], []
        for index, page in group:
            try:
                inputs.append(preprocess(page.image, mode).global_view)
                valid.append((index, page))
            except (OSError, ValueError, MemoryError) as error:  # a picture that can't be decoded after all
                readings.append(Reading(index, page.source, "failed", "", mode=mode.name, error=str(error)))
        if not valid:
            return readings
        decoded = read_drawn(self.session, np.stack(inputs), mode, decoder)
        seconds = (time.perf_counter() - started) / len(valid)
        tokens = vision_token_count(mode)
        for (index, page), text in zip(valid, decoded, strict=True):
            readings.append(
                Reading(
                    page=index, source=page.source, status="incomplete" if text.unread else "ok",
                    text=text_of(text.symbols), decoder=text.decoder, mode=mode.name, vision_tokens=tokens.paper,
                    sequence_tokens=tokens.real, steps=len(text.symbols), seconds=seconds,
                    mean_logprob=text.mean_logprob, error=text.missing,
                )
            )  # fmt: skip
        return readings


def mode_of(page: Page, mode: str | None) -> str:
    """Choose the mode to read a page in: the one whose size it has, else the one asked for, else small."""
    return (mode if mode in DRAWN_MODES else None) or _MODE_BY_SIZE.get(page.size, "small")


_MODE_BY_SIZE = {(MODES[name].base, MODES[name].base): name for name in DRAWN_MODES}


def looks_drawn(page: Page) -> bool:
    """Whether a page has the size of a mode and is black and white only, as what sokdok draws."""
    if page.size not in _MODE_BY_SIZE:
        return False
    try:
        histogram = page.image.convert("L").histogram()
    except OSError:  # cut off: it fails, and says so, where it is read
        return True
    return histogram[0] + histogram[255] == page.size[0] * page.size[1]


def asks_for_layout(prompt: str) -> bool:
    """Whether a prompt of the family asks for blocks with their places."""
    return "<|grounding|>" in prompt or "parsing" in prompt
