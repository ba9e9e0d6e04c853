"""Compose a view: choose where exact text begins, which pages stand before it, and what is asked about beside them.

1. Read the recent window: the newest turns, as many as could be text.
2. Choose where text begins: the oldest place from which on everything fits, that is text, pages before it, pinned pages
   and the room for what is asked about. Since the past does not change and that room is always as large, the place only
   ever moves forward as a conversation grows, and so does everything in front of it: prompts keep their prefix between
   two steps, whatever is asked.
3. Write the past (preamble, pages) and the turns after it. Before the question stand earlier turns word for word: those
   recalled by number, then those that match the question (`store.search`), then the newest that there is room for.
4. Hold the bound: should even the newest place not fit (a giant turn in a script of many tokens), the oldest pages go
   first and then the beginning of the oldest turn's text.

Where pages carry a conversation at a fraction of its price they have most of the budget, and what is asked about stands
on them anyway. Once it is too long for that, a question has a third. Where pages are not so cheap, a question takes
most of the budget, or, if nothing is asked, the past and the newest turns share it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from math import inf
from typing import Any, NamedTuple

from sokdok.errors import InputError
from sokdok.memory.forgetting.pages import PageBook
from sokdok.memory.forgetting.plan import FAR_CHEAPER, Consumer, plan_retention
from sokdok.memory.forgetting.schedule import Schedule
from sokdok.memory.store.search import BEST_SHARE
from sokdok.memory.store.store import Store
from sokdok.memory.stream import cells, cut_at
from sokdok.memory.turn import End, PlacedTurn, with_images
from sokdok.memory.view import PREAMBLE, RECALLED, Part, TurnWriter, View, total

TEXT_SHARE = 0.09  # Share of the budget for the newest turns behind pages that carry all others, at least.
LEAST_TEXT_TOKENS = 500  # Tokens for them, at least, but of a small budget no more than the next share.
SMALL_TEXT_SHARE = 0.4
PAGES_SHARE = 0.54  # Share of the budget for other pages of the stream, at most.
ASKED_PAGES_SHARE = 0.12  # The same where something is asked.
PINNED_PAGES_SHARE = 0.05  # Share of the budget for pages of the pinned stream, at most.
CARRIED_LEAST = 0.5  # Share of a conversation that pages keep word for word, at least, if they are said to carry it.
CARRIED_ROOM = 0.06  # Share of the budget for what is asked about, at least, where pages carry the conversation.
PARTLY_ROOM = 0.3  # The same where they are as cheap, but it has grown too long for that.
ASKED_ROOM = 0.62  # The same where they are not.
RECALLED_SHARE = 0.2  # Share of the budget for turns recalled by number, at most.
QUANTA = 34  # Steps in which the text's beginning moves over a budget's worth of text.
LEAST_QUANTUM_CELLS = 64  # Length of such a step, at least.
SAMPLE_CELLS = 4_000  # Cells at the beginning of a conversation that show what its text costs.
RECALLED_FOR_TURNS = 6  # Turns for which what was recalled stays sharp.
MAX_RECALLED_TURNS = 64  # Recalled turns that compete for their share, newest first.
MAX_MISSES = 8  # Turns too long for what room is left after which no others of their kind are tried.
LEAST_TOKENS = 16  # Room in which a turn could stand: of a view, and of what is left of one.
MOST_CELLS_PER_TOKEN = 64  # Cells of text for a token, at most: code has long runs of spaces.
CELLS_PER_TOKEN_READ = 8  # Cells read at once for each token still to fill; English has four or five to a token.

# Tokens of a piece: its turn, its text, and whether it is the turn's last piece, with which its images are counted.
Cost = Callable[[PlacedTurn, str, bool], int]


class Beginning(NamedTuple):
    """A place at which the text could begin, and what then stands before it."""

    piece: int  # Index in the recent window.
    chunks: int  # Chunks of the stream on pages.
    pinned_length: int  # Cells of the pinned stream on pages.


class Composer:
    """Composes views of one conversation for one model and budget; remembers what it has counted and drawn.

    With `asked` the views have room for what a question is about.
    """

    def __init__(self, store: Store, conversation: str, consumer: Consumer, budget: int, *, asked: bool) -> None:
        if budget < LEAST_TOKENS:
            raise InputError(f"a budget of {budget:,} tokens holds nothing; the least is {LEAST_TOKENS}")
        self.store, self.conversation, self.budget, self.asked = store, conversation, budget, asked
        self.model = consumer.model
        self._count = lru_cache(maxsize=1 << 16)(self.model.count_text)
        self._turns = TurnWriter(store, self.model, budget, self._count)
        self._recalled = lru_cache(maxsize=1 << 12)(lambda n: self._turns.recalled(store.turn(conversation, n)))
        self._preamble = Part("preamble", self._count(PREAMBLE) + self.model.message_tokens, text=PREAMBLE)
        self._heading_tokens = self._count(RECALLED) + self.model.message_tokens + 1
        self._sampled = False
        self._fit(consumer, 0)

    def compose(self, question: str = "", number: int = 0) -> View:
        """Compose the view of the conversation as it is now; the question may be that of turn `number`."""
        end = self.store.end(self.conversation)
        self._refit(end)
        named = self.store.recalled(self.conversation, end.number - RECALLED_FOR_TURNS + 1)
        room = max(self.room, int(self.budget * RECALLED_SHARE)) if named else self.room
        # All of a long conversation can't be text: what is asked about has its room then.
        most = self.budget - (self.room if end.length > MOST_CELLS_PER_TOKEN * self.budget else 0)
        pieces = read_recent(self.store, self.conversation, end.length, most, self.quantum, self._turns.cost)
        window = RecentWindow(pieces, self.model.message_tokens, self.quantum)
        beginning = self._choose_beginning(end, window, room)
        turns = [self._turns.part(turn, text) for turn, text in window.turns(beginning.piece)]
        past: list[Part] = []
        if cells_before := beginning.chunks * self.main.plan.chunk_cells:
            past = [self._preamble, *self.main.parts(cells_before), *self.pinned.parts(beginning.pinned_length)]
        left = self.budget - total(past) - total(turns) - self._heading_tokens
        recalled = self._earlier_turns(named, question, turns[0].first_turn, left) if room and turns else []
        if recalled:
            text, tokens = f"{RECALLED}\n{recalled[0].text}", recalled[0].tokens + self._heading_tokens
            recalled[0] = replace(recalled[0], text=text, tokens=tokens)
        place = next((i for i, part in enumerate(turns) if part.first_turn == number), max(0, len(turns) - 1))
        parts = [*past, *turns[:place], *recalled, *turns[place:]]
        # Hold the budget whatever happens: drop the oldest pages, then the oldest text.
        while (over := total(parts) - self.budget) > 0 and len(parts) > 1:
            del parts[next((i for i, part in enumerate(parts[:-1]) if part.kind in ("page", "abridged")), 0)]
        parts = [self._turns.shortened(parts[0])] if over > 0 else parts
        name, exact = self.model.name, self.model.exact_text
        return View(self.conversation, name, self.budget, end.number, exact, tuple(parts))

    def _fit(self, consumer: Consumer, length: int) -> None:
        """Plan both streams for a consumer to which this text costs so much, and a conversation of `length` cells."""
        self.consumer, self._longest = consumer, inf  # the longest conversation for which the plan is good
        self.quantum = max(LEAST_QUANTUM_CELLS, int(self.budget * consumer.cells_per_token / QUANTA))
        text, room = max(TEXT_SHARE, min(LEAST_TEXT_TOKENS / self.budget, SMALL_TEXT_SHARE)), CARRIED_ROOM
        share = 1 - text - PINNED_PAGES_SHARE - room
        self.main = self._stream(share, text, pinned=False)
        rate = self.main.plan.cells_per_token
        if rate < FAR_CHEAPER * consumer.cells_per_token:
            share, room = (ASKED_PAGES_SHARE, ASKED_ROOM) if self.asked else (PAGES_SHARE, 0.0)
            self.main = self._stream(share, 1 - share - PINNED_PAGES_SHARE - room, pinned=False)
        elif self.asked and length > (most := share * self.budget * rate / CARRIED_LEAST):
            # On levels as without it: the past fades sooner, but the question doesn't cost it its oldest pages.
            self.main, room = self._stream(share + room - PARTLY_ROOM, text, pinned=False, planned=share), PARTLY_ROOM
        elif self.asked:
            self._longest = most
        self.pinned = self._stream(PINNED_PAGES_SHARE, 0.0, pinned=True)
        self.room = int(self.budget * room) if self.asked else 0

    def _refit(self, end: End) -> None:
        """Fit to what the conversation's text costs, until there is enough of it to know, and to its length."""
        rate = self.consumer.cells_per_token
        if end.length and not self._sampled:  # measured, in steps of a half, on a beginning that stays what it is
            self._sampled = end.length >= SAMPLE_CELLS
            turns = self.store.span(self.conversation, 0, min(end.length, SAMPLE_CELLS))
            text = cut_at("\n".join(turn.text for turn in turns), (SAMPLE_CELLS,))[0]
            rate = max(1.0, min(6.0, round(2 * cells(text) / max(1, self._count(text))) / 2))
        if rate != self.consumer.cells_per_token or end.length > self._longest:
            self._fit(replace(self.consumer, cells_per_token=rate), end.length)

    def _stream(self, share: float, text: float, *, pinned: bool, planned: float = 0.0) -> FadingStream:
        """Return a stream of pages for a share of the budget, behind which text has one, on levels for `planned`."""
        tokens, levels_for = int(self.budget * share), int(self.budget * (planned or share))
        plan = plan_retention(self.consumer, levels_for, self.budget * text, pinned=pinned)
        book = PageBook(self.store, self.conversation, plan, pinned, self.consumer.alphabet)
        images = self.model.max_images and self.model.max_images // (4 if pinned else 2)
        return FadingStream(book, tokens, images, self._count)

    def _choose_beginning(self, end: End, window: RecentWindow, room: int) -> Beginning:
        """Return the oldest place from which everything fits, and `room` tokens beside it, or else the newest."""
        chunk_cells = self.main.plan.chunk_cells
        beginning = Beginning(0, 0, 0)
        for index in window.beginnings[:-1]:
            piece = window.pieces[index]
            chunks = -(-piece.position // chunk_cells)
            if chunks * chunk_cells > end.length:  # not full yet
                break
            beginning = Beginning(index, chunks, piece.turn.pinned_start)
            left = self.budget - window.costs[index] - (room if piece.position else 0)
            if left >= 0 and chunks:
                left -= self._preamble.tokens + self.main.cost(chunks * chunk_cells)
                left -= self.pinned.cost(beginning.pinned_length)
            if left >= 0:
                break
        return beginning

    def _earlier_turns(self, named: Sequence[int], question: str, text_from: int, left: int) -> list[Part]:
        """Return turns before the text in `left` tokens: those recalled, those that match the question, the newest."""
        found = self.store.matching(self.conversation, question, text_from, max(0, left // LEAST_TOKENS))
        matches = list(found)
        wanted = (named[::-1][:MAX_RECALLED_TURNS], matches[:1], matches[1:], range(text_from - 1, 0, -1))
        shares = int(self.budget * RECALLED_SHARE), int(left * BEST_SHARE), left, left
        chosen: dict[int, Part] = {}
        for numbers, most in zip(wanted, shares, strict=True):
            room, misses = min(most, left), 0
            for number in numbers:
                if room < LEAST_TOKENS:
                    break
                if number in chosen or number >= text_from or found.get(number, 0) > CELLS_PER_TOKEN_READ * room:
                    continue
                part = self._recalled(number)
                if part.tokens <= room:
                    chosen[number] = part
                    room, left = room - part.tokens, left - part.tokens
                elif (misses := misses + 1) == MAX_MISSES:
                    break
        return [chosen[number] for number in sorted(chosen)]


class FadingStream:
    """The pages in `book` for at most `tokens`, and at most `images` pictures where the provider sets a limit."""

    def __init__(self, book: PageBook, tokens: int, images: int | None, count: Callable[[str], int]) -> None:
        self.book, self.plan = book, book.plan
        self._count = count
        drawn = self.plan.levels[0].size is not None
        self.schedule = Schedule(self.plan, tokens, images if drawn else None)

    def cost(self, cells: int) -> int:
        """Return the tokens of the first `cells` cells; a chunk that is still filling has a page of its own."""
        if any(level.size is None for level in self.plan.levels):  # a level of text says what it costs at most
            return sum(part.tokens for part in self.parts(cells))
        chunks, rest = divmod(cells, self.plan.chunk_cells)
        return self.schedule.tokens(chunks) + (self.plan.levels[0].tokens if rest else 0)

    def parts(self, cells: int) -> list[Part]:
        """Return pages of the first `cells` cells, from the oldest to the newest."""
        length = self.plan.chunk_cells
        chunks, rest = divmod(cells, length)
        pages = self.schedule.pages(chunks)
        parts = [self._part(page.level, page.first * length, page.stop * length) for page in pages]
        return [*parts, self._part(0, chunks * length, cells)] if rest else parts

    def _part(self, number: int, first: int, stop: int) -> Part:
        """Return cells [first, stop) as they stand on level `number`."""
        level = self.plan.levels[number]
        span = self.book.text(level, first, stop)
        stands: dict[str, Any] = {"level": level, "level_number": number, "pinned": self.book.pinned}
        turns = span.first_turn, span.last_turn
        if level.size is not None:
            return Part("page", level.tokens, *turns, span.text, picture=self.book.picture(level, span), **stands)
        text = span.text
        while (tokens := self._count(text)) > level.tokens:  # some scripts take more than the level was made for
            text = text[: len(text) * level.tokens // (tokens + 1)]
        return Part("abridged", tokens, *turns, text, **stands)


class Piece(NamedTuple):
    """A turn, or a quantum of a long one."""

    position: int  # First cell on the stream.
    turn: PlacedTurn
    text: str
    tokens: int  # Tokens of its text, and of the turn's images with the turn's last piece.


class RecentWindow:
    """The newest turns as exact text: where that text may begin, and what it costs from there on.

    - It begins at a turn, or within one that is longer than a quantum, so that a single turn of any length can fade at
      its old end while its new end is still text.
    - Of all those places only the first behind each multiple of the quantum is used: the beginning moves in steps, and
      between two steps a prompt's prefix stays as it was.
    """

    def __init__(self, pieces: Sequence[Piece], message_tokens: int, quantum: int) -> None:
        self.pieces = pieces
        self.beginnings = [0]  # Indices of pieces at which the text may begin, oldest first, and their number.
        if pieces:
            positions = [piece.position for piece in pieces]
            grid = range(positions[0] // quantum * quantum, positions[-1] + quantum, quantum)
            self.beginnings = sorted({bisect_left(positions, place) for place in grid} | {len(positions)})
        self.costs = [0] * (len(pieces) + 1)  # Tokens of everything from each piece on, as chat messages.
        later = None
        for index in range(len(pieces) - 1, -1, -1):
            message = message_tokens if pieces[index].turn.number != later else 0
            self.costs[index] = self.costs[index + 1] + pieces[index].tokens + message
            later = pieces[index].turn.number

    def turns(self, beginning: int) -> list[tuple[PlacedTurn, str]]:
        """Return the turns from piece `beginning` on, each with the text that is left of it."""
        groups = groupby(self.pieces[beginning:], key=lambda piece: piece.turn.number)
        pieces = [list(some) for _, some in groups]
        return [(some[0].turn, "".join(piece.text for piece in some)) for some in pieces]


def read_recent(store: Store, conversation: str, end: int, budget: int, quantum: int, cost: Cost) -> list[Piece]:
    """Read the newest pieces before stream position `end`, back to where they cost more than `budget` tokens."""
    pieces: list[Piece] = []
    spent = 0
    while end > 0 and spent <= budget:
        start = max(0, end - max(quantum, CELLS_PER_TOKEN_READ * (budget - spent)))
        for turn in reversed(store.span(conversation, start, end)):
            for piece in reversed(_pieces(turn, quantum, cost)):
                if spent > budget:
                    break
                pieces.append(piece)
                spent += piece.tokens
            end = turn.start
    return pieces[::-1]


def _pieces(turn: PlacedTurn, quantum: int, cost: Cost) -> list[Piece]:
    """Return a turn whole, or cut at the multiples of the quantum."""
    if turn.size <= quantum:
        return [Piece(turn.start, turn, turn.text, cost(turn, turn.text, True))]
    end = turn.start + turn.size
    text_start = end - 1 - cells(with_images(turn.text, turn.images))  # behind the header; a line end closes the entry
    places = list(range((text_start // quantum + 1) * quantum, end, quantum))
    texts = cut_at(turn.text, [place - text_start for place in places]) if places else [turn.text]
    filled = [(place, text) for place, text in zip([turn.start, *places], texts, strict=True) if text]
    later = [Piece(place, turn, text, cost(turn, text, place == filled[-1][0])) for place, text in filled[1:]]
    # Tokens of parts add up to more than those of the whole, which is what is sent if all of it is.
    first = cost(turn, turn.text, True) - sum(piece.tokens for piece in later)
    return [Piece(turn.start, turn, filled[0][1] if filled else "", first), *later]
