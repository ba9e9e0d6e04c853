"""The cheapest pages that show a text to a model: which glyphs, which page sizes, how many tokens, how much money.

- `plan_pages` lays a text out to be sent. Of the glyphs that the model can read and the page sizes that its provider
  leaves alone, it takes those that cost the fewest tokens; of equals larger glyphs, then fewer pages. The last page has
  the cheapest size that holds the rest. Lines end where the text's do if that costs nothing. A plan is laid out, so its
  tokens are certain; pages are drawn only when they are asked for.
- `measure_models` compares models. A model's pages are laid out in its own glyph size, filled to the last character, in
  the size of its list on which the whole text costs least: a megabyte takes seconds. Whether a picture pays is said
  twice: for a new text, and for one that is in the provider's cache already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from sokdok.compress.legibility import load_profile
from sokdok.errors import InputError
from sokdok.model.nano.alphabet import nano_code_points
from sokdok.pages.cells import Cell, slot
from sokdok.pages.draw import GLYPH_SIZES, GlyphSize, draw_text_page, get_glyph_size
from sokdok.pages.layout import lay_out, symbols_of, text_of
from sokdok.tokens.images import Size
from sokdok.tokens.prices import break_even_calls, image_pays

if TYPE_CHECKING:
    from sokdok.pages.page import Page
    from sokdok.tokens.models import VisionModel
    from sokdok.tokens.prices import Price

PREAMBLE = (
    "The pictures are pages of text, to be read row by row; a word may go on in the next row. Signs in white on black "
    "are no part of it: / and | end a line, > is a tab, - fills a row, # ends the text, and 1F600; is the character of "
    "that code point."
)  # explains drawn pages to a model that has never seen any


@dataclass(frozen=True)
class TextPage:
    """A page that is not drawn yet."""

    text: str
    size: Size  # (width, height) in pixels
    tokens: int


@dataclass(frozen=True)
class TextPages:
    """A text as pages."""

    glyph: GlyphSize
    pages: tuple[TextPage, ...]

    @property
    def tokens(self) -> int:
        """Tokens of all pages."""
        return sum(page.tokens for page in self.pages)

    def draw(self, source: str = "text") -> Iterator[Page]:
        """Draw the pages, one at a time."""
        for page in self.pages:
            yield draw_text_page(page.text, self.glyph, page.size, source=source)


def legible_glyphs(name: str, model: VisionModel) -> tuple[GlyphSize, ...]:
    """List the sizes, largest first, that the model called `name` can read: by its profile, or `model`'s default.

    None if it was measured and can read none. Raises InputError for a profile that is none.
    """
    profile = load_profile(name)
    if profile:
        return profile.legible()
    least = get_glyph_size(model.glyph)
    return tuple(glyph for glyph in GLYPH_SIZES if glyph.area >= least.area)


def plan_pages(text: str, model: VisionModel, glyphs: Sequence[GlyphSize]) -> TextPages:
    """Lay `text` out on the cheapest pages for `model` in one of `glyphs`, on no more than a request takes if possible.

    Raises InputError if no page of the model has room for a character of these sizes.
    """
    symbols = {glyph.cell: symbols_of(text, glyph.cell) for glyph in glyphs}
    cells = {cell: int(cell.glyphs.widths[slot(codes)].sum()) for cell, codes in symbols.items()}
    choices = [(glyph, size) for glyph in glyphs for size in _sizes(glyph, model)]
    if not choices:
        raise InputError(f"no page of {model.name} has room for glyphs of {', '.join(map(str, glyphs))} pixels")
    bounds = [_least(cells[glyph.cell], glyph, size, model) for glyph, size in choices]
    best: tuple[Rank, TextPages] | None = None
    for bound, (glyph, size) in sorted(zip(bounds, choices, strict=True), key=lambda pair: pair[0]):
        if best and bound >= best[0]:
            break  # this choice and all that follow are no better
        dense, airy = (_pages(symbols[glyph.cell], glyph, size, model, breaks) for breaks in (False, True))
        found = airy if airy.tokens <= dense.tokens else dense
        rank = _rank(len(found.pages), found.tokens, glyph, model)
        best = (rank, found) if best is None or rank < best[0] else best
    assert best is not None
    return best[1]


Rank = tuple[bool, int, int, int]


def _rank(pages: int, tokens: int, glyph: GlyphSize, model: VisionModel) -> Rank:
    """Rank what can be sent before what can't, then fewer tokens, larger glyphs, fewer pages."""
    return model.max_images is not None and pages > model.max_images, tokens, -glyph.area, pages


def _least(cells: int, glyph: GlyphSize, size: Size, model: VisionModel) -> Rank:
    """Bound the rank of pages of `size` from below: as if every row were filled to its end."""
    capacity = _capacity(glyph, size)
    full = max(0, cells - 1) // capacity
    rest = cells - full * capacity
    last = min(_cost(other, model) for other in _sizes(glyph, model) if _capacity(glyph, other) >= rest)
    return _rank(full + 1, full * _cost(size, model) + last, glyph, model)


def _pages(symbols: np.ndarray, glyph: GlyphSize, size: Size, model: VisionModel, breaks: bool) -> TextPages:
    """Lay out full pages of `size`, and the rest on the cheapest page that holds it."""
    texts = [text_of(layout.symbols) for layout in lay_out(symbols, glyph.cell, glyph.atlas_size(size), breaks=breaks)]
    rest = symbols_of(texts[-1], glyph.cell)
    smaller = sorted(_sizes(glyph, model), key=lambda other: _cost(other, model))
    last = next(
        other for other in smaller
        if other == size or len(rest) <= _capacity(glyph, other)
        and len(lay_out(rest, glyph.cell, glyph.atlas_size(other), breaks=breaks)) == 1
    )  # fmt: skip
    sizes = [size] * (len(texts) - 1) + [last]
    return TextPages(
        glyph, tuple(TextPage(text, size, _cost(size, model)) for text, size in zip(texts, sizes, strict=True))
    )


def _sizes(glyph: GlyphSize, model: VisionModel) -> list[Size]:
    """Page sizes on which a syllable fits, two cells wide."""
    return [size for size in model.page_sizes if glyph.grid(size)[0] >= 2 and glyph.grid(size)[1]]


def _cost(size: Size, model: VisionModel) -> int:
    return model.image_cost(*size).tokens


def _capacity(glyph: GlyphSize, size: Size) -> int:
    columns, rows = glyph.grid(size)
    return columns * rows


@dataclass(frozen=True)
class ModelCost:
    """One text for one model."""

    model: str
    as_of: str  # of the formula for images
    text_tokens: int
    exact_text: bool  # or an estimate that errs high
    page_size: Size
    glyph: str
    pages: int
    sendable: bool  # whether one request takes so many images
    image_tokens: int  # all pages
    effective_size: Size  # of a page, after the provider's own resizing
    ratio: float  # text tokens per image token
    text_dollars: float | None  # all calls, cached from the second on where that is cheaper; None without a price
    pages_dollars: float | None
    new: str  # what a new text is cheaper as: picture or text
    cached: str | None  # the same for a text in the provider's cache; None where no price says what reading it costs
    break_even_calls: float | None  # calls beyond which a picture in place of cached text pays


def measure_models(
    text: str, models: Iterable[VisionModel], prices: Mapping[str, Price], calls: int, glyph: GlyphSize | None = None
) -> Iterator[ModelCost]:
    """Measure `text` for each model, sent `calls` times; `glyph` replaces the models' own sizes."""
    tokens: dict[str, int] = {}  # by tokenizer, which several models share

    @cache
    def drawn(cell: Cell, nano: bool) -> np.ndarray:
        return symbols_of(text, cell, nano_code_points() if nano else None)

    @cache
    def pages(glyph: GlyphSize, size: Size, nano: bool) -> int:
        """Count pages of `size` filled to the last character; nano knows fewer characters than the font has."""
        columns, rows = glyph.grid(size)
        grid = (columns * glyph.cell.width, rows * glyph.cell.height)
        return len(lay_out(drawn(glyph.cell, nano), glyph.cell, grid, breaks=False))

    for model in models:
        chosen = glyph or get_glyph_size(model.glyph)
        if model.tokenizer not in tokens:
            tokens[model.tokenizer] = model.count_text(text)
        counts = {size: pages(chosen, size, model.name == "nano") for size in model.page_sizes}
        yield _measure(tokens[model.tokenizer], counts, model, prices.get(model.name), calls, chosen)


def _measure(
    text: int, counts: Mapping[Size, int], model: VisionModel, price: Price | None, calls: int, glyph: GlyphSize
) -> ModelCost:
    """Compare `text` tokens with pages of the size that is cheapest of those that can be sent, else the cheapest."""
    refused, image, pages, size = min(
        (model.max_images is not None and pages > model.max_images, pages * _cost(size, model), pages, size)
        for size, pages in counts.items()
    )
    factors = {"write": price.cache_write, "read": price.cache_read} if price else {}

    def cheaper(cached: bool) -> str:
        return "picture" if not refused and image_pays(image, text, calls=calls, cached=cached, **factors) else "text"

    return ModelCost(
        model=model.name,
        as_of=model.as_of,
        text_tokens=text,
        exact_text=model.exact_text,
        page_size=size,
        glyph=str(glyph),
        pages=pages,
        sendable=not refused,
        image_tokens=image,
        effective_size=model.image_cost(*size).effective,
        ratio=text / image,
        text_dollars=price.dollars(text, calls) if price else None,
        pages_dollars=price.dollars(image, calls) if price else None,
        new=cheaper(cached=False),
        cached=cheaper(cached=True) if price else None,
        break_even_calls=break_even_calls(image / text, **factors) if price else None,
    )
