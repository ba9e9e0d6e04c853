"""What stands on a page of a stretch of the stream: every word, or the sentences that tell most.

- A page that keeps every word is a piece of the stream. The turn within which it begins is named once more.
- An abridged page that is not much too small for its stretch keeps the best sentences of all its turns. One that stands
  for very many turns has the digests of those that tell most; of the others it has nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sokdok.memory.forgetting.levels import Step
from sokdok.memory.store.facts import find_facts
from sokdok.memory.store.stream import cells, cut, entry, key_entry, key_text, new_day
from sokdok.memory.store.summary import GAP, HEADER, IMPORTANT, Sentence, sentences
from sokdok.memory.store.turn import Gist, speaker, with_images

if TYPE_CHECKING:
    from datetime import datetime

    from sokdok.memory.store.store import Store
    from sokdok.memory.store.turn import Turn

SHORTEST_GIST = 32
"""cells of a digest with its header, some of which there may be"""
_ENTRY = re.compile(r"^\[(\d+) .*", re.MULTILINE)
SENTENCES_WITHIN = 2
"""times as much text as there is room for is read again for its best sentences; of more, stored digests are shown"""


@dataclass(frozen=True)
class Stretch:
    """What is shown of a stretch of a stream."""

    text: str
    first_turn: int
    last_turn: int

    @cached_property
    def lines(self) -> dict[int, str]:
        """Of an abridged page: the line of each turn, by its number."""
        return {int(match[1]): match[0] for match in _ENTRY.finditer(self.text)}


class PageText:
    """Writes the pages of a conversation's stream, or with `key` of its key stream."""

    def __init__(self, store: Store, conversation: str, *, key: bool) -> None:
        self._store = store
        self._conversation = conversation
        self._key = key

    def stretch(self, step: Step, first: int, stop: int) -> Stretch:
        """Cells `first` to `stop` of the stream as they stand on a page of `step`."""
        turns = self._ends(first, stop) if step.abridged else self._turns(first, stop)
        text = self._abridged(step, turns, first, stop) if step.abridged else self._whole(turns, first, stop)
        return Stretch(text.rstrip("\n"), turns[0].number, turns[-1].number)

    def _turns(self, first: int, stop: int) -> list[Turn]:
        turns_in = self._store.key_span if self._key else self._store.span
        return turns_in(self._conversation, first, stop)

    def _ends(self, first: int, stop: int) -> list[Turn]:
        """The first and the last turn of a stretch, which may be one."""
        return [*self._turns(first, first + 1), *self._turns(stop - 1, stop)]

    def _whole(self, turns: list[Turn], first: int, stop: int) -> str:
        """Every word of a stretch; the turn that it begins within is named once more."""
        parts = []
        day = self._time_before(turns[0])
        for turn in turns:
            start = turn.key_start if self._key else turn.start
            written, day = self._entry(turn, day), turn.time
            shown = cut(written, max(0, first - start), stop - start)
            parts.append(f"[{turn.number} ..] {shown}" if start < first else shown)
        return "".join(parts)

    def _entry(self, turn: Turn, before: datetime | None) -> str:
        name, text = self._speaker(turn), with_images(turn.text, turn.images)
        if self._key:
            return key_entry(turn.number, name, text, turn.important)
        return entry(turn.number, name, text, new_day(turn.time, before))

    def _time_before(self, turn: Turn) -> datetime | None:
        return self._store.turn(self._conversation, turn.number - 1).time if turn.number > 1 else None

    def _abridged(self, step: Step, ends: list[Turn], first: int, stop: int) -> str:
        heading = f"== {ends[0].time.date()} - {ends[-1].time.date()} ==\n"
        room = step.room - cells(heading)
        if stop - first <= SENTENCES_WITHIN * room:
            return heading + self._sentences(self._turns(first, stop), room, first, stop)
        gists = self._store.digests(self._conversation, first, stop, room // SHORTEST_GIST, key=self._key)
        gists.sort(key=lambda gist: (-gist.weight, gist.number))
        if sum(HEADER + cells(gist.digest) for gist in gists) >= room:
            return heading + self._digests(gists, room)
        return heading + self._sentences(self._first_of(gists, SENTENCES_WITHIN * room), room, first, stop)

    def _first_of(self, gists: Sequence[Gist], most: int) -> list[Turn]:
        """As many of these turns as have `most` cells together: few and long ones, whose digests leave room."""
        turns: list[Turn] = []
        for gist in gists:
            turns.append(self._store.turn(self._conversation, gist.number))
            most -= turns[-1].size
            if most <= 0:
                break
        return sorted(turns, key=lambda turn: turn.number)

    def _sentences(self, within: list[Turn], room: int, first: int, stop: int) -> str:
        """The most telling sentences of turns that have not much more than there is room for, each with its turn."""
        turns = {turn.number: turn for turn in within}
        found: list[tuple[float, int, int, Sentence]] = []
        for turn in turns.values():
            shown = self._shown(turn, first, stop)
            extra = IMPORTANT * turn.important
            for place, sentence in enumerate(sentences(shown, find_facts(shown))):
                found.append((-sentence.worth - extra, turn.number, place, sentence))
        kept: dict[int, list[tuple[int, str]]] = {}
        for _, number, place, sentence in sorted(found):
            header = 0 if number in kept else cells(entry(number, self._speaker(turns[number]), ""))
            if header + sentence.size + len(GAP) <= room:
                kept.setdefault(number, []).append((place, sentence.text))
                room -= header + sentence.size + len(GAP)
        lines = ((number, GAP.join(text for _, text in sorted(kept[number]))) for number in sorted(kept))
        return "".join(entry(number, self._speaker(turns[number]), text) for number, text in lines)

    def _shown(self, turn: Turn, first: int, stop: int) -> str:
        """What of a turn's text lies on a stretch, to within its header."""
        text = with_images(turn.text, turn.images)
        if self._key:
            return key_text(text, turn.important)
        return cut(text, max(0, first - turn.start), stop - turn.start)

    def _digests(self, gists: Sequence[Gist], room: int) -> str:
        """The first of the digests for which there is room, in order of their turns."""
        kept: dict[int, str] = {}
        for gist in gists:
            line = entry(gist.number, gist.speaker, gist.digest)
            if cells(line) <= room:
                kept[gist.number] = line
                room -= cells(line)
            if room < SHORTEST_GIST:
                break
        return "".join(kept[number] for number in sorted(kept))

    def _speaker(self, turn: Turn) -> str:
        return speaker(turn.role, turn.meta)
