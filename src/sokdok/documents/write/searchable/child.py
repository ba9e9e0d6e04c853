"""What a child process does of a file that becomes a searchable PDF (`jobs`)."""

from __future__ import annotations

import io
import queue
import threading
from pathlib import Path
from typing import Any

from msgspec import Struct

from sokdok.documents.document import Word
from sokdok.errors import InputError

REWRITE = "sokdok.documents.write.searchable.child:Rewrite"
CHUNK = 1 << 20  # bytes that are handed over at a time
_WAITING = 8  # chunks that wait to be taken: the PDF is never in memory as a whole
_LAST = b""


class PageWords(Struct):
    """The words to put on a page."""

    index: int  # of the page in its file, from 0
    size: tuple[int, int]  # pixels that the boxes count in
    blocks: list[list[Word]]
    strip: bool  # whether text that nobody sees is taken away


class Rewrite:
    """One file at a time."""

    def __init__(self) -> None:
        self._pdf: Any = None
        self._font: Any = None
        self._wanted: set[int] = set()
        self._chunks: queue.Queue[bytes | Exception] = queue.Queue(_WAITING)

    def open(self, path: Path, source: str, password: str | None) -> int:
        """Open a PDF, or an image as one, its pixels as they are stored; how many pages it has."""
        import pikepdf
        from PIL import UnidentifiedImageError

        from sokdok.documents.write.searchable.font import GlyphlessFont
        from sokdok.documents.write.searchable.images import pdf_of_image

        try:
            with path.open("rb") as file:
                is_pdf = b"%PDF-" in file.read(1024)
            opened = path if is_pdf else pdf_of_image(str(path))
            self._pdf = pikepdf.open(opened, password=password or "", access_mode=pikepdf.AccessMode.stream)
        except pikepdf.PasswordError:
            raise InputError(f"{source} is encrypted; give its password with --password") from None
        except UnidentifiedImageError:
            raise InputError(f"{source} has no pages to put words under; name a PDF or an image") from None
        except pikepdf.PdfError as error:
            raise InputError(f"{source} can't be written again as a PDF: {error}") from None
        self._font = GlyphlessFont(self._pdf)
        return len(self._pdf.pages)

    def add(self, words: PageWords) -> None:
        """Put words on a page."""
        import pikepdf

        from sokdok.documents.write.searchable.hidden import remove_hidden_text
        from sokdok.documents.write.searchable.layer import FONT_NAME, Sheet, text_layer

        self._wanted.add(words.index)
        page = self._pdf.pages[words.index]
        if words.strip:
            remove_hidden_text(self._pdf, page)
        box = _shown(page)
        if not words.blocks or min(words.size) < 1 or box[0] >= box[2] or box[1] >= box[3]:
            return
        layer = text_layer(words.blocks, Sheet(words.size, box, _rotation(page)), self._font.encoded)
        if layer:
            page.add_resource(self._font.font, pikepdf.Name.Font, pikepdf.Name(FONT_NAME))
            page.contents_add(b"q\n", prepend=True)  # whatever the page leaves behind must not move the words
            page.contents_add(b"\nQ\n" + layer)

    def finish(self) -> None:
        """Complete the file, of the pages that came only, and begin to hand it over."""
        self._font.close()
        for index in reversed(range(len(self._pdf.pages))):
            if index not in self._wanted:
                del self._pdf.pages[index]
        threading.Thread(target=self._save, daemon=True).start()

    def take(self) -> bytes:
        """The next bytes of the PDF; none at its end."""
        chunk = self._chunks.get()
        if isinstance(chunk, Exception):
            raise chunk
        return chunk

    def _save(self) -> None:
        try:
            with io.BufferedWriter(_Handing(self._chunks), CHUNK) as file:
                self._pdf.save(file, encryption=self._pdf.is_encrypted)
            self._chunks.put(_LAST)
        except Exception as error:  # the parent hears of it where it waits
            self._chunks.put(error)


class _Handing(io.RawIOBase):
    """A file that hands over what is written."""

    def __init__(self, chunks: queue.Queue[bytes | Exception]) -> None:
        self._chunks = chunks
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        chunk = bytes(data)
        if chunk:
            self._chunks.put(chunk)
        self._written += len(chunk)
        return len(chunk)

    def tell(self) -> int:
        return self._written


def _shown(page: Any) -> tuple[float, float, float, float]:
    """What is shown of a page: its crop box within its media box, corners in order."""
    left, bottom, right, top = _ordered(page.mediabox)
    crop = _ordered(page.cropbox)
    inner = max(left, crop[0]), max(bottom, crop[1]), min(right, crop[2]), min(top, crop[3])
    return inner if inner[0] < inner[2] and inner[1] < inner[3] else (left, bottom, right, top)


def _ordered(box: Any) -> tuple[float, float, float, float]:
    x, y, other_x, other_y = (float(number) for number in box)
    return min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)


def _rotation(page: Any) -> int:
    """Degrees clockwise, of the page or what it is in."""
    node, depth = page.obj, 0
    while node is not None and depth < 50:
        if "/Rotate" in node:
            return int(node["/Rotate"]) // 90 * 90 % 360
        node, depth = node.get("/Parent"), depth + 1
    return 0
