"""Pages of a conversation, written and drawn once.

- What stands on a page follows from its place on the stream alone, so it is worked out once; and two places with equal
  text in equal glyphs are one picture, whose id is the hash of its bytes.
- A page of a step that keeps every word is a stretch of the stream. An abridged page has the gist of its turns, and of
  the least telling ones nothing, in the order of the conversation.
"""

from __future__ import annotations

import hashlib
import io
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from sokdok.memory.digest import GAP, IMPORTANT, Sentence, sentences
from sokdok.memory.facts import find_facts
from sokdok.memory.ladder import Ladder, Step
from sokdok.memory.stream import cells, cut, entry, key_entry, new_day
from sokdok.memory.turn import speaker, with_images

if TYPE_CHECKING:
    from datetime import datetime

    from sokdok.memory.store import Store
    from sokdok.memory.turn import Turn
    from sokdok.pages.page import Page

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST_PAGES = 4096
"""kept; some 15 KB each"""
SHORTEST_GIST = 32
"""cells of a digest with its header, some of which there may be"""
SENTENCES_WITHIN = 2
"""A stretch up to so many times as long as its page is read again for its best sentences, a longer one has digests."""


@dataclass(frozen=True)
class Stretch:
    """What is shown of leaves `first` to `stop` of a stream."""

    text: str
    first_turn: int
    last_turn: int


@dataclass(frozen=True)
class Picture:
    """A drawn page."""

    id: str
    """SHA-256 of its bytes, in hex"""
    png: bytes
    size: tuple[int, int]


class PageBook:
    """The pages of one conversation as `ladder` has them; `alphabet` is what the reader knows, None: anything."""

    def __init__(self, store: Store, conversation: str, ladder: Ladder, key: bool, alphabet: Collection[int] | None):
        self._store = store
        self._conversation = conversation
        self.ladder = ladder
        self.key = key
        self._alphabet = alphabet
        self._stretches: OrderedDict[tuple[int, int, int], Stretch] = OrderedDict()
        self._pictures: OrderedDict[tuple[str, str], Picture] = OrderedDict()

    def stretch(self, step: Step, first: int, stop: int) -> Stretch:
        """The text of stream cells `first` to `stop` on a step; they must not change any more."""
        place = (self.ladder.steps.index(step), first, stop)
        if place not in self._stretches:
            self._stretches[place] = self._write(step, first, stop)
        return _touch(self._stretches, place)

    def turns_of(self, page: str) -> tuple[int, int] | None:
        """First and last turn on a page that was drawn, by the beginning of its id."""
        for (_, text), picture in self._pictures.items():
            if picture.id.startswith(page):
                shown = next((stretch for stretch in self._stretches.values() if stretch.text == text), None)
                return (shown.first_turn, shown.last_turn) if shown else None
        return None

    def picture(self, step: Step, text: str) -> Picture:
        """The page of a drawn step with `text` on it."""
        drawing = (step.name, text)
        if drawing not in self._pictures:
            self._pictures[drawing] = self._draw(step, text)
        return _touch(self._pictures, drawing)

    def _write(self, step: Step, first: int, stop: int) -> Stretch:
        turns = self._ends(first, stop) if step.abridged else self._turns(first, stop)
        text = self._abridged(step, turns, first, stop) if step.abridged else self._whole(turns, first, stop)
        return Stretch(text.rstrip("\n"), turns[0].number, turns[-1].number)

    def _turns(self, first: int, stop: int) -> list[Turn]:
        turns_in = self._store.key_span if self.key else self._store.span
        return turns_in(self._conversation, first, stop)

    def _ends(self, first: int, stop: int) -> list[Turn]:
        """The first and the last turn of a stretch, which may be one."""
        return [*self._turns(first, first + 1), *self._turns(stop - 1, stop)]

    def _whole(self, turns: list[Turn], first: int, stop: int) -> str:
        """Every word of a stretch; the turn that it begins within is named once more."""
        parts = []
        day = self._time_before(turns[0])
        for turn in turns:
            start = turn.key_start if self.key else turn.start
            written, day = self._entry(turn, day), turn.time
            shown = cut(written, max(0, first - start), stop - start)
            parts.append(f"[{turn.number} ..] {shown}" if start < first else shown)
        return "".join(parts)

    def _entry(self, turn: Turn, before: datetime | None) -> str:
        name, text = self._speaker(turn), with_images(turn.text, turn.images)
        if self.key:
            return key_entry(turn.number, name, text, turn.important)
        return entry(turn.number, name, text, new_day(turn.time, before))

    def _time_before(self, turn: Turn) -> datetime | None:
        return self._store.turn(self._conversation, turn.number - 1).time if turn.number > 1 else None

    def _abridged(self, step: Step, ends: list[Turn], first: int, stop: int) -> str:
        heading = f"== {ends[0].time.date()} - {ends[-1].time.date()} ==\n"
        room = step.room - cells(heading)
        if stop - first <= SENTENCES_WITHIN * step.room:
            return heading + self._sentences(room, first, stop)
        return heading + self._digests(room, first, stop)

    def _sentences(self, room: int, first: int, stop: int) -> str:
        """The most telling sentences of a stretch that is not much too long, each with its turn."""
        turns = {turn.number: turn for turn in self._turns(first, stop)}
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
        start, size = (turn.key_start, turn.key_size) if self.key else (turn.start, turn.size)
        if first <= start and start + size <= stop:
            return with_images(turn.text, turn.images)
        return cut(turn.text, max(0, first - start), stop - start)

    def _digests(self, room: int, first: int, stop: int) -> str:
        """The digests that tell most, while there is room."""
        gists = self._store.digests(self._conversation, first, stop, room // SHORTEST_GIST, key=self.key)
        kept: dict[int, str] = {}
        for gist in sorted(gists, key=lambda gist: (-gist.weight, gist.number)):
            line = entry(gist.number, gist.speaker, gist.digest)
            if cells(line) <= room:
                kept[gist.number] = line
                room -= cells(line)
            if room < SHORTEST_GIST:
                break
        return "".join(kept[number] for number in sorted(kept))

    def _speaker(self, turn: Turn) -> str:
        return speaker(turn.role, turn.meta)

    def _draw(self, step: Step, text: str) -> Picture:
        from sokdok.pages.glyphs import draw_text_page

        assert step.glyph is not None and step.size is not None
        png = encode_png(draw_text_page(text, step.glyph, step.size, self._alphabet))
        return Picture(hashlib.sha256(png).hexdigest(), png, step.size)


def encode_png(page: Page) -> bytes:
    """A page as PNG, in one bit a pixel if it is black and white."""
    from PIL import Image

    grey = page.image.convert("L")
    image = grey.convert("1", dither=Image.Dither.NONE) if page.cell is not None else grey
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _touch(cache: OrderedDict[Key, Value], key: Key) -> Value:
    """A cached value, which becomes the last to go."""
    cache.move_to_end(key)
    if len(cache) > MOST_PAGES:
        cache.popitem(last=False)
    return cache[key]
