"""The context that a model gets of a conversation: for each turn the text that a view shows, as a reader reads it.

- What is written on a page is known, so what was read of each of its turns is found by aligning the two: what a turn
  lost is charged to that turn.
- A turn that goes on from one page to the next is put together again.
- The baselines (`bench.memory.baselines`) are the same kind of thing, so that all are measured alike.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Literal

from rapidfuzz.distance import Levenshtein

from sokdok.cli.ui.console import progress
from sokdok.compress.fidelity import fidelity
from sokdok.memory.view import ELLIPSIS, Part, View
from sokdok.pages import Page
from sokdok.reading.reading import Reader
from sokdok_lab.bench.compression.roundtrip import BATCH

Zone = Literal["text", "whole page", "abridged", "gone"]
"""How a turn is shown: as exact text, drawn to its last word, in its best sentences, not at all."""
ZONES: tuple[Zone, ...] = ("text", "whole page", "abridged", "gone")  # All of them, from sharp to gone.

OVERLAP_CHARS = 30  # Characters by which the end of a turn is found again on a page.
_HEADER = re.compile(r"^\[(?P<number>\d+) (?P<rest>…|[^\]\n]{1,60})\] ", re.MULTILINE)
_DAY = re.compile(r"\n\[(?:d|da|day[ \d-]*\]?)?$")
"""The date before the next turn, which the end of a page may cut short."""


@dataclass(frozen=True)
class Context:
    """A conversation as far as a model is shown it."""

    system: str  # The system that made it: sokdok, or a baseline's name.
    tokens: int
    turns: dict[int, str]  # Legible text of each turn by its number; one that is gone is missing.
    zones: dict[int, Zone]  # How the turns that are there are shown.
    extra: str = field(default="")  # Text of no single turn: extracted facts, recalled turns.

    @property
    def everything(self) -> str:
        """All text, turns in order."""
        return "\n".join([self.extra, *(self.turns[number] for number in sorted(self.turns))])


@dataclass(frozen=True)
class ReadPage:
    """A picture of a view, and what the reader read on it."""

    part: Part
    text: str

    @property
    def fidelity(self) -> float:
        """Fidelity of the reading to what is written on the page."""
        return fidelity(self.part.text, self.text)


def read_pages(view: View, reader: Reader) -> list[ReadPage]:
    """Read every picture of a view; nothing but its PNG goes to the reader. A page that fails reads as empty."""
    from PIL import Image

    parts = view.pages
    pictures = [part.picture for part in parts if part.picture is not None]
    pages = (Page(Image.open(io.BytesIO(p.png)).convert("RGB"), p.id, i) for i, p in enumerate(pictures))
    with progress("reading pages back", total=len(parts)) as advance:
        read = []
        for part, reading in zip(parts, reader.read(pages, batch_size=BATCH), strict=True):
            read.append(ReadPage(part, reading.text))
            advance(1)
    return read


def context_of(view: View, read: Sequence[ReadPage], *, facts: bool = True) -> Context:
    """Return the context that a view gives its model, its pages as `read`; without extracted facts if so asked."""
    turns: dict[tuple[bool, int], str] = {}
    zones: dict[int, Zone] = {}
    extra, tokens = [], 0
    for part in view.parts:
        if part.kind == "facts" and not facts:
            continue
        tokens += part.tokens
        if part.kind in ("facts", "recalled"):
            extra.append(part.text)
        elif part.kind in ("page", "abridged"):
            zone: Zone = "abridged" if part.level is None or part.level.abridged else "whole page"
            reading = next((page.text for page in read if page.part is part), part.text)
            for number, text in entries(part.text, reading):
                turns[part.pinned, number] = turns.get((part.pinned, number), "") + text
                zones[number] = _sharper(zone, zones.get(number))
        elif part.kind == "turn":
            turns[False, part.first_turn] = _continued(turns.get((False, part.first_turn), ""), part.text)
            zones[part.first_turn] = "text"
    # An important turn stands in both streams: what counts is the fuller of the two.
    fullest: dict[int, str] = {}
    for (_, number), text in turns.items():
        fullest[number] = max(fullest.get(number, ""), text, key=len)
    name = "sokdok" if facts else "sokdok, no facts"
    return Context(name, tokens, fullest, zones, "\n".join(extra))


def _continued(drawn: str, text: str) -> str:
    """Join what was drawn of a turn with its text: all of it, or its end, which the last page may show in part too."""
    if not (drawn and text.startswith(ELLIPSIS)):
        return text
    ending = text.removeprefix(ELLIPSIS)
    return drawn.partition(ending[:OVERLAP_CHARS])[0] + ending


def _sharper(zone: Zone, before: Zone | None) -> Zone:
    """Return the sharper of two ways in which a turn is shown."""
    return zone if before is None or ZONES.index(zone) < ZONES.index(before) else before


def entries(written: str, read: str) -> Iterator[tuple[int, str]]:
    """Yield (turn, what was read of its text) for every turn written on a page."""
    headers = list(_in_order(written))
    place = _aligned(written, read)
    for header, following in zip_longest(headers, headers[1:]):
        stop = following.start() if following else len(written)
        if day := _DAY.search(written, header.end(), stop - 1 if following else stop):
            stop = day.start()
        text = read[place[header.end()] : place[stop]]
        yield int(header["number"]), text.removesuffix("\n")


def _in_order(written: str) -> Iterator[re.Match[str]]:
    """Yield the headers of turns; what a turn quotes in the same form comes out of order and is left out."""
    last = 0
    for header in _HEADER.finditer(written):
        if int(header["number"]) > last:
            last = int(header["number"])
            yield header


def _aligned(written: str, read: str) -> list[int]:
    """Return for each position of `written`, and for its end, the position in `read` that corresponds to it."""
    place = [0] * (len(written) + 1)
    for block in Levenshtein.opcodes(written, read):
        for i in range(block.src_start, block.src_end):
            offset = i - block.src_start if block.tag in ("equal", "replace") else 0
            place[i] = block.dest_start + offset
    place[len(written)] = len(read)
    return place
