"""Write what stands on a page for a span of the stream: every word, or the sentences that tell most.

- A whole page is a piece of the stream. The turn within which it begins is named once more.
- An abridged page that is not much too small for its span has the best sentences of all its turns. One that stands for
  very many turns has the summaries of those that tell most; of the others it has nothing.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sokdok.memory.forgetting.levels import Level
from sokdok.memory.text.facts import find_facts
from sokdok.memory.text.quoting import continued
from sokdok.memory.text.stream import cells, cut, cut_at, entry, headings, new_day, pinned_entry, pinned_text
from sokdok.memory.text.summary import GAP, HEADER_CELLS, IMPORTANT_WEIGHT, Sentence, sentences
from sokdok.memory.turn import TurnSummary, speaker, with_images

if TYPE_CHECKING:
    from datetime import datetime

    from sokdok.memory.store.store import Store
    from sokdok.memory.turn import Turn

LEAST_SUMMARY_CELLS = 32  # Length of a summary with its header for which it is worth going on to fill a page.
SENTENCES_WITHIN = 2
"""Times a page's capacity up to which turns are read again for their best sentences; of more, summaries are shown."""
_ENTRY = re.compile(r"^\[(\d+) .*", re.MULTILINE)


class Piece(NamedTuple):
    """Part of an entry or all of it."""

    text: str
    headings: tuple[int, ...]  # Characters at which headings open.

    @property
    def size(self) -> int:
        """Cells."""
        return cells(self.text, self.headings)


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

    @cached_property
    def lines(self) -> dict[int, str]:
        """The line of each turn on an abridged page, by its number."""
        return {int(match[1]): match[0] for match in _ENTRY.finditer(self.text)}


class PageWriter:
    """Writes the pages of a conversation's stream, or with `pinned` of its pinned stream."""

    def __init__(self, store: Store, conversation: str, *, pinned: bool) -> None:
        self._store = store
        self._conversation = conversation
        self._pinned = pinned

    def write(self, level: Level, first: int, stop: int) -> SpanText:
        """Return cells [first, stop) of the stream as they stand on a page of `level`."""
        if level.abridged:
            turns = [*self._turns(first, first + 1), *self._turns(stop - 1, stop)]  # the first and the last
            pieces = self._abridged(level, turns, first, stop)
        else:
            turns = self._turns(first, stop)
            pieces = list(self._whole(turns, first, stop))
        places, text = [], ""
        for piece in pieces:
            places += [len(text) + place for place in piece.headings]
            text += piece.text
        return SpanText(text.rstrip("\n"), tuple(places), turns[0].number, turns[-1].number)

    def _turns(self, first: int, stop: int) -> list[Turn]:
        turns_in = self._store.pinned_span if self._pinned else self._store.span
        return turns_in(self._conversation, first, stop)

    def _whole(self, turns: list[Turn], first: int, stop: int) -> Iterator[Piece]:
        """Write every word of a span; the turn that it begins within is named once more."""
        day = self._time_before(turns[0])
        for turn in turns:
            start = turn.pinned_start if self._pinned else turn.start
            written, day = self._entry(turn, day), turn.time
            if start < first:
                yield Piece(f"[{turn.number} ..] ", (0,))
            yield _cut_piece(written, max(0, first - start), stop - start)

    def _entry(self, turn: Turn, before: datetime | None) -> Piece:
        """Write a turn as it stands on the stream, after a turn of time `before`."""
        name, text = _speaker(turn), with_images(turn.text, turn.images)
        if self._pinned:
            return Piece(pinned_entry(turn.number, name, text, turn.important), headings())
        date = new_day(turn.time, before)
        return Piece(entry(turn.number, name, text, date), headings(date))

    def _time_before(self, turn: Turn) -> datetime | None:
        return self._store.turn(self._conversation, turn.number - 1).time if turn.number > 1 else None

    def _abridged(self, level: Level, ends: list[Turn], first: int, stop: int) -> list[Piece]:
        """Write the days of a span, then as much of its turns as a page holds."""
        heading = Piece(f"[days {ends[0].time.date()} - {ends[-1].time.date()}]\n", headings())
        left = level.capacity - heading.size
        within = SENTENCES_WITHIN * left
        # A span little longer than the page: all its turns compete with their sentences.
        if stop - first <= within:
            return [heading, *self._best_sentences(self._turns(first, stop), left, first, stop)]
        # A span of many turns: the weightiest summaries fill the page.
        summaries = self._store.summaries(
            self._conversation, first, stop, left // LEAST_SUMMARY_CELLS, pinned=self._pinned
        )
        summaries.sort(key=lambda summary: (-summary.weight, summary.number))
        if sum(HEADER_CELLS + cells(summary.text) for summary in summaries) >= left:
            return [heading, *_write_summaries(summaries, left)]
        # A span of few long turns, whose summaries leave room: the sentences of the weightiest.
        return [heading, *self._best_sentences(self._first_of(summaries, within), left, first, stop)]

    def _first_of(self, summaries: Sequence[TurnSummary], most: int) -> list[Turn]:
        """Return as many of these turns as have `most` cells together, in order of their numbers."""
        turns: list[Turn] = []
        for summary in summaries:
            turns.append(self._store.turn(self._conversation, summary.number))
            most -= turns[-1].size
            if most <= 0:
                break
        return sorted(turns, key=lambda turn: turn.number)

    def _best_sentences(self, within: list[Turn], left: int, first: int, stop: int) -> list[Piece]:
        """Write the most telling sentences of turns in `left` cells, each with its turn."""
        turns = {turn.number: turn for turn in within}
        found: list[tuple[float, int, int, Sentence]] = []
        for turn in turns.values():
            text = self._within_span(turn, first, stop)
            extra = IMPORTANT_WEIGHT * turn.important
            for place, sentence in enumerate(sentences(text, find_facts(text))):
                found.append((-sentence.value - extra, turn.number, place, sentence))
        chosen: dict[int, list[tuple[int, str]]] = {}
        for _, number, place, sentence in sorted(found):
            header = 0 if number in chosen else _entry_piece(number, _speaker(turns[number]), "").size
            if header + sentence.size + len(GAP) <= left:
                chosen.setdefault(number, []).append((place, sentence.text))
                left -= header + sentence.size + len(GAP)
        lines = ((number, GAP.join(text for _, text in sorted(chosen[number]))) for number in sorted(chosen))
        return [_entry_piece(number, _speaker(turns[number]), text) for number, text in lines]

    def _within_span(self, turn: Turn, first: int, stop: int) -> str:
        """Return what of a turn's text lies on a span, to within its header."""
        text = with_images(turn.text, turn.images)
        if self._pinned:
            return pinned_text(text, turn.important)
        return cut(text, max(0, first - turn.start), stop - turn.start)


def _cut_piece(piece: Piece, start: int, stop: int) -> Piece:
    """Return the characters of a piece that begin in cells [start, stop)."""
    before, text, _ = cut_at(piece.text, (start, max(start, stop)), piece.headings)
    places = (place - len(before) for place in piece.headings)
    return Piece(text, tuple(place for place in places if 0 <= place < len(text)))


def _write_summaries(summaries: Sequence[TurnSummary], left: int) -> list[Piece]:
    """Write the first of the summaries that fit into `left` cells, in order of their turns."""
    lines: dict[int, Piece] = {}
    for summary in summaries:
        line = _entry_piece(summary.number, summary.speaker, summary.text)
        if line.size <= left:
            lines[summary.number] = line
            left -= line.size
        if left < LEAST_SUMMARY_CELLS:
            break
    return [lines[number] for number in sorted(lines)]


def _entry_piece(number: int, name: str, text: str) -> Piece:
    return Piece(entry(number, name, text), headings())


def _speaker(turn: Turn) -> str:
    return speaker(turn.role, turn.meta)
