"""A corpus of PDFs whose text layers are exact, of any number of pages, made in a moment."""

from __future__ import annotations

import re
from pathlib import Path

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
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>"
        % (b" ".join(b"%d 0 R" % (4 + 2 * at) for at in range(len(pages))), len(pages)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for at, lines in enumerate(pages):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F0 3 0 R >> >> >>" % (5 + 2 * at)
        )
        words = (re.sub(rb"([\\()])", rb"\\\1", line.encode("latin-1", "replace")) for line in lines)
        content = b"BT /F0 10 Tf 15 TL 60 790 Td\n" + b"".join(b"(%s) Tj T*\n" % each for each in words) + b"ET"
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    return _file(objects)


def _file(objects: list[bytes]) -> bytes:
    data = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer << /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(data)
