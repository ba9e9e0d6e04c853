"""Pages of a conversation, each written and drawn once.

What stands on a page follows from its place on the stream alone, so it is worked out once; and equal texts in equal
glyphs are one picture, whose id is the hash of its bytes.
"""

from __future__ import annotations

import hashlib
import io
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from sokdok.memory.forgetting.levels import Level, RetentionPlan
from sokdok.memory.forgetting.page_text import PageWriter, SpanText

if TYPE_CHECKING:
    from sokdok.memory.store.store import Store
    from sokdok.pages.page import Page

Key = TypeVar("Key")
Value = TypeVar("Value")

Z_RLE = 3  # zlib's strategy for runs: pages of glyphs become a tenth larger than at their smallest, in half the time.
MAX_PAGES = 4096  # Pages that stay in memory, at most; some 15 KB each.


@dataclass(frozen=True)
class Picture:
    """A drawn page."""

    id: str  # SHA-256 of its bytes, in hex.
    png: bytes
    size: tuple[int, int]  # (width, height) in pixels.


class PageBook:
    """The pages of one conversation on the levels of `plan`, of its pinned stream with `pinned`.

    `alphabet` is the code points that the reader knows; None: any.
    """

    def __init__(
        self, store: Store, conversation: str, plan: RetentionPlan, pinned: bool, alphabet: Collection[int] | None
    ) -> None:
        self.plan = plan
        self.pinned = pinned
        self._writer = PageWriter(store, conversation, pinned=pinned)
        self._alphabet = alphabet
        self._texts: OrderedDict[tuple[int, int, int], SpanText] = OrderedDict()
        self._pictures: OrderedDict[tuple[str, SpanText], Picture] = OrderedDict()

    def text(self, level: Level, first: int, stop: int) -> SpanText:
        """Return the text of stream cells [first, stop), which must not change any more, on a level."""
        place = (self.plan.levels.index(level), first, stop)
        if place not in self._texts:
            self._texts[place] = self._writer.write(level, first, stop)
        return _touch(self._texts, place)

    def picture(self, level: Level, span: SpanText) -> Picture:
        """Return the page of a drawn level with the text of a span on it."""
        drawing = (level.name, span)
        if drawing not in self._pictures:
            self._pictures[drawing] = self._draw(level, span)
        return _touch(self._pictures, drawing)

    def turns_of(self, page: str) -> tuple[int, int] | None:
        """Return first and last turn on a page that was drawn, by the beginning of its id."""
        for (_, span), picture in self._pictures.items():
            if picture.id.startswith(page):
                return span.first_turn, span.last_turn
        return None

    def _draw(self, level: Level, span: SpanText) -> Picture:
        from sokdok.pages.glyphs import draw_text_page

        assert level.glyph is not None and level.size is not None
        page = draw_text_page(span.drawn, level.glyph, level.size, self._alphabet, headings=span.headings)
        png = encode_png(page)
        return Picture(hashlib.sha256(png).hexdigest(), png, level.size)


def encode_png(page: Page) -> bytes:
    """Encode a page as PNG, in one bit a pixel if it is black and white."""
    from PIL import Image

    grey = page.image.convert("L")
    image = grey.convert("1", dither=Image.Dither.NONE) if page.cell is not None else grey
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_type=Z_RLE)
    return buffer.getvalue()


def _touch(cache: OrderedDict[Key, Value], key: Key) -> Value:
    """Return a cached value and make it the last to be dropped."""
    cache.move_to_end(key)
    if len(cache) > MAX_PAGES:
        cache.popitem(last=False)
    return cache[key]
