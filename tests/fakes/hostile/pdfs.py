"""PDFs that a stranger might send: bombs of content and of structure, boxes and counts that lie, damage."""

import random
import struct
import zlib
from collections.abc import Callable

TEXT = b"BT /F 24 Tf 72 700 Td (Hello) Tj ET"
_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
_BOX = b"[0 0 612 792]"
_CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
_LEAF = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>"


def pdf(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A file of these objects, numbered from 1; the first is the catalog."""
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(out)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


def packed(data: bytes, entries: bytes = b"") -> bytes:
    return stream(zlib.compress(data, 9), b"/Filter /FlateDecode " + entries)


def one_page(
    content: bytes = TEXT,
    *,
    box: bytes = _BOX,
    body: bytes | None = None,
    resources: bytes = b"/Font << /F 5 0 R >>",
    entries: bytes = b"",
    more: tuple[bytes, ...] = (),
) -> bytes:
    """A file of one page; `body` is its content as an object, and `more` objects are numbered from 6."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox %s /Contents 4 0 R /Resources << %s >> %s >>"
    pages = b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"
    leaf = page % (box, resources, entries)
    return pdf([_CATALOG, pages, leaf, body or stream(content), _FONT, *more])


def pages_claimed(count: int) -> bytes:
    """A file with one page that says it has `count`."""
    return pdf([_CATALOG, b"<< /Type /Pages /Count %d /Kids [3 0 R] >>" % count, _LEAF])


def _form(content: bytes, inner: int | None) -> bytes:
    resources = b"/Resources << /XObject << /X %d 0 R >> >>" % inner if inner else b""
    return stream(content, b"/Type /XObject /Subtype /Form /BBox %s %s" % (_BOX, resources))


def nested_forms(levels: int, fan: int) -> bytes:
    """Each form draws the next `fan` times: a page of fan to the power of levels rectangles."""
    drawn = b"/X Do " * fan
    forms = [_form(drawn, 7 + level) for level in range(levels - 1)] + [_form(b"0 0 10 10 re f", None)]
    return one_page(drawn, resources=b"/XObject << /X 6 0 R >>", more=tuple(forms))


def form_in_itself() -> bytes:
    return one_page(b"/X Do /X Do", resources=b"/XObject << /X 6 0 R >>", more=(_form(b"/X Do /X Do", 6),))


def many_curves() -> bytes:
    return one_page(body=packed(b"0 0 m " + b"1 900 600 -900 612 792 c " * 200_000 + b" f"))


def many_glyphs() -> bytes:
    return one_page(body=packed(b"BT /F 6 Tf 10 700 Td " + b"(abcdefghijklmnopqrst) Tj " * 100_000 + b" ET"))


def many_lines() -> bytes:
    return one_page(body=packed(b"0 0 m 612 792 l S " * 2_000_000))


def flate_bomb(megabytes: int, layers: int = 1) -> bytes:
    """A content of so many megabytes of blanks, compressed `layers` times; only the checksum is wrong."""
    packer, blanks = zlib.compressobj(9), b" " * (1 << 20)
    first, following = (packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    data = first + following * (megabytes - 1) + packer.flush()
    for _ in range(layers - 1):
        data = zlib.compress(data, 9)
    filters = b"[" + b"/FlateDecode " * layers + b"]"
    return one_page(body=b"<< /Length %d /Filter %s >>\nstream\n%s\nendstream" % (len(data), filters, data))


def picture(entries: bytes, data: bytes) -> bytes:
    image = stream(data, b"/Type /XObject /Subtype /Image " + entries)
    return one_page(b"612 0 0 792 0 0 cm /I Do", resources=b"/XObject << /I 6 0 R >>", more=(image,))


def tree_in_itself() -> bytes:
    return pdf([_CATALOG, b"<< /Type /Pages /Count 5 /Kids [2 0 R 2 0 R] /Parent 2 0 R >>"])


def deep_tree(depth: int) -> bytes:
    inner = [b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % (number + 3) for number in range(depth)]
    return pdf([_CATALOG, *inner, b"<< /Type /Page /MediaBox [0 0 100 100] >>"])


def encrypted_nonsense() -> bytes:
    pages = b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"
    security = b"<< /Filter /Standard /V 5 /R 6 /Length 256 /O (x) /U (y) /P -1 >>"
    return pdf([_CATALOG, pages, _LEAF, security], b"/Encrypt 4 0 R")


def random_codec(seed: int) -> bytes:
    """A picture whose decoder is given noise."""
    noise = random.Random(seed)
    grey = b"/Width 9000 /Height 9000 /ColorSpace /DeviceGray /BitsPerComponent 1 "
    size = struct.pack(">IIIIIIII", 60_000, 60_000, 0, 0, 1 << (seed % 16), 1 << (seed % 16), 0, 0)
    kinds = (
        (grey + b"/Filter /JBIG2Decode", noise.randbytes(300)),
        (b"/Width 100 /Height 100 /Filter /JPXDecode", b"\xff\x4f\xff\x51\0\x2f\0\0" + size + noise.randbytes(300)),
        (grey + b"/Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns 9000 /Rows 9000 >>", noise.randbytes(2000)),
        (
            b"/Width 9000 /Height 9000 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode",
            bytes.fromhex("ffd8ffc00011082328232803011100021100031100") + noise.randbytes(300),
        ),
    )
    return picture(*kinds[seed % len(kinds)])


def damaged(good: bytes, seed: int) -> bytes:
    """A good file with bytes changed, cut off, left out, moved, or numbers made huge."""
    dice, data = random.Random(seed), bytearray(good)
    kind = seed % 5
    if kind == 0:
        for _ in range(dice.choice([1, 10, 200])):
            data[dice.randrange(len(data))] = dice.randrange(256)
    elif kind == 1:
        del data[dice.randrange(len(data)) :]
    elif kind == 2:
        start = dice.randrange(len(data))
        del data[start : start + dice.choice([10, 100, 1000])]
    elif kind == 3:
        start, other = sorted(dice.randrange(len(data)) for _ in range(2))
        data[start : start + 64] = data[other : other + 64]
    else:
        for digit in dice.choices([place for place, byte in enumerate(data) if chr(byte).isdigit()] or [0], k=8):
            data[digit] = ord(dice.choice("0123456789"))
    return bytes(data)


HANGING: dict[str, Callable[[], bytes]] = {
    "forms": lambda: nested_forms(9, 10),
    "form-in-itself": form_in_itself,
    "curves": many_curves,
    "lines": many_lines,
    "flate": lambda: flate_bomb(3000, 2),
}  # seconds or gigabytes each, whatever draws them
HOSTILE: dict[str, Callable[[], bytes]] = {
    "glyphs": many_glyphs,
    "million-pages": lambda: pages_claimed(1_048_574),
    "negative-pages": lambda: pages_claimed(-5),
    "pages-that-are-not-there": lambda: pages_claimed(15_000),
    "tree-in-itself": tree_in_itself,
    "deep-tree": lambda: deep_tree(5_000),
    "deep-arrays": lambda: one_page(b"[" * 50_000 + b"]" * 50_000),
    "encrypted": encrypted_nonsense,
    "header": lambda: b"%PDF-1.7\n",
    "xref-in-itself": lambda: (
        b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer << /Size 1 /Prev 9 /Root 1 0 R >>\nstartxref\n9\n%%EOF"
    ),
    "no-end": lambda: one_page()[:-200],
    "box-huge": lambda: one_page(box=b"[0 0 1e9 1e9]"),
    "box-wide": lambda: one_page(box=b"[0 0 1000000000 0.001]"),
    "box-nothing": lambda: one_page(box=b"[0 0 0 0]"),
    "box-no-number": lambda: one_page(box=b"[0 0 nan inf]"),
    "box-backward": lambda: one_page(box=b"[0 0 -612 -792]"),
    "unit-huge": lambda: one_page(entries=b"/UserUnit 75000"),
    "picture-huge": lambda: picture(
        b"/Width 200000 /Height 200000 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode",
        zlib.compress(bytes(1 << 20)),
    ),
    "picture-negative": lambda: picture(
        b"/Width -5 /Height 2147483647 /ColorSpace /DeviceGray /BitsPerComponent 1", bytes(100)
    ),
    "script": lambda: one_page(entries=b"/AA << /O << /S /JavaScript /JS (while(1){}) >> >>"),
    "also-a-web-page": lambda: b"<html><script>alert(1)</script>\n" + one_page(),
    "jbig2": lambda: random_codec(0),
    "jpx": lambda: random_codec(1),
    "ccitt": lambda: random_codec(2),
    "dct": lambda: random_codec(3),
}  # quick to open or to refuse, one of a kind each
