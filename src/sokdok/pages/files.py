"""Files in, pages out: images and PDFs, one page in memory at a time.

- A file that can't be used at all raises InputError, one line that says what to do. One bad page of several is a
  `PageError` in its place, and the pages after it still come.
- What a file is, its first bytes say, not its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sokdok.errors import InputError
from sokdok.pages.page import Page, PageError
from sokdok.pages.textfile import kind_of, looks_binary

_HEAD = 8192
_PDF_WITHIN = 1024
"""bytes: readers accept a PDF whose header comes a little late"""


def open_pages(path: Path, *, dpi: int = 144, source: str | None = None) -> Iterator[Page | PageError]:
    """Pages of an image (PNG, JPEG, TIFF, WebP) or a PDF, in order.

    `dpi` is the resolution at which PDF pages are drawn; `source` is the name the pages carry, the path by default.
    """
    source = str(path) if source is None else source
    head = _first_bytes(path, source)
    if b"%PDF-" in head[:_PDF_WITHIN]:
        from sokdok.pages.pdf import pdf_pages

        yield from pdf_pages(path, source, dpi)
        return
    _refuse_other_kinds(head, source)
    from sokdok.pages.images import image_pages

    yield from image_pages(path, source)


def check_file(path: Path, source: str) -> None:
    """Raise InputError unless `path` is a regular file with something in it."""
    if path.is_dir():
        raise InputError(f"{source} is a folder; name the files in it, e.g. {source.rstrip('/')}/*")
    if not path.exists():
        raise InputError(f"{source}: no such file")
    if not path.is_file():
        raise InputError(f"{source} is no regular file; pipe what it gives into - instead")
    if path.stat().st_size == 0:
        raise InputError(f"{source} is empty (0 bytes)")


def _first_bytes(path: Path, source: str) -> bytes:
    try:
        check_file(path, source)
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError as error:
        raise InputError(f"{source}: {error.strerror or error}") from None


def _refuse_other_kinds(head: bytes, source: str) -> None:
    """Raise InputError for what is plainly no image."""
    kind = kind_of(head)
    if kind is None and not looks_binary(head):
        raise InputError(f"{source} looks like text, not an image or a PDF; draw it with: sokdok compress {source}")
    if kind is not None and not kind.image:
        raise InputError(f"{source} is {kind.name}, not an image or a PDF; convert it to PDF or PNG first")
