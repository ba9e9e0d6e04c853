"""What a model has of a conversation: for each turn the text that a view shows of it, pages as a reader reads them.

- What is written on a page is known, so what was read of each of its turns is found by aligning the two: what a turn
  lost is charged to that turn.
- A turn that goes on from one page to the next is put together again.
- The baselines (`bench.memory.baselines`) are the same kind of thing, so that all are measured alike.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Literal

from rapidfuzz.distance import Levenshtein

from sokdok.bench.metrics.fidelity import fidelity
from sokdok.memory.view.part import Part
from sokdok.memory.view.view import View
from sokdok.pages import Page
from sokdok.reading.reading import Reader

Zone = Literal["text", "whole page", "abridged", "gone"]
"""how a turn is shown: as exact text, drawn to its last word, as its gist, not at all"""
ZONES: tuple[Zone, ...] = ("text", "whole page", "abridged", "gone")

ELLIPSIS = "… "
"""what stands before the end of a turn whose beginning is on pages"""
OVERLAP = 30
"""characters by which the end of a turn is found again on a page"""
_HEADER = re.compile(r"^\[(?P<number>\d+) (?P<rest>…|[^\]\n]{1,60})\] ", re.MULTILINE)
_DAY = re.compile(r"\n=[= \d–-]*$")
"""the date before the next turn, which the end of a page may cut short"""


@dataclass(frozen=True)
class Shown:
    """A conversation as far as it is shown."""

    system: str
    """sokdok, or the baseline's name"""
    tokens: int
    turns: dict[int, str]
    """what can be read of each turn; one that is gone is missing"""
    zones: dict[int, Zone]
    """of the turns that are there"""
    extra: str = field(default="")
    """what belongs to no single turn: the factsheet, recalled turns"""

    @property
    def everything(self) -> str:
        """All the text there is, turns in order."""
        return "\n".join([self.extra, *(self.turns[number] for number in sorted(self.turns))])


@dataclass(frozen=True)
class ReadPage:
    """A picture of a view, and what the reader read on it."""

    part: Part
    text: str
    seconds: float

    @property
    def fidelity(self) -> float:
        """Of the reading to what is written on the page."""
        return fidelity(self.part.text, self.text)


def read_pages(
    view: View, reader: Reader, batch_size: int = 8, advance: Callable[[int], None] = lambda steps: None
) -> list[ReadPage]:
    """Read every picture of a view; nothing but its PNG goes to the reader. A page that fails reads as empty."""
    from PIL import Image

    parts = view.pages
    pictures = [part.picture for part in parts if part.picture is not None]
    pages = (Page(Image.open(io.BytesIO(p.png)).convert("RGB"), p.id, i) for i, p in enumerate(pictures))
    read = []
    for part, reading in zip(parts, reader.read(pages, batch_size=batch_size), strict=True):
        read.append(ReadPage(part, reading.text, reading.seconds))
        advance(1)
    return read


def shown_of(view: View, read: Sequence[ReadPage], *, factsheet: bool = True) -> Shown:
    """What the view's model has; without its factsheet where that is asked for."""
    readings = {id(page.part): page.text for page in read}
    turns: dict[tuple[bool, int], str] = {}
    zones: dict[int, Zone] = {}
    extra, tokens = [], 0
    for part in view.parts:
        if part.kind == "factsheet" and not factsheet:
            continue
        tokens += part.tokens
        if part.kind in ("factsheet", "recalled"):
            extra.append(part.text)
        elif part.kind in ("page", "abridged"):
            zone: Zone = "abridged" if part.step is None or part.step.abridged else "whole page"
            for number, text in entries(part.text, readings.get(id(part), part.text)):
                turns[part.key, number] = turns.get((part.key, number), "") + text
                zones[number] = _sharper(zone, zones.get(number))
        elif part.kind == "turn":
            turns[False, part.first_turn] = _continued(turns.get((False, part.first_turn), ""), part.text)
            zones[part.first_turn] = "text"
    # An important turn stands in both streams: what counts is the fuller of the two.
    fullest: dict[int, str] = {}
    for (_, number), text in turns.items():
        fullest[number] = max(fullest.get(number, ""), text, key=len)
    name = "sokdok" if factsheet else "sokdok, no factsheet"
    return Shown(name, tokens, fullest, zones, "\n".join(extra))


def _continued(drawn: str, text: str) -> str:
    """A turn as text: all of it, or behind an ellipsis its end, which the last page may show in part as well."""
    if not (drawn and text.startswith(ELLIPSIS)):
        return text
    ending = text.removeprefix(ELLIPSIS)
    return drawn.partition(ending[:OVERLAP])[0] + ending


def _sharper(zone: Zone, before: Zone | None) -> Zone:
    return zone if before is None or ZONES.index(zone) < ZONES.index(before) else before


def entries(written: str, read: str) -> Iterator[tuple[int, str]]:
    """(turn, what was read of its text) for every turn written on a page."""
    headers = list(_in_order(written))
    place = _aligned(written, read)
    for header, following in zip_longest(headers, headers[1:]):
        stop = following.start() if following else len(written)
        if day := _DAY.search(written, header.end(), stop - 1 if following else stop):
            stop = day.start()
        text = read[place[header.end()] : place[stop]]
        yield int(header["number"]), text.removesuffix("\n")


def _in_order(written: str) -> Iterator[re.Match[str]]:
    """Headers of turns; what a turn quotes in the same form comes out of order."""
    last = 0
    for header in _HEADER.finditer(written):
        if int(header["number"]) > last:
            last = int(header["number"])
            yield header


def _aligned(written: str, read: str) -> list[int]:
    """For each position of `written`, and for its end, the position in `read` that corresponds to it."""
    place = [0] * (len(written) + 1)
    for block in Levenshtein.opcodes(written, read):
        for i in range(block.src_start, block.src_end):
            offset = i - block.src_start if block.tag in ("equal", "replace") else 0
            place[i] = block.dest_start + offset
    place[len(written)] = len(read)
    return place
