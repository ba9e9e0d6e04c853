"""PDF files in as pages, drawn by PDFium one at a time. PDFium is not thread-safe: one thread of a process at once."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sokdok.errors import InputError
from sokdok.imaging.box import Box
from sokdok.pages.page import Page, PageError
from sokdok.pages.textlayer import Entry, TextLayer
from sokdok.pages.textlayer.glyphs import Glyph, Glyphs, is_unmapped
from sokdok.pages.textlayer.objects import (
    Affine,
    PageObject,
    has_appearances,
    page_objects,
    read_annotations,
    read_outline,
    to_upright,
    with_appearances,
)
from sokdok.pages.textlayer.paths import Paths, find_drawings, paper_apart, read_paths, rules_of_pictures
from sokdok.pages.textlayer.sight import Seen, look
from sokdok.pages.textlayer.words import pieces_of
from sokdok.reasons import say

if TYPE_CHECKING:
    from PIL import Image
    from pypdfium2 import PdfDocument, PdfPage

POINTS_PER_INCH = 72
MAX_PAGE_PIXELS = 40_000_000
"""A plan of A0 at 144 dpi just fits; larger pages are drawn at a lower resolution, since readers shrink them anyway."""
LONG_SIDE = 1540  # pixels, where no resolution is asked for: A4 at 132 dpi, in which 10-point type is 18 pixels high
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
                dpi = enlarged * LONG_SIDE * POINTS_PER_INCH / max(1.0, *self._document.get_page_size(index))
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
            merged = with_appearances(self._merged, index) if has_appearances(page) else None
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
        if "_merged" in self.__dict__:
            self._merged.close()

    @cached_property
    def _merged(self) -> PdfDocument:
        """The same file once more, for pages that what lies over them is made part of."""
        return self._again()


def pixel_size(points: tuple[float, float], dpi: float | None = None) -> tuple[int, int]:
    """Width and height of a page's picture, as `PdfFile.page` draws it."""
    width, height = points
    scale = _scale(width, height, LONG_SIDE * POINTS_PER_INCH / max(1.0, *points) if dpi is None else dpi)
    return math.ceil(width * scale), math.ceil(height * scale)


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
        bitmap = page.render(scale=_scale(width, height, dpi))
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


def _scale(width: float, height: float, dpi: float) -> float:
    """Pixels per point, bounded so that the page fits into memory and its short side is a pixel at least."""
    most = (MAX_PAGE_PIXELS / (width * height)) ** 0.5
    return min(max(dpi / POINTS_PER_INCH, 1 / min(width, height)), most)


# --- the text layer ---

MIN_PICTURE_SHARE = 0.01  # of the page: smaller pictures are ornaments


def text_layer(shown: PdfPage, page: PdfPage | None = None) -> TextLayer:
    """Read the layer of a page, turned back if most of its text does not run from left to right as the page is shown.

    `shown` is the page as viewers show it; `page` the same with what lies over it made part of it, where something
    does. Without text the layer has no pieces.
    """
    page = page or shown
    width, height = shown.get_size()
    upright = to_upright(page, width, height)
    objects = page_objects(page, upright)
    glyphs = Glyphs(page, upright).read()
    sight = look(shown, page, glyphs, {item.address: item.order for item in objects})
    layer = replace(_layer(shown, objects, zip(glyphs, sight.glyphs, strict=True), upright), other_ink=sight.other_ink)
    if _turned_share(layer) <= 0.5:
        return layer
    known = {(glyph.address, glyph.origin): one for glyph, one in zip(glyphs, sight.glyphs, strict=True)}
    rotation = shown.get_rotation()
    found = [layer]
    try:
        for degrees in (90, 180, 270):
            for one in {shown, page}:
                one.set_rotation((rotation - degrees) % 360)
            width, height = shown.get_size()
            upright = to_upright(page, width, height)
            again = Glyphs(page, upright).read()
            seen = ((glyph, known.get((glyph.address, glyph.origin), "unseen")) for glyph in again)
            turned = _layer(shown, page_objects(page, upright), seen, upright)
            found.append(replace(turned, turned=degrees, other_ink=_turned(sight.other_ink, layer.size, degrees)))
    finally:
        for one in {shown, page}:
            one.set_rotation(rotation)
    return min(found, key=_turned_share)


def _turned_share(layer: TextLayer) -> float:
    """Share of the characters that run upwards, downwards or upside down."""
    pieces = [*layer.pieces, *layer.behind]
    return sum(len(piece.text) for piece in pieces if 45 < piece.turned < 315) / max(
        1, sum(len(piece.text) for piece in pieces)
    )


def _turned(boxes: Sequence[Box], size: tuple[float, float], degrees: int) -> tuple[Box, ...]:
    """Boxes of a page of that size on the page turned back, counterclockwise, by these degrees."""
    for _ in range(degrees // 90):
        boxes = [Box(box.top, size[0] - box.right, box.bottom, size[0] - box.left) for box in boxes]
        size = size[1], size[0]
    return tuple(boxes)


def _layer(
    shown: PdfPage, objects: Sequence[PageObject], glyphs: Iterable[tuple[Glyph, Seen]], upright: Affine
) -> TextLayer:
    """A layer of the page as `upright` maps it."""
    from pypdfium2 import raw

    width, height = shown.get_size()
    paths = read_paths(item for item in objects if item.kind == raw.FPDF_PAGEOBJ_PATH)
    boxes = [item.bounds().clipped(width, height) for item in objects if item.kind == raw.FPDF_PAGEOBJ_IMAGE]
    links, ticks = read_annotations(shown, upright)
    by_sight: dict[Seen, list[Glyph]] = {"seen": [], "behind": [], "unseen": []}
    for glyph, sight in glyphs:
        if not (ticks and any(tick.box.holds(*glyph.ink.middle) for tick in ticks)):  # a box's state is its text
            by_sight[sight].append(glyph)
    counts = Counter(glyph.text for glyph in by_sight["seen"])
    unmapped = sum(count for text, count in counts.items() if is_unmapped(text)) / max(1, counts.total())
    return TextLayer(
        (*pieces_of(by_sight["seen"]), *ticks),
        (width, height),
        unmapped,
        tuple(box for box in boxes if box.area > MIN_PICTURE_SHARE * width * height),
        (*paths.rules, *rules_of_pictures(boxes)),
        paper_apart(paths.fills),
        tuple(paths.marks),
        tuple(box for box in paths.squares if _is_ticked(box, paths)),
        tuple(box for box in paths.squares if not _is_ticked(box, paths)),
        tuple(pieces_of(by_sight["behind"])),
        tuple(pieces_of(by_sight["unseen"])),
        drawings=tuple(find_drawings(paths, width, height)),
        links=tuple(links),
    )


def _is_ticked(box: Box, paths: Paths) -> bool:
    """Whether strokes, or a smaller mark, are drawn in a box."""
    return any(box.holds(*part.middle) for part in (*paths.drawn, *paths.marks))
