"""Compose a view: choose where exact text begins, which pages stand before it, and what else the budget holds.

1. Read the recent window: the newest turns, as many as could be text.
2. Choose where text begins: the oldest place from which on everything fits, that is text, pages before it, pinned
   pages, extracted facts and what was recalled. Since the past does not change, that place only ever moves forward as a
   conversation grows, and so does everything in front of it: prompts keep their prefix between two steps.
3. Write the past (preamble, pages, facts) and the turns after it.
4. Hold the bound: should even the newest place not fit (a giant turn in a script of many tokens), the oldest pages go
   first and then the beginning of the oldest turn's text.

Pages have shares of the budget and take them up slowly, as a conversation grows; what they leave is text.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sokdok.errors import InputError
from sokdok.memory.forgetting.pages import PageBook, lost_facts, write_facts
from sokdok.memory.forgetting.plan import Consumer, plan_retention
from sokdok.memory.forgetting.schedule import Schedule
from sokdok.memory.store.store import Store
from sokdok.memory.stream import cells, cut, cut_at
from sokdok.memory.turn import End, PlacedTurn, with_images
from sokdok.memory.view import PREAMBLE, Part, TurnWriter, View, total

PAGES_SHARE = 0.54  # Share of the budget for pages of the stream, at most.
PINNED_PAGES_SHARE = 0.10  # Share of the budget for pages of the pinned stream, at most.
FACTS_SHARE = 0.06  # Share of the budget for extracted facts, at most.
RECALLED_SHARE = 0.2  # Share of the budget for recalled turns, at most.
QUANTA = 34  # Steps in which the text's beginning moves over a budget's worth of text.
LEAST_QUANTUM_CELLS = 64  # Length of such a step, at least.
SAMPLE_CELLS = 4_000  # Cells at the beginning of a conversation that tell what its text costs.
LEAST_BUDGET_TOKENS = 16  # Budget of a view, at least.
RECALLED_FOR_TURNS = 6  # Turns for which what was recalled stays sharp.
MAX_RECALLED_TURNS = 64  # Recalled turns that compete for their share, newest first.
CELLS_PER_TOKEN_READ = 8  # Cells read at once for each token still to fill; English has four or five to a token.

# Tokens of a piece: its turn, its text, and whether it is the turn's last piece, with which its images are counted.
Cost = Callable[[PlacedTurn, str, bool], int]


@dataclass(frozen=True)
class Beginning:
    """A place at which the text could begin, and what then stands before it."""

    piece: int  # Index in the recent window.
    chunks: int  # Chunks of the stream on pages.
    pinned_length: int  # Cells of the pinned stream on pages.


class Composer:
    """Composes views of one conversation for one model and budget; remembers what it has counted and drawn."""

    def __init__(self, store: Store, conversation: str, consumer: Consumer, budget: int) -> None:
        if budget < LEAST_BUDGET_TOKENS:
            raise InputError(f"a budget of {budget:,} tokens holds nothing; the least is {LEAST_BUDGET_TOKENS}")
        self.store, self.conversation, self.budget = store, conversation, budget
        self.model = consumer.model
        self._count = lru_cache(maxsize=1 << 16)(self.model.count_text)
        self._facts = lru_cache(maxsize=64)(self._write_facts)
        self._turns = TurnWriter(store, self.model, budget, self._count)
        self._preamble = Part("preamble", self._count(PREAMBLE) + self.model.message_tokens, text=PREAMBLE)
        self._sampled = False
        self._fit(consumer)

    def compose(self) -> View:
        """Compose the view of the conversation as it is now."""
        end = self.store.end(self.conversation)
        self._refit(end)
        pieces = read_recent(self.store, self.conversation, end.length, self.budget, self.quantum, self._turns.cost)
        window = RecentWindow(pieces, self.model.message_tokens, self.quantum)
        recalled = self._recalled(end)
        for _ in range(2):  # what stands among the newest turns anyway leaves its share to them
            beginning = self._choose_beginning(end, window, total(recalled))
            text_from = window.pieces[beginning.piece].turn.number if window.pieces else 0
            recalled = [part for part in recalled if part.last_turn < text_from]
        turns = [self._turns.part(turn, text) for turn, text in window.turns(beginning.piece)]
        newest = max(0, len(turns) - 1)
        parts = self._bounded([*self._past(beginning), *turns[:newest], *recalled, *turns[newest:]])
        name, exact = self.model.name, self.model.exact_text
        return View(self.conversation, name, self.budget, end.number, exact, tuple(parts))

    def _fit(self, consumer: Consumer) -> None:
        """Plan both streams for a consumer to which this conversation's text costs so much."""
        self.consumer = consumer
        self.quantum = max(LEAST_QUANTUM_CELLS, int(self.budget * consumer.cells_per_token / QUANTA))
        self.main = self._stream(PAGES_SHARE, pinned=False)
        self.pinned = self._stream(PINNED_PAGES_SHARE, pinned=True)
        self._facts.cache_clear()

    def _refit(self, end: End) -> None:
        """Fit to what the conversation's text costs, until there is enough of it to know."""
        if self._sampled or not end.length:
            return
        self._sampled = end.length >= SAMPLE_CELLS
        rate = self._cells_per_token(end)
        if rate != self.consumer.cells_per_token:
            self._fit(replace(self.consumer, cells_per_token=rate))

    def _cells_per_token(self, end: End) -> float:
        """Measure it, in steps of a half, on the conversation's beginning, which stays what it is once long enough."""
        turns = self.store.span(self.conversation, 0, min(end.length, SAMPLE_CELLS))
        text = cut("\n".join(turn.text for turn in turns), 0, SAMPLE_CELLS)
        rate = cells(text) / max(1, self._count(text))
        return max(1.0, min(6.0, round(2 * rate) / 2))

    def _stream(self, share: float, *, pinned: bool) -> FadingStream:
        tokens = int(self.budget * share)
        plan = plan_retention(self.consumer, tokens, pinned=pinned)
        book = PageBook(self.store, self.conversation, plan, pinned, self.consumer.alphabet)
        images = self.model.max_images and self.model.max_images // (4 if pinned else 2)
        return FadingStream(book, tokens, images, self._count)

    def _choose_beginning(self, end: End, window: RecentWindow, recalled_tokens: int) -> Beginning:
        """Return the oldest place from which everything fits, or else the newest."""
        if not window.pieces:
            return Beginning(0, 0, 0)
        chunk_cells = self.main.plan.chunk_cells
        complete = end.length // chunk_cells
        beginning = Beginning(0, 0, 0)
        for index in window.beginnings[:-1]:
            piece = window.pieces[index]
            chunks = -(-piece.position // chunk_cells)
            if chunks > complete:
                break
            beginning = Beginning(index, chunks, piece.turn.pinned_start)
            left = self.budget - window.cost(index) - recalled_tokens
            if left >= 0 and self._past_cost(beginning, left) <= left:
                break
        return beginning

    def _past_cost(self, beginning: Beginning, left: int) -> int:
        """Return the tokens of what stands before the text; facts are extracted only if the rest fits into `left`."""
        if not beginning.chunks:
            return 0
        length = beginning.chunks * self.main.plan.chunk_cells
        spent = self._preamble.tokens + self.main.cost(length) + self.pinned.cost(beginning.pinned_length)
        return spent if spent > left else spent + self._facts(beginning.chunks)[1]

    def _past(self, beginning: Beginning) -> list[Part]:
        """Return what stands before the text: preamble, pages, pinned pages, extracted facts."""
        if not beginning.chunks:
            return []
        pages = self.main.parts(beginning.chunks * self.main.plan.chunk_cells)
        pinned = self.pinned.parts(beginning.pinned_length)
        text, tokens = self._facts(beginning.chunks)
        return [self._preamble, *pages, *pinned, *([Part("facts", tokens, text=text)] if text else [])]

    def _write_facts(self, chunks: int) -> tuple[str, int]:
        """Return the extracted facts and their tokens, the first `chunks` chunks standing on pages."""
        legible_from = self.main.schedule.whole_from(chunks) * self.main.plan.chunk_cells
        faded = self.store.span(self.conversation, legible_from - 1, legible_from) if legible_from else []
        if not faded:
            return "", 0
        found = lost_facts(self.store, self.conversation, faded[-1].number, self.main.abridged_lines(chunks))
        text = write_facts(found, int(self.budget * FACTS_SHARE), self._count)
        return text, self._count(text)

    def _recalled(self, end: End) -> list[Part]:
        """Return turns recalled lately; where not all fit into their share, the newest do."""
        numbers = self.store.recalled(self.conversation, end.number - RECALLED_FOR_TURNS + 1)
        left = int(self.budget * RECALLED_SHARE)
        parts: list[Part] = []
        for number in numbers[::-1][:MAX_RECALLED_TURNS]:
            part = self._turns.recalled(self.store.turn(self.conversation, number))
            if part.tokens <= left:
                parts.append(part)
                left -= part.tokens
        return parts[::-1]

    def _bounded(self, parts: list[Part]) -> list[Part]:
        """Hold the budget whatever happens: drop the oldest pages, then the oldest text."""
        while (over := total(parts) - self.budget) > 0 and len(parts) > 1:
            oldest = next((i for i, part in enumerate(parts[:-1]) if part.kind in ("page", "abridged")), 0)
            parts = parts[:oldest] + parts[oldest + 1 :]
        return [self._turns.shortened(parts[0])] if over > 0 else parts


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
        parts = [
            self._part(page.level, page.first * length, page.stop * length) for page in self.schedule.pages(chunks)
        ]
        return [*parts, self._part(0, chunks * length, cells)] if rest else parts

    def abridged_lines(self, chunks: int) -> dict[int, str]:
        """Return what the abridged pages of the first `chunks` chunks say of each turn, by its number."""
        length, levels = self.plan.chunk_cells, self.plan.levels
        lines: dict[int, str] = {}
        for page in self.schedule.pages(chunks):
            if levels[page.level].abridged:
                span = self.book.text(levels[page.level], page.first * length, page.stop * length)
                for number, line in span.lines.items():  # a turn may lie on two pages
                    lines[number] = lines.get(number, "") + line
        return lines

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


@dataclass(frozen=True)
class Piece:
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
        self._costs = [0] * (len(pieces) + 1)  # Suffix sums, with a message for each turn.
        later = None
        for index in range(len(pieces) - 1, -1, -1):
            message = message_tokens if pieces[index].turn.number != later else 0
            self._costs[index] = self._costs[index + 1] + pieces[index].tokens + message
            later = pieces[index].turn.number

    def cost(self, beginning: int) -> int:
        """Return the tokens of everything from piece `beginning` on, as chat messages."""
        return self._costs[beginning]

    def turns(self, beginning: int) -> list[tuple[PlacedTurn, str]]:
        """Return the turns from piece `beginning` on, each with the text that is left of it."""
        found: dict[int, tuple[PlacedTurn, str]] = {}
        for piece in self.pieces[beginning:]:
            before = found.get(piece.turn.number)
            found[piece.turn.number] = (piece.turn, before[1] + piece.text if before else piece.text)
        return list(found.values())


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
