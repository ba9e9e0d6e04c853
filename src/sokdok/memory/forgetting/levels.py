"""The ladder of forgetting: in which steps a stretch of the past fades, and what each step costs a given model.

- The stream is cut into equal *leaves*. A step says on what page, in what glyphs, how many leaves are drawn together:
  first the same leaf on smaller pages in smaller glyphs (large → base → small → tiny), then two, four … leaves on one
  page. When glyphs can't shrink any further, because the reader's legibility profile says so, pages go on doubling
  their span and are *abridged*: their turns keep whole sentences only, and the least telling turns none.
- Every step costs less a leaf than the one before. With as many pages on each of them a view of n leaves takes O(log n)
  tokens, as a log-structured merge tree takes O(log n) runs.
- Where a picture costs more than the text on it (`tokens.gate`), a model gets the abridged steps as text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sokdok.pages.glyphs import GlyphSize

if TYPE_CHECKING:
    from sokdok.tokens.models import VisionModel

CELLS_PER_TOKEN = 4.0
"""of English text, about; Korean has 2 to 3"""
ABRIDGED_STEPS = 7
FALL = 0.78
"""a step costs a leaf at most this share of what the step before costs"""
LEAF = 0.62
"""of the budget for pages: as text a leaf may cost so much, since what is on no page yet is text"""
FAR_CHEAPER = 5
"""times: a page that is large for its budget is still worth its tokens if its text would cost so much more"""
CALLS = 20
"""how often a page is sent before it is merged, in a usual conversation: what the price of caching is spread over"""
RESERVED = 28
"""cells of a page: the header of a turn that goes on from the page before, and the end mark"""


@dataclass(frozen=True)
class Consumer:
    """Who is shown a conversation: what it can read, and what text costs it."""

    model: VisionModel
    legible: tuple[GlyphSize, ...]
    """largest first"""
    cells_per_token: float = CELLS_PER_TOKEN
    """of the conversation, as the model counts its text"""
    alphabet: Collection[int] | None = None
    """code points that a page may show as themselves; None: any"""


@dataclass(frozen=True)
class Step:
    """One way to show a stretch of the past."""

    leaves: int
    """shown together, a power of two"""
    tokens: int
    """of one page, or at most of one text"""
    room: int
    """cells that fit"""
    size: tuple[int, int] | None
    """(width, height) of the page in pixels; None if it is shown as text"""
    glyph: GlyphSize | None
    abridged: bool = False

    @property
    def price(self) -> float:
        """Tokens a leaf."""
        return self.tokens / self.leaves

    @property
    def name(self) -> str:
        """`640x640 8x8`, `abridged 512x512 4x8`, `abridged text`."""
        drawn = f"{self.size[0]}x{self.size[1]} {self.glyph}" if self.size else "text"
        return f"abridged {drawn}" if self.abridged else drawn


@dataclass(frozen=True)
class Ladder:
    """Steps from sharp to faded."""

    leaf: int
    """cells"""
    steps: tuple[Step, ...]

    @property
    def price(self) -> int:
        """Tokens of one page on every step."""
        return sum(step.tokens for step in self.steps)


def build_ladder(consumer: Consumer, budget: int, *, key: bool = False) -> Ladder:
    """The ladder for `budget` tokens of pages in all.

    The first page is the largest that leaves room for two dozen, or if none such pays, for eight; among leaves of equal
    first page the one that fades in most steps is taken. Where pages are large for the budget and little cheaper than
    text, what is abridged is text, and all of it is for a model to which pictures bring nothing. The key stream has no
    text of its own before its first step, so a leaf of it may be as long as a page, and as text it begins with every
    word.
    """
    faded = _text_step(consumer, max(24, budget // 48))
    longest = None if key else int(LEAF * budget * consumer.cells_per_token)
    for most in (budget // 24, budget // 8):
        sizes = [size for size in consumer.model.page_sizes if consumer.model.image_tokens(*size) <= most]
        sizes = sizes or [min(consumer.model.page_sizes, key=lambda size: consumer.model.image_tokens(*size))]
        leaf, drawn = _best_chain(consumer, sizes, longest)
        while len(drawn) > 1 and 2 * sum(step.tokens for step in drawn) > budget:
            leaf, drawn = _one_less(leaf, drawn, longest)
        if drawn:
            last = drawn[-1]
            if last.tokens > budget // 24 and last.room < FAR_CHEAPER * last.tokens * consumer.cells_per_token:
                last = replace(faded, leaves=last.leaves)
            return _affordable(Ladder(leaf, (*drawn, *_abridged(last))), budget)
    if key:
        whole = replace(_text_step(consumer, max(24, budget // 12)), abridged=False)
        return _affordable(Ladder(whole.room, (whole, *_abridged(whole))), budget)
    return _affordable(Ladder(2 * faded.room, (faded, *_abridged(faded))), budget)


def _best_chain(consumer: Consumer, sizes: Sequence[tuple[int, int]], longest: int | None) -> tuple[int, list[Step]]:
    """The best leaf of up to `longest` cells and its drawn steps; none if on pages of these sizes nothing pays."""
    leaves = sorted({room(size, glyph) for size in sizes for glyph in consumer.legible if room(size, glyph) > 0})
    if longest is not None:
        leaves = _short_enough(leaves, longest)
    chains = [(leaf, _drawn_steps(consumer, sizes, leaf)) for leaf in leaves]
    return max(chains, key=_preference, default=(0, []))


def _one_less(leaf: int, drawn: list[Step], longest: int | None) -> tuple[int, list[Step]]:
    """A chain that begins less sharp, if leaves may be that long, or else ends sharper."""
    ratio = drawn[1].leaves
    if longest is not None and leaf * ratio > longest:
        return leaf, drawn[:-1]
    return leaf * ratio, [replace(step, leaves=step.leaves // ratio) for step in drawn[1:]]


def _short_enough(leaves: list[int], most: int) -> list[int]:
    """Leaves of up to `most` cells, the smallest halved if need be."""
    if not leaves:
        return []
    smallest = leaves[0]
    while smallest > most:
        smallest //= 2
    return [smallest, *(leaf for leaf in leaves if smallest < leaf <= most)]


def _preference(chain: tuple[int, list[Step]]) -> tuple[int, int, int]:
    leaf, steps = chain
    return (steps[0].tokens if steps else 0, len(steps), leaf)


def room(size: tuple[int, int], glyph: GlyphSize) -> int:
    """Cells of a page that text can count on: a wide glyph may leave the last cell of every row empty."""
    columns, rows = glyph.grid(size)
    return columns * rows - rows - RESERVED


def _drawn_steps(consumer: Consumer, sizes: Sequence[tuple[int, int]], leaf: int) -> list[Step]:
    """From the largest glyphs down: the next step has smaller glyphs, and only then more leaves on a page."""
    steps: list[Step] = []
    for glyph in consumer.legible:
        while (step := _next(consumer, glyph, sizes, leaf, steps)) is not None:
            steps.append(step)
    return steps


def _next(
    consumer: Consumer, glyph: GlyphSize, sizes: Sequence[tuple[int, int]], leaf: int, steps: Sequence[Step]
) -> Step | None:
    """The first step in these glyphs that pays and is clearly cheaper than the last one."""
    together = (steps[-1].leaves, 2 * steps[-1].leaves) if steps else (1,)
    for step in _candidates(consumer.model, glyph, sizes, leaf, together):
        if pays(consumer, step, leaf) and (not steps or step.price <= FALL * steps[-1].price):
            return step
    return None


def _candidates(
    model: VisionModel, glyph: GlyphSize, sizes: Sequence[tuple[int, int]], leaf: int, together: Sequence[int]
) -> Iterator[Step]:
    """The cheapest page for so many leaves together."""
    for leaves in together:
        fitting = [size for size in sizes if room(size, glyph) >= leaves * leaf]
        if fitting:
            size = min(fitting, key=lambda size: model.image_tokens(*size))
            yield Step(leaves, model.image_tokens(*size), room(size, glyph), size, glyph)


def pays(consumer: Consumer, step: Step, leaf: int) -> bool:
    """Whether a page costs less than its text, the text having been cached before."""
    from sokdok.tokens.gate import image_pays

    text = round(step.leaves * leaf / consumer.cells_per_token)
    return image_pays(step.tokens, text, calls=CALLS, cached=True)


def _abridged(last: Step) -> Iterator[Step]:
    for _ in range(ABRIDGED_STEPS):
        last = replace(last, leaves=2 * last.leaves, abridged=True)
        yield last


def _text_step(consumer: Consumer, tokens: int) -> Step:
    """Text of at most so many tokens for one leaf."""
    return Step(1, tokens, round(tokens * consumer.cells_per_token), None, None, abridged=True)


def _affordable(ladder: Ladder, budget: int) -> Ladder:
    """As many steps as there is room for two pages of each."""
    steps = list(ladder.steps)
    while len(steps) > 1 and 2 * sum(step.tokens for step in steps) > budget:
        steps.pop()
    return Ladder(ladder.leaf, tuple(steps))
