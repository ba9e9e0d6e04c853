"""PDF files in as pages, drawn by PDFium one at a time. PDFium is not thread-safe: one thread of a process at once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sokdok.errors import InputError
from sokdok.imaging.box import Box
from sokdok.pages.images import MAX_SIDE
from sokdok.pages.page import Page, PageError
from sokdok.pages.textlayer import Entry, TextLayer, default_dpi, pixels_a_point
from sokdok.pages.textlayer.objects import MAX_DEPTH, has_appearances, open_page, read_outline, with_appearances
from sokdok.pages.textlayer.read import text_layer
from sokdok.reasons import say

if TYPE_CHECKING:
    from PIL import Image
    from pypdfium2 import PdfDocument, PdfImage, PdfPage

STRIP_PX, MIN_STRIP_PX, MAX_STRIP_PX = 32, 4, 4096  # height of a strip, and its width at least and at most


class PdfFile:
    """An open PDF; InputError if it can't be opened. `password` is tried if it is encrypted."""

    def __init__(self, path: Path, source: str, password: str | None = None) -> None:
        self.source = source
        self._document = _open(path, source, password)
        self.remark = f"files in it are not read: {held:,}" if (held := self._document.count_attachments()) else ""
        self._outline: dict[int, tuple[Entry, ...]] | None = None
        self._again = lambda: _open(path, source, password)

    def __len__(self) -> int:
        return len(self._document)

    def page(self, index: int, dpi: float | None = None, enlarged: float = 1.0) -> Page | PageError:
        """Draw a page, form fields filled in; without `dpi` its long side has `enlarged` times `LONG_SIDE` pixels."""
        try:
            if dpi is None:
                dpi = enlarged * default_dpi(*self._document.get_page_size(index))
            image, lost = _draw(self._document, index, dpi)
            if lost and image.getcolors(1):  # nothing else is drawn
                raise ValueError(say("undecoded", pictures=lost))
            return Page(image, self.source, index, undecoded=lost)
        except Exception as error:  # PDFium's errors, but also those of fields and fonts in a damaged page
            return PageError(self.source, index, say("not_drawn", why=str(error) or type(error).__name__))

    def layer(self, index: int) -> TextLayer | None:
        """The text layer of a page; None if there is no text in it, or it can't be read."""
        try:
            with ExitStack() as opened:
                page = opened.enter_context(closing(open_page(self._document, index)))
                over = with_appearances(self._with_appearances, index) if has_appearances(page) else None
                layer = text_layer(page, opened.enter_context(closing(over)) if over else None)
                layer = replace(layer, undecoded=_undecoded(page))
        except Exception:  # damaged fonts are no help; a page that can't be opened can't be drawn, and says so there
            return None
        if not (layer.pieces or layer.behind):
            return None
        if self._outline is None:
            self._outline = read_outline(self._document)
        return replace(layer, outline=self._outline.get(index, ()))

    def strips(self, index: int, areas: Sequence[Box], turned: int = 0) -> list[Image.Image]:
        """Draw small parts of a page in grey, `STRIP_PX` high; `areas` and `turned` as in its `TextLayer`."""
        with closing(open_page(self._document, index)) as page:
            page.set_rotation((page.get_rotation() - turned) % 360)
            return [_strip(page, area) for area in areas]

    def close(self) -> None:
        """Close the file."""
        self._document.close()
        if "_with_appearances" in self.__dict__:
            self._with_appearances.close()

    @cached_property
    def _with_appearances(self) -> PdfDocument:
        """The file opened a second time: pages into which annotations and fields are flattened, to read their text."""
        return self._again()


def _open(path: Path, source: str, password: str | None) -> PdfDocument:
    from pypdfium2 import PdfDocument, PdfiumError, raw

    try:
        document = PdfDocument(path, password=password)
    except PdfiumError as error:
        if "password" in str(error).lower() and b"/Encrypt" in path.read_bytes():  # else it is of a file before
            encrypted = say("encrypted", file=source, how="with --password")
            raise InputError(encrypted if password is None else say("other_password", file=source)) from None
        raise InputError(say("damaged_pdf", file=source)) from None
    with suppress(PdfiumError):  # a damaged form is no reason not to show the page
        document.init_forms()  # before anything else: PDFium draws no fields otherwise
    reason = "xfa" if document.get_formtype() == raw.FORMTYPE_XFA_FULL else "no_pages"
    if reason == "xfa" or not len(document):
        document.close()
        raise InputError(say(reason, file=source))
    return document


def _draw(document: PdfDocument, index: int, dpi: float) -> tuple[Image.Image, str]:
    """A page's picture, and what pictures are not decoded in it."""
    with closing(open_page(document, index)) as page:
        width, height = page.get_size()
        if not 0 < max(width, height) <= MAX_SIDE * min(width, height):
            raise ValueError(f"it is {width:g} x {height:g} points large")
        with closing(page.render(scale=pixels_a_point(width, height, dpi))) as bitmap:
            return bitmap.to_pil().convert("RGB"), _undecoded(page)


CODECS = {"DCTDecode", "JPXDecode", "JBIG2Decode", "CCITTFaxDecode"}  # filters of pictures alone


def _undecoded(page: PdfPage) -> str:
    """The pictures of a page that PDFium leaves out since it can't decode them, or their end, by pixels and format."""
    from pypdfium2 import raw

    found = list[str]()
    for picture in page.get_objects([raw.FPDF_PAGEOBJ_IMAGE], MAX_DEPTH):
        said, codec = picture.get_metadata(), ["raw", *picture.get_filters()][-1]
        if said.width and said.height and not _is_whole(picture, codec, said.width, said.height, said.bits_per_pixel):
            found.append(f"{said.width} x {said.height} pixels, {codec}")
    return "; ".join(dict.fromkeys(found))


def _is_whole(picture: PdfImage, codec: str, width: int, height: int, bits: int) -> bool:
    """Whether a picture's data are those of all of it, as far as its codec tells; PDFium knows no bits otherwise."""
    if not bits or codec == "JBIG2Decode":  # nothing of that is decoded for the header
        with suppress(RuntimeError):
            return bool(picture.get_bitmap())
        return False
    data = bytes(picture.get_data(decode_simple=True))
    if codec == "DCTDecode":
        return b"\xff\xd9" in data[len(data) // 2 :]  # its end: a preview's stands before, and anything may behind
    sizes = [(width * (bits >> half) + 7) // 8 * height for half in range(4)]  # two and four bits count as eight
    return codec in CODECS or len(data) >= sizes[0] or any(0 <= len(data) - size <= 2 for size in sizes[1:])


def _strip(page: PdfPage, area: Box) -> Image.Image:
    """Draw a part of a page in points; what is too wide or has no area is left white."""
    width, height = page.get_size()
    left, top, right, bottom = area = area.clipped(width, height)
    scale = STRIP_PX / max(area.height, 1.0)
    if not MIN_STRIP_PX <= scale * area.width <= MAX_STRIP_PX:
        from PIL import Image

        return Image.new("L", (1, STRIP_PX), 255)
    crop = (left, height - bottom, width - right, top)
    with closing(page.render(scale=scale, grayscale=True, crop=crop)) as bitmap:
        return bitmap.to_pil().copy()
