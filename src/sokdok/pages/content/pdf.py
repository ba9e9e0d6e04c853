"""The hash of what a PDF shows: everything that its pages refer to, whatever the numbers of objects are.

Fonts, pictures, fields and layers belong to that; document information, outlines and tags of structure do not. Streams
are unpacked, so that it does not matter how well they were packed.
"""

from __future__ import annotations

import hashlib
import zlib
from decimal import Decimal
from pathlib import Path
from typing import Any

MOST_VALUES = 50_000
"""numbers, names, strings, references: 0.2 s"""
MOST_BYTES = 256 << 20
"""of streams, unpacked: 1 s"""
MOST_DEPTH = 60
_CHUNK = 1 << 20
_OF_PAGE = frozenset({"/Parent", "/Metadata", "/PieceInfo", "/LastModified", "/StructParents", "/Thumb", "/Tabs"})
_OF_STREAM = frozenset(
    {"/Length", "/Filter", "/DecodeParms", "/Metadata", "/PieceInfo", "/LastModified", "/StructParent"}
    | {"/StructParents"}
)
_OF_ANNOTATION = frozenset({"/M", "/CreationDate", "/StructParent"})
_OF_ROOT = ("/AcroForm", "/OCProperties")
"""what the catalogue says of how pages are shown"""
_NOTHING: frozenset[str] = frozenset()


class Unsure(Exception):
    """Whether two such files show the same would be a guess."""


def pdf_content(path: Path) -> str:
    """A hash of what a PDF shows, in hex digits; empty where there is doubt, or nothing to open it by (pikepdf)."""
    try:
        import pikepdf
    except ImportError:
        return ""
    try:
        with pikepdf.open(path, suppress_warnings=True) as document:  # a page has then what it inherits
            digest = _Digest([page.obj for page in document.pages])
            for key in _OF_ROOT:
                digest.take(document.Root.get(key), 0)
            if document.get_warnings():  # damaged: whoever shows it may make something else of it
                return ""
            return digest.hexdigest()
    except Exception:  # whatever a damaged file makes it raise
        return ""


class _Digest:
    """Takes values one after the other; each object behind a reference is taken where it is met first."""

    def __init__(self, pages: list[Any]) -> None:
        self._hash = hashlib.sha256(b"what a PDF shows, 1")
        self._values = self._bytes = 0
        self._numbers: dict[tuple[int, int], int] = {}
        """of objects, in the order in which they are met"""
        self._pages = {page.objgen: number for number, page in enumerate(pages)}
        for page in pages:
            self._dictionary(page, 0, _OF_PAGE)

    def hexdigest(self) -> str:
        """The hash of all that was taken."""
        return self._hash.hexdigest()

    def take(self, value: Any, depth: int) -> None:
        """Take a value and what it refers to. Raises Unsure."""
        import pikepdf

        if depth > MOST_DEPTH:
            raise Unsure
        if not isinstance(value, pikepdf.Object):
            self._say(b"v", _plain(value))
        elif self._is_known(value):
            return
        elif isinstance(value, pikepdf.Stream):
            self._stream(value, depth)
        elif isinstance(value, pikepdf.Dictionary):
            self._dictionary(value, depth, _OF_ANNOTATION if "/Rect" in value else _NOTHING)
        elif isinstance(value, pikepdf.Array):
            self._say(b"a", b"%d" % len(value))
            for item in value:
                self.take(item, depth + 1)
        elif isinstance(value, pikepdf.Name):
            self._say(b"n", str(value).encode("utf-8", "surrogateescape"))
        elif isinstance(value, pikepdf.String):
            self._say(b"s", bytes(value))
        else:
            raise Unsure

    def _is_known(self, value: Any) -> bool:
        """Whether a value is a page, or behind a reference and taken already: then its number says it."""
        if not value.is_indirect:
            return False
        if (page := self._pages.get(value.objgen)) is not None:
            self._say(b"p", b"%d" % page)
            return True
        number = self._numbers.get(value.objgen)
        self._numbers.setdefault(value.objgen, len(self._numbers))
        if number is not None:
            self._say(b"r", b"%d" % number)
        return number is not None

    def _dictionary(self, value: Any, depth: int, without: frozenset[str]) -> None:
        keys = sorted(set(value.keys()) - without)
        self._say(b"d", b"%d" % len(keys))
        for key in keys:
            self._say(b"k", key.encode("utf-8", "surrogateescape"))
            self.take(value[key], depth + 1)

    def _stream(self, value: Any, depth: int) -> None:
        import pikepdf

        self._dictionary(value, depth, _OF_STREAM)
        filters, parameters = value.get("/Filter"), value.get("/DecodeParms")
        names = [str(name) for name in filters] if isinstance(filters, pikepdf.Array) else [str(filters or "")]
        data = value.read_raw_bytes()
        if names[0] == "/FlateDecode" and parameters is None:
            names = names[1:] or [""]
            data_hash = self._unpacked(data)
        else:
            self._count(len(data))
            data_hash = hashlib.sha256(data).digest()
        self._say(b"f", " ".join(names).encode())
        self.take(parameters, depth + 1)
        self._say(b"b", data_hash)

    def _unpacked(self, data: bytes) -> bytes:
        """The hash of what a stream unpacks to."""
        unpacking, digest = zlib.decompressobj(), hashlib.sha256()
        while data and not unpacking.eof:
            part = unpacking.decompress(data, _CHUNK)
            self._count(len(part))
            digest.update(part)
            data = unpacking.unconsumed_tail
        if not unpacking.eof:  # cut off
            raise Unsure
        return digest.digest()

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes > MOST_BYTES:
            raise Unsure

    def _say(self, kind: bytes, data: bytes) -> None:
        self._values += 1
        if self._values > MOST_VALUES:
            raise Unsure
        self._hash.update(b"%s%d:%s" % (kind, len(data), data))


def _plain(value: Any) -> bytes:
    """A number, a truth value or nothing."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        value = Decimal(value).normalize()
    elif not (value is None or isinstance(value, bool)):
        raise Unsure
    return str(value).encode()
