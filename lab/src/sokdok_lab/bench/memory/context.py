"""What a model is shown of a conversation: turns that a baseline chose, or a view, whose pages count as far as read."""

from __future__ import annotations

import io
from collections.abc import Mapping

from rapidfuzz.distance import Levenshtein

from sokdok.cli.ui.console import progress
from sokdok.compress.fidelity import fidelity
from sokdok.memory.view import View
from sokdok.pages import Page
from sokdok.reading.reading import Reader
from sokdok_lab.bench.compression.roundtrip import BATCH
from sokdok_lab.bench.memory.baselines import SENTENCE

OURS = "sokdok"  # the system that is measured
LEGIBLE = 0.9  # fidelity from which a sentence counts as legible


def read_pages(view: View, reader: Reader) -> dict[int, str]:
    """Read every picture of a view, by its part's id. A reader gets nothing but its PNG; a failure reads as empty."""
    from PIL import Image

    pictures = [part.picture for part in view.pages if part.picture is not None]
    pages = (Page(Image.open(io.BytesIO(p.png)).convert("RGB"), p.id, i) for i, p in enumerate(pictures))
    with progress("reading pages back", total=len(pictures)) as advance:
        read = {}
        for part, reading in zip(view.pages, reader.read(pages, batch_size=BATCH), strict=True):
            read[id(part)] = reading.text
            advance(1)
    return read


def shown_text(view: View, pages: Mapping[int, str]) -> str:
    """Return what a view shows: its texts, and of its pages what was read, by their ids."""
    return "\n".join(
        pages.get(id(part), "") if part.picture else part.text for part in view.parts if part.kind != "preamble"
    )


def corrected(written: str, read: str) -> str:
    """Return a reading in which every sentence that was read with few mistakes stands as it is written."""
    place, start, found = _aligned(written, read), 0, []
    for stop in [*(space.end() for space in SENTENCE.finditer(written)), len(written)]:
        part, got = written[start:stop], read[place[start] : place[stop]]
        found.append(part if fidelity(part, got) >= LEGIBLE else got)
        start = stop
    return "".join(found)


def _aligned(written: str, read: str) -> list[int]:
    """Return for each position of `written`, and for its end, the position in `read` that corresponds to it."""
    place = [0] * (len(written) + 1)
    for block in Levenshtein.opcodes(written, read):
        for i in range(block.src_start, block.src_end):
            offset = i - block.src_start if block.tag in ("equal", "replace") else 0
            place[i] = block.dest_start + offset
    place[len(written)] = len(read)
    return place
