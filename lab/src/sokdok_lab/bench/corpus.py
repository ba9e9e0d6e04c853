"""A corpus of PDFs whose text layers are exact, of any number of pages, made in a moment."""

from __future__ import annotations

import ctypes
import io
import re
from pathlib import Path

from pypdfium2 import PdfDocument, raw

LINES = 46  # on a page
PAGES = 25  # in a document
_TEXT = (
    "the report says that of all pages some are read from what they hold and others from what they show while numbers "
    "such as {a} and {b} stand between words so that each line of the corpus differs from the one before it"
)


def write_corpus(folder: Path, pages: int, pages_each: int = PAGES) -> list[Path]:
    """Write documents of `pages_each` pages, `pages` in all, each unlike the others."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for first in range(0, pages, pages_each):
        path = folder / f"document-{first:07}.pdf"
        path.write_bytes(pdf_of([page_lines(number) for number in range(first, min(pages, first + pages_each))]))
        paths.append(path)
    return paths


def page_lines(number: int) -> list[str]:
    """The lines of a page, unlike those of any other."""
    words = _TEXT.split()
    return [
        " ".join(words[(number * 7 + line * 5 + at) % len(words)] for at in range(11)).format(a=number, b=line)
        for line in range(LINES)
    ]


def pdf_of(pages: list[list[str]]) -> bytes:
    """A PDF with these lines on its pages, in Helvetica."""
    document, file = PdfDocument.new(), io.BytesIO()
    for lines in pages:
        page = document.new_page(595, 842)
        for at, line in enumerate(lines):
            text = raw.FPDFPageObj_NewTextObj(document, b"Helvetica", 10)
            raw.FPDFText_SetText(text, (ctypes.c_ushort * (len(line) + 1))(*map(ord, line)))
            raw.FPDFPageObj_Transform(text, 1, 0, 0, 1, 60, 790 - 15 * at)
            raw.FPDFPage_InsertObject(page, text)
        page.gen_content()
    document.save(file)
    document.close()
    # The same bytes at any time: without the date, and the number that is made of it.
    return re.sub(rb"(?<=D:)\d+|(?<=<)[0-9A-F]{32}(?=>)", lambda found: b"0" * len(found[0]), file.getvalue())
