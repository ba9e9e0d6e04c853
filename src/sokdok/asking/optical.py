"""Plan the cheapest pages that show a text to a model: which glyphs, which page sizes, how many tokens.

- Of the glyphs that the model can read and the page sizes that its provider leaves alone, those that cost the fewest
  tokens; of equals larger glyphs, then fewer pages. The last page has the cheapest size that holds the rest.
- Lines end where the text's do if that costs nothing.
- A plan is laid out, so its tokens are certain; pages are drawn only when they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sokdok.asking.legibility import load_profile
from sokdok.errors import InputError
from sokdok.pages.cells import slot
from sokdok.pages.glyphs import GLYPH_SIZES, GlyphSize, draw_text_page, get_glyph_size
from sokdok.pages.layout import lay_out, symbols_of, text_of

if TYPE_CHECKING:
    from sokdok.pages.page import Page
    from sokdok.tokens.images import Size
    from sokdok.tokens.models import VisionModel

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
    last = next(other for other in smaller if other == size or _holds(rest, glyph, other, breaks))
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


def _holds(symbols: np.ndarray, glyph: GlyphSize, size: Size, breaks: bool) -> bool:
    if len(symbols) > _capacity(glyph, size):
        return False
    return len(lay_out(symbols, glyph.cell, glyph.atlas_size(size), breaks=breaks)) == 1
