"""PDF files in as pages, drawn by PDFium one at a time. PDFium is not thread-safe: one thread of a process at once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sokdok.errors import InputError
from sokdok.imaging.box import Box
from sokdok.pages.page import Page, PageError
from sokdok.pages.textlayer import Entry, TextLayer, default_dpi, pixels_a_point
from sokdok.pages.textlayer.objects import has_appearances, read_outline, with_appearances
from sokdok.pages.textlayer.read import text_layer
from sokdok.reasons import say

if TYPE_CHECKING:
    from PIL import Image
    from pypdfium2 import PdfDocument, PdfPage

STRIP_PX, MIN_STRIP_PX, MAX_STRIP_PX = 32, 4, 4096  # height of a strip, and its width at least and at most


class PdfFile:
    """An open PDF; InputError if it can't be opened. `password` is tried if it is encrypted."""

    def __init__(self, path: Path, source: str, password: str | None = None) -> None:
        self.source = source
        self.remark = ""
        self._document = _open(path, source, password)
        self._outline: dict[int, tuple[Entry, ...]] | None = None
        self._again = lambda: _open(path, source, password)

    def __len__(self) -> int:
        return len(self._document)

    def page(self, index: int, dpi: float | None = None, enlarged: float = 1.0) -> Page | PageError:
        """Draw a page, form fields filled in; without `dpi` its long side has `enlarged` times `LONG_SIDE` pixels."""
        try:
            if dpi is None:
                dpi = enlarged * default_dpi(*self._document.get_page_size(index))
            return Page(_draw(self._document, index, dpi), self.source, index)
        except Exception as error:  # PDFium's errors, but also those of fields and fonts in a damaged page
            return PageError(self.source, index, say("not_drawn", why=str(error) or type(error).__name__))

    def layer(self, index: int) -> TextLayer | None:
        """The text layer of a page; None if there is no text in it, or it can't be read."""
        try:
            page = self._document[index]
        except Exception:  # the same page can't be drawn either, and says so there
            return None
        merged = None
        try:
            merged = with_appearances(self._with_appearances, index) if has_appearances(page) else None
            layer = text_layer(page, merged)
        except Exception:  # damaged fonts; what can't be read is no help
            return None
        finally:
            if merged is not None:
                merged.close()
            page.close()
        if not (layer.pieces or layer.behind):
            return None
        if self._outline is None:
            self._outline = read_outline(self._document)
        return replace(layer, outline=self._outline.get(index, ()))

    def strips(self, index: int, areas: Sequence[Box], turned: int = 0) -> list[Image.Image]:
        """Draw small parts of a page in grey, `STRIP_PX` high; `areas` and `turned` as in its `TextLayer`."""
        page = self._document[index]
        try:
            page.set_rotation((page.get_rotation() - turned) % 360)
            return [_strip(page, area) for area in areas]
        finally:
            page.close()

    def close(self) -> None:
        """Close the file."""
        self._document.close()
        if "_with_appearances" in self.__dict__:
            self._with_appearances.close()

    @cached_property
    def _with_appearances(self) -> PdfDocument:
        """The same file once more, for pages that what lies over them is made part of."""
        return self._again()


def _open(path: Path, source: str, password: str | None) -> PdfDocument:
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(path, password=password)
    except PdfiumError as error:
        if "password" in str(error).lower():
            encrypted = say("encrypted", file=source, how="with --password")
            raise InputError(encrypted if password is None else say("other_password", file=source)) from None
        raise InputError(say("damaged_pdf", file=source)) from None
    with suppress(PdfiumError):  # a damaged form is no reason not to show the page
        document.init_forms()  # before anything else: PDFium draws no fields otherwise
    if not len(document):
        document.close()
        raise InputError(say("no_pages", file=source))
    return document


def _draw(document: PdfDocument, index: int, dpi: float) -> Image.Image:
    page = document[index]
    try:
        width, height = page.get_size()
        if not (width > 0 and height > 0):
            raise ValueError(f"it is {width:g} x {height:g} points large")
        bitmap = page.render(scale=pixels_a_point(width, height, dpi))
        try:
            return bitmap.to_pil().convert("RGB")
        finally:
            bitmap.close()
    finally:
        page.close()


def _strip(page: PdfPage, area: Box) -> Image.Image:
    """Draw a part of a page in points; what is too wide or has no area is left white."""
    width, height = page.get_size()
    left, top, right, bottom = area = area.clipped(width, height)
    scale = STRIP_PX / max(area.height, 1.0)
    if not MIN_STRIP_PX <= scale * area.width <= MAX_STRIP_PX:
        from PIL import Image

        return Image.new("L", (1, STRIP_PX), 255)
    bitmap = page.render(scale=scale, grayscale=True, crop=(left, height - bottom, width - right, top))
    try:
        return bitmap.to_pil().copy()
    finally:
        bitmap.close()
