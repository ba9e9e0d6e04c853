"""PDF files in as pages, drawn by PDFium one at a time. PDFium is not thread-safe: one thread of a process at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sokdok.errors import InputError
from sokdok.pages.page import Page, PageError

if TYPE_CHECKING:
    from PIL import Image
    from pypdfium2 import PdfDocument

POINTS_PER_INCH = 72
MAX_PAGE_PIXELS = 40_000_000
"""A plan of A0 at 144 dpi just fits; larger pages are drawn at a lower resolution, since readers shrink them anyway."""


def pdf_pages(path: Path, source: str, dpi: int) -> Iterator[Page | PageError]:
    """Pages at `dpi` dots per inch, form fields filled in. Raises InputError if the file can't be opened."""
    document = _open(path, source)
    try:
        for index in range(len(document)):
            try:
                yield Page(_draw(document, index, dpi), source, index)
            except Exception as error:  # PDFium's errors, but also those of fields and fonts in a damaged page
                yield PageError(source, index, f"the page can't be drawn ({error})")
    finally:
        document.close()


def _open(path: Path, source: str) -> PdfDocument:
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(path)
    except PdfiumError as error:
        if "password" in str(error).lower():
            raise InputError(f"{source} is encrypted; save a copy without a password first") from None
        raise InputError(f"{source} is a PDF that can't be opened; it may be truncated or damaged") from None
    with suppress(PdfiumError):  # a damaged form is no reason not to show the page
        document.init_forms()  # before anything else: PDFium draws no fields otherwise
    if not len(document):
        document.close()
        raise InputError(f"{source} is a PDF without pages; it may be truncated or damaged")
    return document


def _draw(document: PdfDocument, index: int, dpi: int) -> Image.Image:
    page = document[index]
    try:
        width, height = page.get_size()
        if not (width > 0 and height > 0):
            raise ValueError(f"it is {width:g} x {height:g} points large")
        scale = min(dpi / POINTS_PER_INCH, (MAX_PAGE_PIXELS / (width * height)) ** 0.5)
        bitmap = page.render(scale=scale)
        try:
            return bitmap.to_pil().convert("RGB")
        finally:
            bitmap.close()
    finally:
        page.close()
