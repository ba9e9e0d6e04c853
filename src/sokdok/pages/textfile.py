"""Text files in, exactly: no newline changed, no character dropped, and binary data refused.

A file counts as binary if it begins with the magic number of a well-known format, or if one of its first 8,192 bytes
is NUL and it is neither UTF-16 nor UTF-32. With `errors="replace"` NUL is taken for text.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import NamedTuple

from sokdok.errors import InputError, SokdokWarning
from sokdok.files import printable, read_file
from sokdok.files.encoding import UTF_16, decode, detect, has_mark
from sokdok.reasons import say

_HEAD = 8192


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
    Kind(b"II+\0", "a TIFF image", image=True),
    Kind(b"MM\0+", "a TIFF image", image=True),
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
_BMP = Kind(b"BM", "a BMP image", image=True)
_BMP_HEADS = (12, 40, 52, 56, 64, 108, 124)  # bytes of what follows its first 14


def kind_of(head: bytes) -> Kind | None:
    """The well-known binary format that `head`, a file's first bytes, begins with."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _WEBP
    if head[:2] == b"BM" and head[6:10] == bytes(4) and int.from_bytes(head[14:18], "little") in _BMP_HEADS:
        return _BMP
    return next((kind for kind in KINDS if head.startswith(kind.magic)), None)


def looks_binary(head: bytes) -> bool:
    """Whether `head`, a file's first bytes, is no text by the rule in the module's docstring."""
    if kind_of(head) is not None:
        return True
    head = head[:_HEAD]  # of even length, if the file goes on behind it
    return b"\0" in head and not has_mark(head) and detect(head) not in UTF_16


def read_text(file: Path | bytes, errors: str = "strict", encoding: str | None = None) -> str:
    """The text of a file, or of the bytes of standard input; its encoding is found out unless it is named.

    `errors` is `strict`, or `replace` to put U+FFFD where bytes are no text. An encoding that was guessed is a
    SokdokWarning. Raises InputError for what is no text, and for a file of more than `files.MAX_BYTES`.
    """
    source = "standard input" if isinstance(file, bytes) else printable(file)
    data = file if isinstance(file, bytes) else read_file(file)
    _refuse_binary(data[:_HEAD], source, errors, encoding)
    decoded = decode(data, source, encoding, errors)
    if not decoded.text:
        raise InputError(f"{source} is empty: there is no text to draw")
    if decoded.guessed:
        remark = f"{source} is read as {decoded.encoding.upper()}; if it is another encoding, name it with --encoding"
        warnings.warn(SokdokWarning(remark), stacklevel=2)
    return decoded.text


def _refuse_binary(head: bytes, source: str, errors: str, encoding: str | None) -> None:
    kind = kind_of(head)
    if kind is not None:
        hint = f"; read it with: sokdok read {source}" if kind.image or kind.magic == b"%PDF-" else ""
        raise InputError(say("binary", file=source, why=kind.name) + hint)
    if errors == "strict" and encoding is None and looks_binary(head):
        nul = f"byte {head.index(0):,} is NUL"
        raise InputError(f"{source} looks like a binary file: {nul}; if it is text all the same, use --errors replace")
