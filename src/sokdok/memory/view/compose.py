"""Composing a view: where exact text begins, which pages stand before it, and what else the budget holds.

- The text begins at the oldest place from which on everything fits: text, pages before it, key pages, factsheet, what
  was recalled. Since the past does not change, that place only ever moves forward as a conversation grows, and so does
  everything in front of it: prompts keep their prefix between two steps.
- Pages have shares of the budget and take them up slowly, as a conversation grows; what they leave is text.
- The bound is hard: should even the newest place not fit (a giant turn in a script of many tokens), the oldest pages go
  first and then the beginning of the oldest turn's text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from sokdok.errors import InputError
from sokdok.memory.forgetting.extracted_facts import CANDIDATES, REACH, factsheet
from sokdok.memory.forgetting.fading import FadingStream
from sokdok.memory.forgetting.levels import Consumer, build_ladder
from sokdok.memory.forgetting.page_book import PageBook
from sokdok.memory.forgetting.recent import Tail, read_tail
from sokdok.memory.store.stream import cells, cut
from sokdok.memory.store.turn import speaker, with_images
from sokdok.memory.view.part import Part, total
from sokdok.memory.view.preamble import LEGEND, RECALLED
from sokdok.memory.view.view import View

if TYPE_CHECKING:
    from sokdok.memory.store.store import Store
    from sokdok.memory.store.turn import End, Turn

PAGES, KEY_PAGES, FACTS, RECALLS, IMAGES = 0.54, 0.10, 0.06, 0.2, 0.25
"""most of the budget for each; of `IMAGES`, for the images of one turn"""
QUANTA = 34
"""steps in which the text's beginning moves over a budget's worth of text"""
SAMPLE = 4_000
"""cells at the beginning of a conversation that tell what its text costs"""
LEAST_BUDGET = 16
"""tokens"""
REFRESHED = 6
"""turns for which what was recalled stays sharp"""
MOST_RECALLED = 64
"""turns that compete for the share of recalls, newest first"""


@dataclass(frozen=True)
class Beginning:
    """A place at which the text could begin, and what then stands before it."""

    piece: int
    leaves: int
    key_length: int
    """cells of the key stream"""


class Composer:
    """Views of one conversation for one model and budget; keeps what it has counted and drawn."""

    def __init__(self, store: Store, conversation: str, consumer: Consumer, budget: int) -> None:
        if budget < LEAST_BUDGET:
            raise InputError(f"a budget of {budget:,} tokens holds nothing; the least is {LEAST_BUDGET}")
        self.store, self.conversation, self.budget = store, conversation, budget
        self.model = consumer.model
        self._count = lru_cache(maxsize=1 << 16)(self.model.count_text)
        self._facts = lru_cache(maxsize=64)(self._write_facts)
        self._legend = self._count(LEGEND) + self.model.message_tokens
        self._sampled = False
        self._fit(consumer)

    def _fit(self, consumer: Consumer) -> None:
        """Cut the streams and choose the pages for a consumer to which this conversation's text costs so much."""
        self.consumer = consumer
        self.quantum = max(64, int(self.budget * consumer.cells_per_token / QUANTA))
        self.main = self._stream(PAGES, key=False)
        self.key = self._stream(KEY_PAGES, key=True)
        self._facts.cache_clear()

    def _refit(self, end: End) -> None:
        """Fit to what the conversation's text costs, until there is enough of it to know."""
        if self._sampled or not end.length:
            return
        self._sampled = end.length >= SAMPLE
        rate = self._cells_per_token(end)
        if rate != self.consumer.cells_per_token:
            self._fit(replace(self.consumer, cells_per_token=rate))

    def _stream(self, share: float, *, key: bool) -> FadingStream:
        tokens = int(self.budget * share)
        ladder = build_ladder(self.consumer, tokens, key=key)
        book = PageBook(self.store, self.conversation, ladder, key, self.consumer.alphabet)
        images = self.model.max_images and self.model.max_images // (4 if key else 2)
        return FadingStream(book, tokens, images, self._count)

    def _cells_per_token(self, end: End) -> float:
        """Of the conversation's beginning, which does not change any more once it is long enough; in coarse steps."""
        turns = self.store.span(self.conversation, 0, min(end.length, SAMPLE))
        text = cut("\n".join(turn.text for turn in turns), 0, SAMPLE)
        rate = cells(text) / max(1, self._count(text))
        return max(1.0, min(6.0, round(2 * rate) / 2))

    def compose(self) -> View:
        """The view of the conversation as it is now. Raises InputError if there is nothing that fits."""
        end = self.store.end(self.conversation)
        self._refit(end)
        pieces = read_tail(self.store, self.conversation, end.length, self.budget, self.quantum, self._cost)
        tail = Tail(pieces, self.model.message_tokens, self.quantum)
        recalled = self._recalled(end)
        for _ in range(2):  # what stands among the newest turns anyway leaves its room to them
            beginning = self._beginning(end, tail, total(recalled))
            text_from = tail.pieces[beginning.piece].turn.number if tail.pieces else 0
            recalled = [part for part in recalled if part.last_turn < text_from]
        past = self._past(beginning)
        turns = [self._turn_part(turn, text) for turn, text in tail.turns(beginning.piece)]
        newest = max(0, len(turns) - 1)
        parts = self._bounded([*past, *turns[:newest], *recalled, *turns[newest:]])
        name, exact = self.model.name, self.model.exact_text
        return View(self.conversation, name, self.budget, end.number, exact, tuple(parts))

    def turns_of_page(self, page: str) -> tuple[int, int] | None:
        """First and last turn on a page of an earlier view, by the beginning of its id."""
        return self.main.book.turns_of(page) or self.key.book.turns_of(page)

    def _beginning(self, end: End, tail: Tail, recalled: int) -> Beginning:
        """The oldest place from which everything fits, or else the newest."""
        if not tail.pieces:
            return Beginning(0, 0, 0)
        complete = end.length // self.main.ladder.leaf
        beginning = Beginning(0, 0, 0)
        for piece in tail.beginnings[:-1]:
            before = tail.pieces[piece]
            leaves = -(-before.position // self.main.ladder.leaf)
            if leaves > complete:
                break
            beginning = Beginning(piece, leaves, before.turn.key_start)
            room = self.budget - tail.cost(piece) - recalled
            if room >= 0 and self._past_cost(beginning, room) <= room:
                break
        return beginning

    def _past_cost(self, beginning: Beginning, room: int) -> int:
        """Tokens of what stands before the text; the factsheet is written only if the rest fits into `room`."""
        if not beginning.leaves:
            return 0
        pages = self.main.cost(beginning.leaves * self.main.ladder.leaf) + self.key.cost(beginning.key_length)
        spent = self._legend + pages
        return spent if spent > room else spent + self._facts(beginning.leaves)[1]

    def _past(self, beginning: Beginning) -> list[Part]:
        if not beginning.leaves:
            return []
        parts = [Part("legend", self._legend, text=LEGEND)]
        parts += self.main.parts(beginning.leaves * self.main.ladder.leaf)
        parts += self.key.parts(beginning.key_length)
        text, tokens = self._facts(beginning.leaves)
        return [*parts, Part("factsheet", tokens, text=text)] if text else parts

    def _write_facts(self, leaves: int) -> tuple[str, int]:
        """The factsheet and its tokens, the first `leaves` leaves standing on pages."""
        legible_from = self.main.schedule.whole_from(leaves) * self.main.ladder.leaf
        faded = self.store.span(self.conversation, legible_from - 1, legible_from) if legible_from else []
        if not faded:
            return "", 0
        told = self.main.abridged(leaves)
        last = faded[-1].number
        found = [
            (number, fact)
            for kinds, most in CANDIDATES.items()
            for number, fact in self.store.facts(self.conversation, last - REACH, last, most, kinds)
            if fact.text not in told.get(number, "")
        ]
        text = factsheet(sorted(found), int(self.budget * FACTS), self._count)
        return text, self._count(text)

    def _recalled(self, end: End) -> list[Part]:
        """Turns recalled lately, the newest of them first to get room."""
        numbers = self.store.refreshed(self.conversation, end.number - REFRESHED + 1)
        left = int(self.budget * RECALLS)
        parts: list[Part] = []
        for number in numbers[::-1][:MOST_RECALLED]:
            turn = self.store.turn(self.conversation, number)
            text = f"{RECALLED.format(number=number, speaker=speaker(turn.role, turn.meta))}\n{turn.text}"
            tokens = self._count(text) + self.model.message_tokens
            if tokens <= left:
                parts.append(Part("recalled", tokens, number, number, text))
                left -= tokens
        return parts[::-1]

    def _turn_part(self, turn: Turn, text: str) -> Part:
        images = turn.images if text and self._image_cost(turn) <= self.budget * IMAGES else ()
        shown = mark(turn) + (text if text == turn.text else f"… {text}")
        shown = shown if images else with_images(shown, turn.images)
        tokens = self._count(shown) + self.model.message_tokens + (self._image_cost(turn) if images else 0)
        data = tuple((image, self.store.image(image.sha256)) for image in images)
        return Part("turn", tokens, turn.number, turn.number, shown, turn.role, images=data)

    def _cost(self, turn: Turn, text: str, last: bool) -> int:
        """Tokens of a piece of a turn, its images with its last piece; a cut piece may begin with an ellipsis."""
        images = self._image_cost(turn) if last else 0
        if images > self.budget * IMAGES:
            text, images = with_images(text, turn.images), 0
        return images + self._count(mark(turn) + text) + (2 if text != turn.text else 0)

    def _image_cost(self, turn: Turn) -> int:
        return sum(self.model.image_tokens(image.width, image.height) for image in turn.images)

    def _bounded(self, parts: list[Part]) -> list[Part]:
        """The parts, within the budget whatever happens: without the oldest pages, then without the oldest text."""
        while (over := total(parts) - self.budget) > 0 and len(parts) > 1:
            oldest = next((i for i, part in enumerate(parts[:-1]) if part.kind in ("page", "abridged")), 0)
            parts = parts[:oldest] + parts[oldest + 1 :]
        return [self._shortened(parts[0])] if over > 0 else parts

    def _shortened(self, part: Part) -> Part:
        """The end of a turn's text that fits."""
        room = self.budget - self.model.message_tokens
        fits, too_long = 0, len(part.text)
        while too_long - fits > 1:
            length = (fits + too_long) // 2
            within = self.model.count_text(f"… {part.text[-length:]}") <= room
            fits, too_long = (length, too_long) if within else (fits, length)
        text = f"… {part.text[len(part.text) - fits :]}"
        return replace(part, text=text, tokens=self.model.count_text(text) + self.model.message_tokens, images=())


def mark(turn: Turn) -> str:
    """What stands before the text of a turn whose role a chat message can't have by itself."""
    return "[tool] " if turn.role == "tool" else ""
