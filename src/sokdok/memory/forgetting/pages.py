"""What of the past stands on pages.

- A *whole* page is a piece of the stream. The turn within which it begins is named once more.
- An *abridged* page that is not much too small for its span has the best sentences of all its turns. One that stands
  for very many turns has the summaries of those that say most; of the others it has nothing.
- What stands on a page follows from its place on the stream alone, so it is written and drawn once (`PageBook`); equal
  texts in equal glyphs are one picture, whose id is the hash of its bytes.
"""

from __future__ import annotations

import hashlib
import itertools
import struct
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sokdok.memory.forgetting.plan import Level, RetentionPlan
from sokdok.memory.stream import Written, cells, continued, cut_at, entry, new_day, pinned_entry, pinned_text
from sokdok.memory.summary import IMPORTANT_WEIGHT, MAX_SUMMARY_CELLS, Sentence, chosen, sentences
from sokdok.memory.turn import PlacedTurn, speaker, with_images
from sokdok.pages.draw import draw_ink, draw_text_page, lay_out_page
from sokdok.pages.layout import symbols_of

if TYPE_CHECKING:
    from sokdok.memory.store.store import Store

LEAST_SUMMARY_CELLS = 32  # Length of a summary with its header for which it is worth going on to fill a page.
SENTENCES_WITHIN = 2  # Times a page's capacity up to which turns' sentences compete; of more, summaries are shown.
FILLED = 0.99  # Share of a page that is written, at least, or more summaries are looked at.
PNG_LEVEL = 1  # zlib's: pages of glyphs become a tenth larger than at their smallest, in a third of the time.
MAX_PAGES = 4096  # Pages that stay in memory, at most; some 15 KB each.


@dataclass(frozen=True)
class SpanText:
    """The text on a page, and the turns that it shows."""

    drawn: str  # The text as it is drawn.
    headings: tuple[int, ...]
    """Characters at which the brackets of headings open: drawn as escapes, which no text can make of a bracket."""
    first_turn: int
    last_turn: int

    @cached_property
    def text(self) -> str:
        """The text as it is shown in letters: a line that begins with a bracket is a heading."""
        ends = [*self.headings, len(self.drawn)]
        pieces = (self.drawn[start:stop] for start, stop in itertools.pairwise(ends))
        return self.drawn[: ends[0]] + "".join(map(continued, pieces))


class Picture(NamedTuple):
    """A drawn page."""

    id: str  # SHA-256 of its bytes, in hex.
    png: bytes
    size: tuple[int, int]  # (width, height) in pixels.


class PageBook:
    """The pages of one conversation on the levels of `plan`, of its pinned stream with `pinned`.

    `alphabet` is the code points that the reader knows; None: any.
    """

    def __init__(
        self, store: Store, conversation: str, plan: RetentionPlan, pinned: bool, alphabet: Collection[int] | None
    ) -> None:
        self.plan, self.pinned = plan, pinned
        self._store, self._conversation, self._alphabet = store, conversation, alphabet
        self.text = lru_cache(MAX_PAGES)(self._write)  # of a level and stream cells that do not change any more
        self.picture = lru_cache(MAX_PAGES)(self._draw)  # of a drawn level and what stands on it

    def _draw(self, level: Level, span: SpanText) -> Picture:
        assert level.glyph is not None and level.size is not None
        if level.glyph.atlas_size(level.size) == level.size:  # black and white: no pixel is looked at by itself
            symbols = symbols_of(span.drawn, level.glyph.cell, self._alphabet, span.headings)
            png = encode_png(~draw_ink(lay_out_page(symbols, level.glyph, level.size)), level.size, 1)
        else:
            page = draw_text_page(span.drawn, level.glyph, level.size, self._alphabet, headings=span.headings)
            png = encode_png(np.asarray(page.image.getchannel("R")), level.size, 8)
        return Picture(hashlib.sha256(png).hexdigest(), png, level.size)

    def _write(self, level: Level, first: int, stop: int) -> SpanText:
        """Return cells [first, stop) of the stream as they stand on a page of `level`."""
        if level.abridged:
            turns = [*self._turns(first, first + 1), *self._turns(stop - 1, stop)]  # the first and the last
            pieces = self._abridged(level, turns, first, stop)
        else:
            turns = self._turns(first, stop)
            pieces = list(self._verbatim(turns, first, stop))
        places, text = [], ""
        for piece in pieces:
            places += [len(text) + place for place in piece.headings]
            text += piece.text
        return SpanText(text.rstrip("\n"), tuple(places), turns[0].number, turns[-1].number)

    def _turns(self, first: int, stop: int) -> list[PlacedTurn]:
        return self._store.span(self._conversation, first, stop, pinned=self.pinned)

    def _verbatim(self, turns: list[PlacedTurn], first: int, stop: int) -> Iterator[Written]:
        """Write every word of a span; the turn that it begins within is named once more."""
        before = turns[0].number - 1
        day = self._store.turn(self._conversation, before).time if before else None
        for turn in turns:
            start, name = turn.pinned_start if self.pinned else turn.start, speaker(turn.role, turn.meta)
            text = with_images(turn.text, turn.images)
            if self.pinned:
                written = pinned_entry(turn.number, name, text, turn.important)
            else:
                written = entry(turn.number, name, text, new_day(turn.time, day))
            day = turn.time
            if start < first:
                yield Written(f"[{turn.number} ..] ", (0,))
            within = first <= start and start + (turn.pinned_size if self.pinned else turn.size) <= stop
            yield written if within else _cut(written, max(0, first - start), stop - start)

    def _abridged(self, level: Level, ends: list[PlacedTurn], first: int, stop: int) -> list[Written]:
        """Write the days of a span, then as much of its turns as a page holds."""
        heading = Written(f"[days {ends[0].time.date()} - {ends[-1].time.date()}]\n", (0,))
        left = level.capacity - heading.size
        within = SENTENCES_WITHIN * left
        # A span little longer than the page: all its turns compete with their sentences.
        turns = self._turns(first, stop) if stop - first <= within else []
        for size in (MAX_SUMMARY_CELLS // 2, LEAST_SUMMARY_CELLS) if not turns else ():
            # A span of many turns: the weightiest summaries fill the page; more are looked at where they leave room.
            summaries = self._store.summaries(self._conversation, first, stop, left // size, pinned=self.pinned)
            names = {each.number: speaker(each.role, {"name": each.name}) for each in summaries}
            whole = [(each.weight, each.number, Sentence(each.text, cells(each.text))) for each in summaries]
            lines = _entries(whole, names, left)
            most = size == LEAST_SUMMARY_CELLS and len(lines) < len(summaries)
            if most or sum(line.size for line in lines) >= FILLED * left:
                return [heading, *lines]
        if not turns:  # few long ones, whose summaries leave room: the sentences of the weightiest
            before = itertools.accumulate((summary.size for summary in summaries), initial=0)
            numbers = [summary.number for summary, size in zip(summaries, before, strict=False) if size < within]
            turns = self._store.some(self._conversation, numbers)
        names = {turn.number: speaker(turn.role, turn.meta) for turn in turns}
        found = [
            (sentence.value + IMPORTANT_WEIGHT * turn.important, turn.number, sentence)
            for turn in turns
            for sentence in self._beginning_in(turn, first, stop)
        ]
        return [heading, *_entries(found, names, left)]

    def _beginning_in(self, turn: PlacedTurn, first: int, stop: int) -> list[Sentence]:
        """Return the sentences of a turn that begin on a span, to within its header; each is whole."""
        text = with_images(turn.text, turn.images)
        if self.pinned:
            return list(sentences(pinned_text(text, turn.important)))
        if first <= turn.start and turn.start + turn.size <= stop:
            return list(sentences(text))
        before, within, after = cut_at(text, (max(0, first - turn.start), max(0, stop - turn.start)))
        found = list(sentences(within + after[:MAX_SUMMARY_CELLS]))
        return [each for each in found if each.start < len(within) and (each.start or not before)]


def encode_png(rows: np.ndarray, size: tuple[int, int], bits: int) -> bytes:
    """Encode a grey picture of `size` (width, height) as PNG; `rows` (height, bytes) has so many bits for a pixel.

    Pillow takes two to seven times as long: it tries filters on every row, which do nothing for glyphs.
    """
    filtered = np.pad(rows, ((0, 0), (1, 0)))  # a row begins with its filter: 0, none
    data = zlib.compress(filtered.data, PNG_LEVEL)
    header = struct.pack(">IIBBBBB", *size, bits, 0, 0, 0, 0)
    chunks = (b"IHDR" + header, b"IDAT" + data, b"IEND")
    framed = (struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def _cut(piece: Written, start: int, stop: int) -> Written:
    """Return the characters of a piece that begin in cells [start, stop)."""
    before, text, _ = cut_at(piece.text, (start, max(start, stop)), piece.headings)
    places = (place - len(before) for place in piece.headings)
    return Written(text, tuple(place for place in places if 0 <= place < len(text)))


def _entries(found: Sequence[tuple[float, int, Sentence]], names: Mapping[int, str], left: int) -> list[Written]:
    """Write what is chosen of turns' sentences, or of their summaries, in `left` cells; each has its turn's heading."""
    kept = chosen(found, left, lambda number: entry(number, names[number], "").size)
    return [entry(number, names[number], text) for number, text in kept.items()]
