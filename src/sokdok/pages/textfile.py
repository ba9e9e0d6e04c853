"""Text files in, exactly: no newline changed, no character dropped, and binary data refused.

A file counts as binary if it begins with the magic number of a well-known format, or if one of its first 8,192 bytes
is NUL and no byte order mark says that it is UTF-16 or UTF-32. With `errors="replace"` NUL is taken for text.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import NamedTuple

from sokdok.errors import InputError
from sokdok.files import printable, read_file

_HEAD = 8192

_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)


class Kind(NamedTuple):
    """A file format that its first bytes give away."""

    magic: bytes
    name: str
    image: bool = False


KINDS = (
    Kind(b"%PDF-", "a PDF"),
    Kind(b"\x89PNG\r\n\x1a\n", "a PNG image", image=True),
    Kind(b"\xff\xd8\xff", "a JPEG image", image=True),
    Kind(b"II*\0", "a TIFF image", image=True),
    Kind(b"MM\0*", "a TIFF image", image=True),
    Kind(b"GIF87a", "a GIF image", image=True),
    Kind(b"GIF89a", "a GIF image", image=True),
    Kind(b"PK\x03\x04", "a zip archive or an office document"),
    Kind(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document (doc, xls, hwp)"),
    Kind(b"\x1f\x8b", "gzip data"),
    Kind(b"BZh", "bzip2 data"),
    Kind(b"\xfd7zXZ\0", "xz data"),
    Kind(b"\x28\xb5\x2f\xfd", "zstd data"),
    Kind(b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    Kind(b"\x7fELF", "a program"),
    Kind(b"SQLite format 3\0", "an SQLite database"),
)
_WEBP = Kind(b"RIFF", "a WebP image", image=True)


def kind_of(head: bytes) -> Kind | None:
    """The well-known binary format that `head`, a file's first bytes, begins with."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _WEBP
    return next((kind for kind in KINDS if head.startswith(kind.magic)), None)


def looks_binary(head: bytes) -> bool:
    """Whether `head`, a file's first bytes, is no text by the rule in the module's docstring."""
    marked = any(head.startswith(bom) for bom, _ in _BOMS)
    return kind_of(head) is not None or (b"\0" in head[:_HEAD] and not marked)


def read_text(file: Path | bytes, errors: str = "strict") -> str:
    """The text of a file, or of the bytes of standard input: UTF-8, or UTF-16/32 with a byte order mark.

    `errors` is `strict`, or `replace` to put U+FFFD where bytes are no text. Raises InputError for what is no text,
    and for a file of more than `files.MAX_BYTES`.
    """
    if errors not in ("strict", "replace"):
        raise InputError(f"unknown way to treat bad bytes: {errors!r}; choose strict or replace")
    if isinstance(file, bytes):
        return _decode(file, "standard input", errors)
    return _decode(read_file(file), printable(file), errors)


def _decode(data: bytes, source: str, errors: str) -> str:
    _refuse_binary(data[:_HEAD], source, errors)
    bom, encoding = next(((bom, name) for bom, name in _BOMS if data.startswith(bom)), (b"", "utf-8"))
    try:
        text = data[len(bom) :].decode(encoding, errors)
    except UnicodeDecodeError as error:
        offset = len(bom) + error.start
        raise InputError(
            f"{source} is not valid {encoding.upper()} at byte {offset:,} (0x{data[offset]:02x}); "
            "--errors replace goes on with U+FFFD in its place"
        ) from None
    if not text:
        raise InputError(f"{source} is empty: there is no text to draw")
    return text


def _refuse_binary(head: bytes, source: str, errors: str) -> None:
    kind = kind_of(head)
    if kind is not None:
        hint = f"; read it with: sokdok read {source}" if kind.image or kind.magic == b"%PDF-" else ""
        raise InputError(f"{source} looks like a binary file: {kind.name}, not text{hint}")
    if errors == "strict" and looks_binary(head):
        nul = f"byte {head.index(0):,} is NUL"
        raise InputError(f"{source} looks like a binary file: {nul}; if it is text all the same, use --errors replace")
