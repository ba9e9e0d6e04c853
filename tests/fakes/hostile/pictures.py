"""Picture files that claim more than they hold, hold more than they claim, or break off."""

import io
import struct
import zlib
from collections.abc import Callable

from PIL import Image


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *, colours: int = 0, bits: int = 8, data: bytes = b"", more: bytes = b"") -> bytes:
    """A PNG of this size and colour type (0 grey, 2 RGB, 6 RGB and alpha), whatever is in it; `data` is compressed."""
    head = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def zeros(count: int) -> bytes:
    packer, block = zlib.compressobj(1), bytes(1 << 20)
    parts = [packer.compress(block) for _ in range(count >> 20)]
    return b"".join([*parts, packer.compress(bytes(count & ((1 << 20) - 1))), packer.flush()])


def black(width: int, height: int, channels: int = 1, bits: int = 8) -> bytes:
    """A PNG as black as it is large: a thousandth of its pixels in bytes."""
    colours = {1: 0, 3: 2, 4: 6}[channels]
    return png(width, height, colours=colours, bits=bits, data=zeros((width * channels * bits // 8 + 1) * height))


def saved(kind: str, size: tuple[int, int] = (60, 40)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "white").save(file, kind)
    return file.getvalue()


def tiff_in_itself() -> bytes:
    """Its directory is followed by itself."""
    return b"II*\0\x08\0\0\0" + struct.pack("<HHHIII", 1, 256, 4, 1, 10, 8)


def tiff_of_many(count: int) -> bytes:
    """So many directories, each of a page without pixels."""
    parts, size = [b"II*\0" + struct.pack("<I", 8)], 2 + 5 * 12 + 4
    for number in range(count):
        following = 8 + (number + 1) * size if number < count - 1 else 0
        entries = ((256, 8), (257, 8), (258, 8), (262, 1), (273, 8))
        parts.append(struct.pack("<H", 5))
        parts += [struct.pack("<HHII", tag, 4 if tag in (256, 257, 273) else 3, 1, value) for tag, value in entries]
        parts.append(struct.pack("<I", following))
    return b"".join(parts)


def gif_of_many(count: int) -> bytes:
    frame = b",\0\0\0\0\x08\0\x08\0\0\x02\x07\x84\x8f\xa9\xcb\xed]\0"
    return b"GIF89a\x08\0\x08\0\x80\0\0\0\0\0\xff\xff\xff" + frame * count + b";"


PICTURES: dict[str, Callable[[], bytes]] = {
    "hair.png": lambda: png(1, 119_000_000, bits=1, data=zeros(1000)),
    "thread.png": lambda: png(119_000_000, 1, bits=1, data=zeros(119_000_000 // 8)),
    "claims-400.png": lambda: png(20_000, 20_000, colours=2, data=zeros(1000)),
    "claims-all.png": lambda: png(2**31 - 1, 2**31 - 1, colours=2, data=zeros(1000)),
    "no-width.png": lambda: png(0, 10),
    "empty.png": lambda: png(8, 8),
    "text-bomb.png": lambda: png(8, 8, data=zeros(72), more=chunk(b"zTXt", b"sokdok\0\0" + zeros(64 << 20))),
    "profile-bomb.png": lambda: png(8, 8, colours=2, data=zeros(200), more=chunk(b"iCCP", b"x\0\0" + zeros(64 << 20))),
    "cut.png": lambda: saved("PNG")[:-30],
    "cut.jpg": lambda: saved("JPEG")[:300],
    "cut.webp": lambda: saved("WEBP")[:40],
    "in-itself.tif": tiff_in_itself,
    "many.tif": lambda: tiff_of_many(300),
    "many.gif": lambda: gif_of_many(20_000),
    "nothing.png": lambda: b"",
    "signature.png": lambda: b"\x89PNG\r\n\x1a\n",
    "archive.png": lambda: b"PK\x03\x04" + bytes(100),
    "drawing.svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
}
