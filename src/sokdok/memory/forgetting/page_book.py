"""Pages of a conversation, written and drawn once.

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

from sokdok.memory.forgetting.levels import Ladder, Step
from sokdok.memory.forgetting.page_text import PageText, Stretch

if TYPE_CHECKING:
    from sokdok.memory.store.store import Store
    from sokdok.pages.page import Page

Key = TypeVar("Key")
Value = TypeVar("Value")

Z_RLE = 3
"""zlib's strategy for runs: pages of glyphs become a tenth larger than at their smallest, in less than half the time"""
MOST_PAGES = 4096
"""kept; some 15 KB each"""


@dataclass(frozen=True)
class Picture:
    """A drawn page."""

    id: str
    """SHA-256 of its bytes, in hex"""
    png: bytes
    size: tuple[int, int]


class PageBook:
    """The pages of one conversation as `ladder` has them; `alphabet` is what the reader knows, None: anything."""

    def __init__(self, store: Store, conversation: str, ladder: Ladder, key: bool, alphabet: Collection[int] | None):
        self.ladder = ladder
        self.key = key
        self._text = PageText(store, conversation, key=key)
        self._alphabet = alphabet
        self._stretches: OrderedDict[tuple[int, int, int], Stretch] = OrderedDict()
        self._pictures: OrderedDict[tuple[str, str], Picture] = OrderedDict()

    def stretch(self, step: Step, first: int, stop: int) -> Stretch:
        """The text of stream cells `first` to `stop` on a step; they must not change any more."""
        place = (self.ladder.steps.index(step), first, stop)
        if place not in self._stretches:
            self._stretches[place] = self._text.stretch(step, first, stop)
        return _touch(self._stretches, place)

    def turns_of(self, page: str) -> tuple[int, int] | None:
        """First and last turn on a page that was drawn, by the beginning of its id."""
        for (_, text), picture in self._pictures.items():
            if picture.id.startswith(page):
                shown = next((stretch for stretch in self._stretches.values() if stretch.text == text), None)
                return (shown.first_turn, shown.last_turn) if shown else None
        return None

    def picture(self, step: Step, text: str) -> Picture:
        """The page of a drawn step with `text` on it."""
        drawing = (step.name, text)
        if drawing not in self._pictures:
            self._pictures[drawing] = self._draw(step, text)
        return _touch(self._pictures, drawing)

    def _draw(self, step: Step, text: str) -> Picture:
        from sokdok.pages.glyphs import draw_text_page

        assert step.glyph is not None and step.size is not None
        png = encode_png(draw_text_page(text, step.glyph, step.size, self._alphabet))
        return Picture(hashlib.sha256(png).hexdigest(), png, step.size)


def encode_png(page: Page) -> bytes:
    """A page as PNG, in one bit a pixel if it is black and white."""
    from PIL import Image

    grey = page.image.convert("L")
    image = grey.convert("1", dither=Image.Dither.NONE) if page.cell is not None else grey
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_type=Z_RLE)
    return buffer.getvalue()


def _touch(cache: OrderedDict[Key, Value], key: Key) -> Value:
    """A cached value, which becomes the last to go."""
    cache.move_to_end(key)
    if len(cache) > MOST_PAGES:
        cache.popitem(last=False)
    return cache[key]
