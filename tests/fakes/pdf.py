"""PDFs made on the spot: text at chosen places, with spaces or without, Latin and Hangul, turned or encrypted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sokdok.layout.blocks import LayoutBlock
    from sokdok.pages.textlayer import TextLayer

PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
FONTS = (
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    b"<< /Type /Font /Subtype /Type0 /BaseFont /Batang /Encoding /Identity-H /DescendantFonts [5 0 R] "
    b"/ToUnicode 6 0 R >>",
    b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Batang /DW 1000 /CIDSystemInfo "
    b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor 7 0 R >>",
)
CMAP = (
    b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange "
    + b"45 beginbfrange "
    + b" ".join(b"<%02X00> <%02XFF> <%02X00>" % (high, high, high) for high in (0, *range(0xAC, 0xD8)))
    + b" endbfrange endcmap end"
)
DESCRIPTOR = (
    b"<< /Type /FontDescriptor /FontName /Batang /Flags 4 /FontBBox [0 -200 1000 800] /ItalicAngle 0 /Ascent 800 "
    b"/Descent -200 /CapHeight 700 /StemV 80 >>"
)
FIRST_PAGE = 8  # object number; each page is a page and its content


class Text(NamedTuple):
    """A line of text: baseline at x, y points from the top left."""

    x: float
    y: float
    text: str
    size: float = 10
    gap: float | None = None  # em: words are moved apart by so much, without space characters; None draws the spaces
    font: int = 0  # 3: Courier, 4: Helvetica bold; 0: Helvetica, or Batang for Hangul


def write_pdf(
    path: Path,
    pages: Sequence[Sequence[Text | bytes]],
    size: tuple[float, float] = (595, 842),
    rotate: int = 0,
    password: str | None = None,
    outline: Sequence[tuple[int, str, int]] = (),
    annotations: Sequence[bytes] = (),
) -> Path:
    """Write a PDF of these pages, all of one size in points; every page is shown turned by `rotate` degrees.

    Bytes among the texts are operators of the content, as they are: paths, colours, clips; y counts from the bottom.
    `outline` has levels from 0, titles and pages from 0; `annotations` are dictionaries of the first page, form fields
    among them.
    """
    kids = b" ".join(b"%d 0 R" % number for number in range(FIRST_PAGE, FIRST_PAGE + 2 * len(pages), 2))
    after = FIRST_PAGE + 2 * len(pages)
    extra = [*(b"<< %s >>" % body for body in annotations), *_outline(outline, after + len(annotations))]
    numbers = b" ".join(b"%d 0 R" % (after + at) for at in range(len(annotations)))
    catalog = b"/AcroForm << /Fields [%s] >>" % numbers if annotations else b""
    catalog += b" /Outlines %d 0 R" % (after + len(annotations)) if outline else b""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
        *FONTS,
        CMAP,
        DESCRIPTOR,
    ]
    for number, texts in enumerate(pages):
        content = FIRST_PAGE + 2 * number + 1
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %g %g] /Rotate %d /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R /F2 4 0 R /F3 << /Type /Font /Subtype /Type1 "
            b"/BaseFont /Courier >> /F4 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >> >> >> "
            b"/Annots [%s] >>" % (*size, rotate, content, b"" if number else numbers)
        )
        shown = (item if isinstance(item, bytes) else _shown(item, size[1]) for item in texts)
        objects.append(b"\n".join(shown) or b" ")
    path.write_bytes(_file([*objects, *extra], password))
    return path


def _outline(entries: Sequence[tuple[int, str, int]], first: int) -> list[bytes]:
    """The objects of an outline, its root as object `first`, its entries behind."""
    if not entries:
        return []
    parents: list[int] = []
    for at, (level, _, _) in enumerate(entries):
        above = [before for before in range(at) if entries[before][0] == level - 1]
        parents.append(above[-1] if level and above else -1)
    objects = []
    for at in range(-1, len(entries)):
        children = [child for child, parent in enumerate(parents) if parent == at]
        body = b"/First %d 0 R /Last %d 0 R" % (first + 1 + children[0], first + 1 + children[-1]) if children else b""
        if at >= 0:
            same = [other for other, parent in enumerate(parents) if parent == parents[at]]
            follows = same.index(at) + 1
            body += b" /Next %d 0 R" % (first + 1 + same[follows]) if follows < len(same) else b""
            title, page = entries[at][1].encode("utf-16-be").hex().encode(), FIRST_PAGE + 2 * entries[at][2]
            body += b" /Title <FEFF%s> /Parent %d 0 R /Dest [%d 0 R /Fit]" % (title, first + 1 + parents[at], page)
        objects.append(b"<< %s >>" % body)
    return objects


def _shown(text: Text, height: float) -> bytes:
    hangul = any("가" <= char <= "힣" for char in text.text)
    words = text.text.split(" ") if text.gap is not None else [text.text]
    strings = [word.encode("utf-16-be") if hangul else word.encode("latin-1") for word in words]
    between = b" %g " % (-1000 * text.gap) if text.gap is not None else b" "
    shown = between.join(b"<" + string.hex().encode() + b">" for string in strings)
    place = b"/F%d %g Tf 1 0 0 1 %g %g Tm" % (text.font or 1 + hangul, text.size, text.x, height - text.y)
    return b"BT %s [%s] TJ ET" % (place, shown)


def _file(objects: list[bytes], password: str | None) -> bytes:
    key, encrypt = _security(password) if password is not None else (None, b"")
    out, offsets = [b"%PDF-1.4\n"], []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out[0]) if number == 1 else offsets[-1] + len(out[-1]))
        if not body.startswith(b"<<"):
            salt = number.to_bytes(3, "little") + b"\0\0"
            stream = _rc4(hashlib.md5(key + salt).digest()[: len(key) + 5], body) if key else body
            body = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)
        out.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = offsets[-1] + len(out[-1])
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out.append(b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table))
    extra = b" /Encrypt %s /ID [<00> <00>]" % encrypt if encrypt else b""
    out.append(b"trailer << /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, extra, start))
    return b"".join(out)


def _security(password: str) -> tuple[bytes, bytes]:
    """Key and dictionary of the standard handler, revision 2 (ISO 32000-1, 7.6.3)."""
    padded = (password.encode("latin-1") + PAD)[:32]
    owner = _rc4(hashlib.md5(padded).digest()[:5], padded)
    key = hashlib.md5(padded + owner + (-4).to_bytes(4, "little", signed=True) + b"\0").digest()[:5]
    names = (owner.hex().encode(), _rc4(key, PAD).hex().encode())
    return key, b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % names


def _rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def blocks_of(tmp_path: Path, items: list[Text | bytes]) -> list[LayoutBlock]:
    """The blocks that the text layer of a page with these items is laid out to."""
    from sokdok.layout.text_layer import analyse_layer

    return analyse_layer(layer_of(write_pdf(tmp_path / "a.pdf", [items])))[0]


def layer_of(path: Path, index: int = 0) -> TextLayer:
    from sokdok.pages.pdf import PdfFile

    file = PdfFile(path, "a")
    layer = file.layer(index)
    file.close()
    assert layer is not None
    return layer


def write_lying_pdf(path: Path, lines: Sequence[str], says: Mapping[str, str], honest: Sequence[str] = ()) -> Path:
    """Write a page of these lines, whose font says some characters for others that it shows; and lines in a font below
    that says what it shows.
    """
    shown = {chr(code): chr(code) for code in range(32, 127)} | dict(says)
    pairs = b" ".join(
        b"<%02X> <%s>" % (ord(char), said.encode("utf-16-be").hex().encode()) for char, said in shown.items()
    )
    cmap = (
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange "
        b"%d beginbfchar %s endbfchar endcmap end" % (len(shown), pairs)
    )
    texts = [(line, 1) for line in lines] + [(line, 4) for line in honest]
    content = b"\n".join(
        _shown(Text(60, 80 + 18 * row, line, 12, font=font), 842) for row, (line, font) in enumerate(texts)
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R "
        b"/F4 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >> >> >> >>",
        content,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
        cmap,
    ]
    path.write_bytes(_file(objects, None))
    return path
