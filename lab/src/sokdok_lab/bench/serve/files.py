"""Files that are sent: with a text of their own, by which the answer is known, or made to break what opens them."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import pypdfium2

from sokdok_lab.bench.corpus import page_lines, pdf_of

_WORDS = (
    "amber basin candle dragon engine falcon garden harbor island jungle kettle ladder meadow needle orchard pepper "
    "quartz ribbon saddle timber umbrella velvet walnut yellow zephyr anchor bridge copper desert ember forest glacier"
)
_DPI = 100
_MARK = re.compile(r"mark(\d{7})")


@dataclass(frozen=True)
class Upload:
    """A file."""

    name: str
    data: bytes
    text: str = ""  # what is on it


def mark(number: int) -> str:
    """A word that no other file has."""
    return f"mark{number:07}"


def marks(text: str) -> list[int]:
    """The numbers of the files whose words are in a text."""
    return [int(found) for found in _MARK.findall(text)]


def document(number: int, pages: int = 1) -> Upload:
    """A PDF whose pages say exactly what is on them."""
    lines = [[f"{mark(number)} is the document of this page", *page_lines(number + at)] for at in range(pages)]
    return Upload(f"{mark(number)}.pdf", pdf_of(lines), "\n".join(map("\n".join, lines)))


def picture(number: int) -> Upload:
    """A picture of a page of ten words."""
    words = random.Random(number).sample(_WORDS.split(), 10)
    lines = [" ".join(words[:5]), " ".join(words[5:])]
    return Upload(f"picture-{number}.png", _drawn(pdf_of([lines])), " ".join(words))


def _drawn(pdf: bytes) -> bytes:
    """Its first page as a PNG; the file is our own, and needs no isolation."""
    file, opened = io.BytesIO(), pypdfium2.PdfDocument(pdf)
    opened[0].render(scale=_DPI / 72).to_pil().save(file, "PNG")
    opened.close()
    return file.getvalue()


def hostile(number: int) -> Upload:
    """A file that breaks, or tries to break, what opens it: no two alike, numbers in a row of other kinds."""
    name, make = _KINDS[number % len(_KINDS)]
    return Upload(f"hostile-{number}.{name}", make(random.Random(number)))


def _changed(dice: random.Random) -> bytes:
    data = bytearray(pdf_of([page_lines(dice.randrange(1000))]))
    for _ in range(dice.choice([1, 10, 200])):
        data[dice.randrange(len(data))] = dice.randrange(256)
    return bytes(data)


def _cut(dice: random.Random) -> bytes:
    data = pdf_of([page_lines(dice.randrange(1000))])
    return data[: dice.randrange(10, len(data))]


def _huge_numbers(dice: random.Random) -> bytes:
    data = bytearray(pdf_of([page_lines(dice.randrange(1000))]))
    digits = [place for place, byte in enumerate(data) if 48 <= byte < 58]
    for place in dice.sample(digits, 8):
        data[place] = dice.choice(b"0123456789")
    return bytes(data)


def _claims(dice: random.Random) -> bytes:
    """A PNG of a few bytes that says it is as large as a field."""
    head = struct.pack(">IIBBBBB", dice.randrange(1 << 14, 1 << 31), dice.randrange(1 << 14, 1 << 31), 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(bytes(999))) + _chunk(b"IEND")


def _chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _bomb(dice: random.Random) -> bytes:
    """A Word file whose text is a thousand times as large as the file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (("[Content_Types].xml", b"<Types/>"), ("word/document.xml", bytes(dice.randrange(1 << 24)))):
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)  # whose time does not change
    return file.getvalue()


_KINDS: tuple[tuple[str, Callable[[random.Random], bytes]], ...] = (
    ("pdf", _changed),
    ("pdf", _cut),
    ("pdf", _huge_numbers),
    ("pdf", lambda dice: b"%PDF-1.7\n" + dice.randbytes(dice.randrange(1, 5_000))),
    ("png", _claims),
    ("docx", _bomb),
    ("xlsx", lambda dice: b"PK\x03\x04" + dice.randbytes(dice.randrange(500))),
    ("jpg", lambda dice: dice.randbytes(dice.randrange(1, 2_000))),
)
