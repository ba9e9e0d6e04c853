"""A PDF of the pages with a frame around every block, and its kind: what the reader saw where.

- Written as it goes: one page of the document is in memory at a time, and only numbers of the pages before it.
- A page is its picture as JPEG and, over it, frames and labels as vectors, sharp at any zoom. The fewest objects that
  PDF 1.4 needs (ISO 32000-1, 7.5): a picture, a content stream and a page each; one font, the page tree, the table.
- PDFium, which could write it too, holds the whole file until it saves: 550 MB and 22 s for 1,000 pages of 480 kB.
- Frames take a colour for each kind; the label says how sure the reader was. A page that failed says so.
"""

from __future__ import annotations

import io
import zlib
from typing import BinaryIO

from PIL import Image

from sokdok.documents.document import FURNITURE, PICTURES, Block, Box, Document, DocumentPage
from sokdok.documents.notation import FORMULAS
from sokdok.documents.write.writer import Wanted

LONG_SIDE = 842.0
"""points: A4"""
JPEG_QUALITY = 75
LABEL_SIZE = 7.0
"""points"""

_BLUE, _RED = "0.13 0.40 0.75", "0.75 0.15 0.20"
"""red, green, blue, 0 to 1; blue is for text"""
_COLOURS = {
    **dict.fromkeys(("title", "sub_title"), _RED),
    "table": "0.10 0.52 0.28",
    **dict.fromkeys(FORMULAS, "0.78 0.45 0.05"),
    **dict.fromkeys(PICTURES, "0.55 0.25 0.65"),
    **dict.fromkeys(FURNITURE, "0.45 0.45 0.45"),
}
_EMPTY = (595, 842)
_LEAST = 3.0
"""points: the smallest side that a page may have"""
_CATALOG, _TREE, _FONT = 1, 2, 3
"""object numbers; the tree is written last, for only then its pages are known"""


class OverlayWriter:
    """Writes pages to an open binary file as they come."""

    def __init__(self, file: BinaryIO, head: Document, wanted: Wanted) -> None:
        self.file, self.pictures = file, wanted.pictures
        self.offsets = {0: 0}
        """of each object, in bytes"""
        self.pages: list[int] = []
        """object numbers"""
        self.written = 0
        self._write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
        self._object(_CATALOG, f"<< /Type /Catalog /Pages {_TREE} 0 R >>")
        self._object(_FONT, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
        self.next = _FONT + 1

    def add(self, page: DocumentPage) -> None:
        """The page with its frames; without a picture, for a page that could not be opened, an empty sheet."""
        image = self.pictures.page(page) if self.pictures else None
        width, height = (page.width, page.height) if page.width and page.height else _EMPTY
        scale = LONG_SIDE / max(width, height)
        size = max(width * scale, _LEAST), max(height * scale, _LEAST)
        picture, content, sheet = range(self.next, self.next + 3)
        self.next += 3
        drawing = _drawing(page, *size, scale)
        self._picture(picture, image or Image.new("L", (1, 1), 255))
        self._stream(content, "/Filter /FlateDecode", zlib.compress(drawing.encode("latin-1", "replace")))
        resources = f"/XObject << /Im {picture} 0 R >> /Font << /F {_FONT} 0 R >>"
        box = f"[0 0 {size[0]:.2f} {size[1]:.2f}]"
        contents = f"/Contents {content} 0 R /Resources << {resources} >>"
        self._object(sheet, f"<< /Type /Page /Parent {_TREE} 0 R /MediaBox {box} {contents} >>")
        self.pages.append(sheet)

    def close(self, errors: tuple[str, ...] = ()) -> None:
        """The page tree and the table of objects; the file stays open."""
        kids = " ".join(f"{number} 0 R" for number in self.pages)
        self._object(_TREE, f"<< /Type /Pages /Count {len(self.pages)} /Kids [{kids}] >>")
        start = self.written
        entries = "".join(f"{self.offsets[number]:010d} 00000 n \n" for number in range(1, self.next))
        self._write(f"xref\n0 {self.next}\n0000000000 65535 f \n{entries}".encode())
        trailer = f"<< /Size {self.next} /Root {_CATALOG} 0 R >>"
        self._write(f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode())

    def _picture(self, number: int, image: Image.Image) -> None:
        image = image if image.mode in ("L", "RGB") else image.convert("RGB")
        jpeg = io.BytesIO()
        image.save(jpeg, "JPEG", quality=JPEG_QUALITY)
        space = "/DeviceGray" if image.mode == "L" else "/DeviceRGB"
        size = f"/Width {image.width} /Height {image.height} /ColorSpace {space} /BitsPerComponent 8"
        self._stream(number, f"/Type /XObject /Subtype /Image {size} /Filter /DCTDecode", jpeg.getvalue())

    def _stream(self, number: int, entries: str, data: bytes) -> None:
        self._begin(number)
        self._write(f"<< {entries} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream\nendobj\n")

    def _object(self, number: int, body: str) -> None:
        self._begin(number)
        self._write(f"{body}\nendobj\n".encode())

    def _begin(self, number: int) -> None:
        self.offsets[number] = self.written
        self._write(f"{number} 0 obj\n".encode())

    def _write(self, data: bytes) -> None:
        self.file.write(data)
        self.written += len(data)


def _drawing(page: DocumentPage, width: float, height: float, scale: float) -> str:
    """The content stream: the picture, then the frames, in points from the bottom left."""
    parts = [f"q {width:.2f} 0 0 {height:.2f} 0 0 cm /Im Do Q"]
    parts += [_frame(block, block.box, scale, height) for block in page.blocks if block.box]
    if page.error:
        parts.append(_label(f"page {page.number}: {page.error}", _RED, 6, height - 6 - LABEL_SIZE))
    return "\n".join(parts)


def _frame(block: Block, box: Box, scale: float, height: float) -> str:
    left, top, right, bottom = (value * scale for value in box)
    colour = _COLOURS.get(block.kind, _BLUE)
    name = block.kind if block.confidence is None else f"{block.kind} {block.confidence:.0%}"
    rectangle = f"{left:.2f} {height - bottom:.2f} {right - left:.2f} {bottom - top:.2f} re S"
    label = _label(name, colour, left, min(height - top, height - LABEL_SIZE - 1))
    return f"{colour} RG 0.8 w {rectangle}\n{label}"


def _label(text: str, colour: str, left: float, bottom: float) -> str:
    """White on a patch of the colour; Helvetica is about half as wide as high."""
    patch = f"{colour} rg {left:.2f} {bottom:.2f} {len(text) * LABEL_SIZE * 0.52 + 3:.2f} {LABEL_SIZE + 1:.2f} re f"
    shown = " ".join(text.split()).replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"{patch} BT 1 g /F {LABEL_SIZE} Tf {left + 1.5:.2f} {bottom + 2:.2f} Td ({shown}) Tj ET"
