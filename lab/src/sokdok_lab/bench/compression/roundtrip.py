"""The round trip of all experiments: draw texts as pages, read pages in batches, group readings by text."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from sokdok.errors import SokdokError
from sokdok.model.preprocess import get_mode
from sokdok.pages import Page, draw_pages, plan
from sokdok.reading.reading import Reader, Reading

Decoder = Literal["autoregressive", "parallel"]
DECODERS: tuple[Decoder, ...] = ("autoregressive", "parallel")
BATCH = 8  # pages read at a time


def decoders_of(reader: Reader) -> list[Decoder]:
    """Return the decoders to measure; a reader that has no choice is called autoregressive."""
    return list(DECODERS) if reader.abilities.decoders else ["autoregressive"]


def page_size(mode: str) -> tuple[int, int]:
    """Return (width, height) in pixels of a page that fills the mode exactly."""
    side = get_mode(mode).base
    return side, side


def drawn(text: str, mode: str, alphabet: frozenset[int] | None) -> Iterator[Page]:
    """Draw the pages of a text: one where it fits in some cell, more where it doesn't."""
    return draw_pages(plan(text, page_size(mode), alphabet=alphabet))


def read_back(
    reader: Reader, drawings: Iterable[Iterable[Page]], decoder: Decoder | None, mode: str
) -> Iterator[list[Reading]]:
    """Yield the readings of each text's pages, text by text. Pages are drawn as the reader asks for them.

    Without a decoder the reader takes its own, as it must for pages that sokdok did not draw.
    """
    sizes: deque[int] = deque()  # pages of each text that was drawn to its end

    def pages() -> Iterator[Page]:
        for drawing in drawings:
            count = 0
            for page in drawing:
                count += 1
                yield page
            sizes.append(count)

    pending: list[Reading] = []
    asked = {"decoder": decoder, "mode": mode}
    options: dict[str, Any] = {name: value for name, value in asked.items() if value and reader.abilities.takes(name)}
    for reading in reader.read(pages(), batch_size=BATCH, **options):
        pending.append(reading)
        while sizes and len(pending) >= sizes[0]:
            size = sizes.popleft()
            yield pending[:size]
            del pending[:size]
    while sizes:
        size = sizes.popleft()
        if len(pending) < size:  # a text without its pages would be scored as if it had been read badly
            raise SokdokError(f"{reader.name} gave fewer readings than it was given pages")
        yield pending[:size]
        del pending[:size]


def text_of(readings: Iterable[Reading]) -> str:
    """Join the readings of one text's pages, which break it anywhere."""
    return "".join(reading.text for reading in readings)
