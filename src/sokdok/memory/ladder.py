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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sokdok.memory.legend import LEGEND
from sokdok.pages.glyphs import GlyphSize

if TYPE_CHECKING:
    from sokdok.tokens.models import VisionModel

CELLS_PER_TOKEN = 4.2
"""of English text; Korean has 2 to 3, so that what pays by this count pays there too"""
ABRIDGED_STEPS = 7
FALL = 0.78
"""a step costs a leaf at most this share of what the step before costs"""
CALLS = 20
"""how often a page is sent before it is merged, in a usual conversation: what the price of caching is spread over"""
RESERVED = 28
"""cells of a page: the header of a turn that goes on from the page before, and the end mark"""


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


def build_ladder(model: VisionModel, legible: Sequence[GlyphSize], budget: int, *, key: bool = False) -> Ladder:
    """The ladder for `budget` tokens of pages in all; `legible` glyph sizes are what the model's reader can read.

    The first page is the largest that leaves room for two dozen; among leaves of equal first page the one that fades in
    most steps is taken. A model to which pictures bring nothing gets text steps. The key stream has no text of its own
    before its first step, so a leaf of it may be as long as a page, and as text it begins with every word.
    """
    sizes = [size for size in model.page_sizes if model.image_tokens(*size) * 24 <= budget]
    sizes = sizes or [min(model.page_sizes, key=lambda size: model.image_tokens(*size))]
    glyphs = sorted(legible, key=lambda glyph: -glyph.area)
    leaves = sorted({room(size, glyph) for size in sizes for glyph in glyphs if room(size, glyph) > 0})
    leaves = leaves if key else _short_enough(leaves, 2 * budget)
    chains = [(leaf, _drawn_steps(model, glyphs, sizes, leaf)) for leaf in leaves]
    leaf, drawn = max(chains, key=_preference, default=(0, []))
    ladder = Ladder(leaf, (*drawn, *_abridged(drawn[-1]))) if drawn else _text_ladder(model, budget, key)
    return _affordable(ladder, budget)


def _short_enough(leaves: list[int], most: int) -> list[int]:
    """Leaves of up to `most` cells, the smallest halved if need be: what is on no page yet is text, and needs room."""
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


def _drawn_steps(
    model: VisionModel, glyphs: Sequence[GlyphSize], sizes: Sequence[tuple[int, int]], leaf: int
) -> list[Step]:
    """From the largest glyphs down: the next step has smaller glyphs, and only then more leaves on a page."""
    steps: list[Step] = []
    for glyph in glyphs:
        while (step := _next(model, glyph, sizes, leaf, steps)) is not None:
            steps.append(step)
    return steps


def _next(
    model: VisionModel, glyph: GlyphSize, sizes: Sequence[tuple[int, int]], leaf: int, steps: Sequence[Step]
) -> Step | None:
    """The first step in these glyphs that pays and is clearly cheaper than the last one."""
    together = (steps[-1].leaves, 2 * steps[-1].leaves) if steps else (1,)
    for step in _candidates(model, glyph, sizes, leaf, together):
        if pays(model, step, leaf) and (not steps or step.price <= FALL * steps[-1].price):
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


def pays(model: VisionModel, step: Step, leaf: int) -> bool:
    """Whether a page costs less than its text, counted as English, the text having been cached before."""
    from sokdok.tokens.gate import image_pays

    text = round(step.leaves * leaf / CELLS_PER_TOKEN)
    return image_pays(step.tokens, text, calls=CALLS, cached=True)


def _abridged(last: Step) -> Iterator[Step]:
    for _ in range(ABRIDGED_STEPS):
        last = replace(last, leaves=2 * last.leaves, abridged=True)
        yield last


def _text_ladder(model: VisionModel, budget: int, key: bool) -> Ladder:
    """Steps of text for a model that reads no picture cheaply; the first keeps every word, or half of a leaf."""
    tokens = max(24, budget // (12 if key else 48))
    cells = round(tokens * _cells_per_token(model))
    first = Step(1, tokens, cells, None, None, abridged=not key)
    return Ladder(cells if key else 2 * cells, (first, *_abridged(first)))


def _cells_per_token(model: VisionModel) -> float:
    """Of English, as this model counts: an estimate that errs high must not overfill its steps."""
    return len(LEGEND) / model.count_text(LEGEND)


def _affordable(ladder: Ladder, budget: int) -> Ladder:
    """As many steps as there is room for two pages of each."""
    steps = list(ladder.steps)
    while len(steps) > 1 and 2 * sum(step.tokens for step in steps) > budget:
        steps.pop()
    return Ladder(ladder.leaf, tuple(steps))
