"""Plan the levels of forgetting for a model and a budget of tokens for pages.

- A *level* is a way in which a span of the past can be shown, each cheaper than the one before. The stream is cut into
  equal *chunks*; a level says on what page, in what glyphs, how many chunks are drawn together.
- A level is *whole* if it keeps every word, or *abridged*: whole sentences only, those that say most. A level without a
  page size shows text instead of a picture.
- A chunk is drawn on smaller pages in smaller glyphs first (large → base → small → tiny), then two, four … chunks share
  a page. When glyphs can't shrink any further, because the reader's legibility profile says so, they are packed on
  larger pages, if these keep more for a token; then pages go on doubling their span and are abridged.
- Every level costs less per chunk than the one before. With as many pages on each of them a view of n chunks takes
  O(log n) tokens, as a log-structured merge tree takes O(log n) runs.
- Where a picture costs more than the text on it (`tokens.prices`), a model gets the abridged levels as text.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import inf
from typing import TYPE_CHECKING

from sokdok.pages.draw import GlyphSize

if TYPE_CHECKING:
    from sokdok.tokens.models import VisionModel

CELLS_PER_TOKEN = 4.0  # Cells of English text for a token, about; Korean has 2 to 3.
RESERVED_CELLS = 28  # Cells of a page for the header of a turn that goes on from the page before, and for the end mark.
WANTED_PAGES = 24  # Pages of the first level for which the budget should have room.
LEAST_PAGES = 8  # Pages of it for which it must have room, where no page pays that is small enough for the wanted.
ABRIDGED_TEXTS = 48  # Texts of an abridged level for which the budget has room.
WHOLE_TEXTS = 12  # Texts of a level that keeps every word for which the budget has room.
LEAST_TEXT_TOKENS = 64  # Tokens of a text, at least: less holds no whole sentence of some length.
CHUNKS_OF_TEXT = 2  # Chunk of a plan that is text from the beginning, in lengths of its first text.
ABRIDGED_LEVELS = 7  # Abridged levels behind the last whole one, at most.
PRICE_RATIO = 0.78  # Price per chunk beside that of the level before, at most.
CHUNK_SHARE = 0.62  # Share of the tokens for text that a chunk takes, at most: what is on no page yet is text.
FAR_CHEAPER = 5  # Times that text must cost more than its page, for pages that carry most of a conversation.
PAGES_PER_LEVEL = 2  # Pages of every level for which the budget has room: two are what one merge takes.


@dataclass(frozen=True)
class Consumer:
    """The model that is shown a conversation: what it can read, and what text costs it."""

    model: VisionModel
    legible: tuple[GlyphSize, ...]  # Glyph sizes that it reads, largest first.
    cells_per_token: float = CELLS_PER_TOKEN  # Cells of the conversation for a token of its text, as the model counts.
    alphabet: Collection[int] | None = None  # Code points that a page may show as themselves; None: any.


@dataclass(frozen=True)
class Level:
    """One way to show a span of the past."""

    chunks: int  # Chunks shown together, a power of two.
    tokens: int  # Tokens of one page; of a level that is text, at most.
    capacity: int  # Cells that fit.
    size: tuple[int, int] | None  # (width, height) of the page in pixels; None if it is shown as text.
    glyph: GlyphSize | None
    abridged: bool = False

    @property
    def price(self) -> float:
        """Tokens per chunk."""
        return self.tokens / self.chunks

    @property
    def name(self) -> str:
        """Page and glyph: `640x640 8x8`, `abridged 512x512 4x8`, `abridged text`."""
        drawn = f"{self.size[0]}x{self.size[1]} {self.glyph}" if self.size else "text"
        return f"abridged {drawn}" if self.abridged else drawn


@dataclass(frozen=True)
class RetentionPlan:
    """Levels from sharp to faded, for chunks of one length."""

    chunk_cells: int
    levels: tuple[Level, ...]

    @property
    def cells_per_token(self) -> float:
        """Cells that keep every word for a token, on the cheapest pages that do; 0 if none does."""
        whole = [level.capacity / level.tokens for level in self.levels if level.size and not level.abridged]
        return whole[-1] if whole else 0.0


def capacity(size: tuple[int, int], glyph: GlyphSize) -> int:
    """Return the cells of a page that text can count on: a wide glyph may leave the last cell of every row empty."""
    columns, rows = glyph.grid(size)
    return columns * rows - rows - RESERVED_CELLS


def plan_retention(consumer: Consumer, budget: int, text: float, *, pinned: bool = False) -> RetentionPlan:
    """Plan the levels for `budget` tokens of pages in all, behind which `text` tokens of text follow.

    The first page is the largest that leaves room for two dozen, or if none such pays, for eight; for a model to which
    pictures bring nothing all levels are text. The pinned stream has no text of its own before its first level, so a
    chunk of it may be as long as a page, and as text it begins with every word.
    """
    longest = inf if pinned else CHUNK_SHARE * text * consumer.cells_per_token
    for pages in (WANTED_PAGES, LEAST_PAGES):
        if plan := _drawn_plan(consumer, budget, budget // pages, longest):
            return plan
    first = _text_level(consumer, budget // ABRIDGED_TEXTS)
    chunk_cells = CHUNKS_OF_TEXT * first.capacity
    if pinned:
        first = replace(_text_level(consumer, budget // WHOLE_TEXTS), abridged=False)
        chunk_cells = first.capacity
    return _faded(chunk_cells, [first], first, budget)


def _drawn_plan(consumer: Consumer, budget: int, page_tokens: int, longest: float) -> RetentionPlan | None:
    """Plan levels whose first ones are pages of up to `page_tokens`; None if no such page pays.

    Where pages are large for the budget and little cheaper than text, what is abridged is text.
    """
    cost = consumer.model.image_cost
    sizes = [size for size in consumer.model.page_sizes if cost(*size).tokens <= page_tokens]
    sizes = sizes or [min(consumer.model.page_sizes, key=lambda size: cost(*size).tokens)]
    chunk_cells, drawn = _best_levels(consumer, sizes, longest)
    while len(drawn) > 1 and PAGES_PER_LEVEL * sum(level.tokens for level in drawn) > budget:
        if chunk_cells * (ratio := drawn[1].chunks) > longest:
            drawn = drawn[:-1]
        else:  # chunks may be as long as the next level's: without the sharpest
            chunk_cells, drawn = chunk_cells * ratio, [replace(each, chunks=each.chunks // ratio) for each in drawn[1:]]
    if not drawn:
        return None
    last = drawn[-1]
    if last.capacity >= FAR_CHEAPER * last.tokens * consumer.cells_per_token:
        last = _packed(consumer, drawn, chunk_cells, budget)
        drawn += [last] if last is not drawn[-1] else []
    elif last.tokens > budget // WANTED_PAGES:
        last = replace(_text_level(consumer, budget // ABRIDGED_TEXTS), chunks=last.chunks)
    return _faded(chunk_cells, drawn, last, budget)


def _best_levels(consumer: Consumer, sizes: Sequence[tuple[int, int]], longest: float) -> tuple[int, list[Level]]:
    """Return (chunk_cells, drawn levels) for the best chunk of up to `longest` cells; no level if no page pays.

    The best has the largest first page, then the most levels, then the longest chunk.
    """
    capacities = {capacity(size, glyph) for size in sizes for glyph in consumer.legible}
    lengths = sorted(length for length in capacities if length > 0)
    if lengths:  # those that are short enough, the smallest halved if need be
        smallest = lengths[0]
        while smallest > longest:
            smallest //= 2
        lengths = [smallest, *(length for length in lengths if smallest < length <= longest)]
    plans = [(length, _drawn_levels(consumer, sizes, length)) for length in lengths]
    return max(plans, key=lambda plan: (plan[1][0].tokens if plan[1] else 0, len(plan[1]), plan[0]), default=(0, []))


def _drawn_levels(consumer: Consumer, sizes: Sequence[tuple[int, int]], chunk_cells: int) -> list[Level]:
    """Return levels from the largest glyphs down: each has smaller glyphs, and only then more chunks on a page.

    Each is clearly cheaper than the one before, and than its text, for which there is no room: less would stand there.
    """
    levels: list[Level] = []
    for glyph in consumer.legible:
        chunks = levels[-1].chunks if levels else 1
        while fitting := [size for size in sizes if capacity(size, glyph) >= chunks * chunk_cells]:
            level = min((_level(consumer, chunks, size, glyph) for size in fitting), key=lambda level: level.tokens)
            most = PRICE_RATIO * levels[-1].price if levels else inf
            if level.price < chunk_cells / consumer.cells_per_token and level.price <= most:
                levels.append(level)
            elif not levels or chunks > levels[-1].chunks:
                break
            chunks *= 2
    return levels


def _packed(consumer: Consumer, drawn: Sequence[Level], chunk_cells: int, budget: int) -> Level:
    """Return the level whose pages keep most for a token: the last, or one of larger pages.

    There must be room for all abridged levels on such pages.
    """
    found = [drawn[-1]]
    room = budget // PAGES_PER_LEVEL - sum(level.tokens for level in drawn)
    for size, glyph in product(consumer.model.page_sizes, consumer.legible):
        chunks = 2 ** max(0, (capacity(size, glyph) // chunk_cells).bit_length() - 1)
        level = _level(consumer, chunks, size, glyph)
        if chunks > drawn[-1].chunks and level.tokens * (1 + ABRIDGED_LEVELS) <= room:
            found.append(level)
    return min(found, key=lambda level: level.price)


def _level(consumer: Consumer, chunks: int, size: tuple[int, int], glyph: GlyphSize) -> Level:
    """Return a drawn level of whole texts."""
    return Level(chunks, consumer.model.image_cost(*size).tokens, capacity(size, glyph), size, glyph)


def _text_level(consumer: Consumer, tokens: int) -> Level:
    """Return a level that is text of about so many tokens for one chunk, abridged from the beginning."""
    tokens = max(LEAST_TEXT_TOKENS, tokens)
    return Level(1, tokens, round(tokens * consumer.cells_per_token), None, None, abridged=True)


def _faded(chunk_cells: int, whole: Sequence[Level], last: Level, budget: int) -> RetentionPlan:
    """Put abridged levels behind the last whole one, each of twice the chunks, while two pages of each have room."""
    levels = list(whole)
    for _ in range(ABRIDGED_LEVELS):
        last = replace(last, chunks=2 * last.chunks, abridged=True)
        if PAGES_PER_LEVEL * sum(level.tokens for level in (*levels, last)) > budget:
            break
        levels.append(last)
    return RetentionPlan(chunk_cells, tuple(levels))
