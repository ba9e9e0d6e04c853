"""What a text costs a model as text and as pages, in tokens and in money.

- A model's pages are drawn in its own glyph size, and have the size of its list on which the whole text costs least.
- Pages are laid out, not drawn: a megabyte takes seconds.
- Whether a picture pays is said twice: for a new text, and for one that is in the provider's cache already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from sokdok.pages.cells import Cell
    from sokdok.pages.glyphs import GlyphSize
    from sokdok.tokens.images import Size
    from sokdok.tokens.models import VisionModel
    from sokdok.tokens.prices import Price


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
    """Costs of `text` for each model, sent `calls` times; `glyph` replaces the models' own sizes."""
    source = _Source(text)
    for model in models:
        yield _measure(source, model, prices.get(model.name), calls, glyph)


class _Source:
    """A text, and what was found out about it for one model that holds for others."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: dict[str, int] = {}
        self._symbols: dict[tuple[str, bool], np.ndarray] = {}
        self._pages: dict[tuple[str, Size, bool], int] = {}

    def tokens(self, model: VisionModel) -> int:
        """Tokens of the text as text."""
        if model.tokenizer not in self._tokens:
            self._tokens[model.tokenizer] = model.count_text(self._text)
        return self._tokens[model.tokenizer]

    def pages(self, model: VisionModel, glyph: GlyphSize, size: Size) -> int:
        """Pages of `size` filled to the last character; nano knows fewer of them than the font has."""
        from sokdok.pages.layout import lay_out

        nano = model.name == "nano"
        key = (str(glyph), size, nano)
        if key not in self._pages:
            columns, rows = glyph.grid(size)
            grid = (columns * glyph.cell.width, rows * glyph.cell.height)
            self._pages[key] = len(lay_out(self._drawn(glyph.cell, nano), glyph.cell, grid, breaks=False))
        return self._pages[key]

    def _drawn(self, cell: Cell, nano: bool) -> np.ndarray:
        from sokdok.model.nano.alphabet import nano_code_points
        from sokdok.pages.layout import symbols_of

        key = (str(cell), nano)
        if key not in self._symbols:
            self._symbols[key] = symbols_of(self._text, cell, nano_code_points() if nano else None)
        return self._symbols[key]


def _measure(
    source: _Source, model: VisionModel, price: Price | None, calls: int, glyph: GlyphSize | None
) -> ModelCost:
    from sokdok.pages.glyphs import get_glyph_size
    from sokdok.tokens.gate import break_even_calls, image_pays

    glyph = glyph or get_glyph_size(model.glyph)
    size, pages, sendable = _best_pages(source, model, glyph)
    page, text = model.image_cost(*size), source.tokens(model)
    image = page.tokens * pages
    factors = {"write": price.cache_write, "read": price.cache_read} if price else {}

    def cheaper(cached: bool) -> str:
        return "picture" if sendable and image_pays(image, text, calls=calls, cached=cached, **factors) else "text"

    return ModelCost(
        model=model.name,
        as_of=model.as_of,
        text_tokens=text,
        exact_text=model.exact_text,
        page_size=size,
        glyph=str(glyph),
        pages=pages,
        sendable=sendable,
        image_tokens=image,
        effective_size=page.effective,
        ratio=text / image,
        text_dollars=price.dollars(text, calls) if price else None,
        pages_dollars=price.dollars(image, calls) if price else None,
        new=cheaper(cached=False),
        cached=cheaper(cached=True) if price else None,
        break_even_calls=break_even_calls(image / text, **factors) if price else None,
    )


def _best_pages(source: _Source, model: VisionModel, glyph: GlyphSize) -> tuple[Size, int, bool]:
    """Page size, pages, and whether one request takes them: the cheapest that can be sent, else the cheapest."""
    plans = []
    for size in model.page_sizes:
        pages = source.pages(model, glyph, size)
        sendable = model.max_images is None or pages <= model.max_images
        plans.append((not sendable, pages * model.image_cost(*size).tokens, pages, size))
    refused, _, pages, size = min(plans)
    return size, pages, not refused
