"""Archives and XML from strangers: what they unpack to is bounded, and XML that defines entities is refused.

A zip's own list says how large each file becomes, and no more than that is unpacked, so a bomb is known before it goes
off. A document type declaration is all that entities, and files elsewhere, can come from.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote
from xml.parsers import expat

from sokdok.errors import InputError, MissingExtraError
from sokdok.reasons import say

MOST_FILES = 50_000  # in an archive
_OFFICE = "http://schemas.microsoft.com/office/"
UNDERSTOOD = {
    f"{_OFFICE}{name}"
    for name in (
        "word/2010/wordprocessingShape", "word/2010/wordprocessingGroup", "word/2010/wordprocessingCanvas",
        "word/2010/wordprocessingDrawing", "word/2010/wordml", "word/2012/wordml", "drawing/2010/main",
        "drawing/2014/chartex", "drawing/2015/9/8/chartex", "drawing/2015/10/21/chartex", "drawing/2016/5/12/chartex",
    )
}  # fmt: skip
"""name spaces of later programs whose elements are read"""
_CHUNK = 1 << 16
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


@contextmanager
def opening(source: str, what: str) -> Iterator[None]:
    """Say in one line why a library can't open a file: it is missing, or raises whatever a damaged file makes it."""
    try:
        yield
    except ModuleNotFoundError:
        raise MissingExtraError("office", f"opening {what}s") from None
    except MemoryError:
        raise
    except Exception as error:
        raise InputError(f"{source} is no {what} that can be opened ({error})") from None


class Package:
    """An open archive of XML and pictures; InputError if it is none, or unpacks to more than `most` bytes."""

    def __init__(self, path: Path | BinaryIO, source: str, most: int) -> None:
        self.source = source
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise InputError(f"{source} is damaged: it is no archive that can be opened ({error})") from None
        self._refuse_bombs(most)
        self._sizes = {entry.filename: entry.file_size for entry in self._zip.infolist()}

    def __contains__(self, name: str) -> bool:
        return name in self._sizes

    @property
    def names(self) -> list[str]:
        """All files in it."""
        return list(self._sizes)

    def read(self, name: str) -> bytes:
        """A file's bytes. Raises InputError if it is not there or damaged."""
        try:
            return self._zip.read(name)
        except Exception as error:  # zipfile's, zlib's, lzma's
            raise InputError(f"{self.source} is damaged: {name} can't be unpacked ({error})") from None

    def chunks(self, name: str) -> Iterator[bytes]:
        """A file's bytes, a piece at a time. Raises InputError where it is damaged."""
        try:
            with self._zip.open(name) as file:
                while chunk := file.read(_CHUNK):
                    yield chunk
        except MemoryError:
            raise
        except Exception as error:  # zipfile's, zlib's, lzma's
            raise InputError(f"{self.source} is damaged: {name} can't be unpacked ({error})") from None

    def xml(self, name: str) -> Any:
        """The root element of an XML file, of alternatives in it those that are understood. Raises InputError."""
        root = parse_xml(self.read(name), f"{self.source} ({name})")
        choose(root)
        return root

    def check_xml(self) -> None:
        """Refuse entities in all XML files, for a library that parses them itself."""
        for name in self._sizes:
            if name.lower().endswith((".xml", ".rels", ".vml")):
                refuse_entities(self.chunks(name), f"{self.source} ({name})")

    def related(self, name: str) -> dict[str, str]:
        """Targets of an Office Open XML part's relations inside the archive, by their ids."""
        return {key: target for key, target, external in self._relations(name) if not external}

    def links(self, name: str) -> dict[str, str]:
        """Addresses that a part leads to, by their ids."""
        return {key: target for key, target, external in self._relations(name) if external}

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def _relations(self, name: str) -> Iterator[tuple[str, str, bool]]:
        folder, base = posixpath.split(name)
        rels = posixpath.join(folder, "_rels", f"{base}.rels")
        if rels not in self:
            return
        for entry in self.xml(rels):
            target, external = entry.get("Target", ""), entry.get("TargetMode") == "External"
            yield entry.get("Id", ""), target if external else inside(folder, target), external

    def _refuse_bombs(self, most: int) -> None:
        entries = self._zip.infolist()
        if len(entries) > MOST_FILES:
            raise InputError(f"{self.source} holds {len(entries):,} files, and at most {MOST_FILES:,} are unpacked")
        if sum(entry.file_size for entry in entries) > most:
            raise InputError(say("unpacks_large", file=self.source, most=most >> 20))
        if any(entry.flag_bits & 1 for entry in entries):
            raise InputError(say("office_encrypted", file=self.source))


def choose(root: Any) -> None:
    """Put one branch in the place of each `mc:AlternateContent`: the first choice that is understood, or the fallback.

    Standard: ECMA-376, part 3, chapter 7.
    """
    for element, taken in [(one, _chosen(one)) for one in root.iter("{*}AlternateContent")]:  # moving changes `nsmap`
        parent = element.getparent()
        if parent is not None:
            place = parent.index(element)
            parent[place : place + 1] = list(taken)


def _chosen(alternatives: Any) -> Any:
    choices, rest = list(children(alternatives, "Choice")), child(alternatives, "Fallback")
    known = (one for one in choices if set(map(one.nsmap.get, one.get("Requires", "").split())) <= UNDERSTOOD)
    return next(known, rest if rest is not None else next(iter(choices), ()))


def inside(folder: str, target: str) -> str:
    """The name in an archive that a reference in `folder` means; no name that leads out of it."""
    path = unquote(target.partition("#")[0])
    return posixpath.normpath(path.lstrip("/") if path.startswith("/") else posixpath.join(folder, path))


def parse_xml(data: bytes, source: str) -> Any:
    """The root element of XML. Raises InputError for what is none, and for entities."""
    refuse_entities((data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK)), source)
    etree = lxml_etree()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        # What else the parser says is advice to programmers, who may have it parse what is deeper.
        why = "its XML is nested deeper than any office program's" if "Excessive depth" in str(error) else error.msg
        raise InputError(f"{source} is damaged: {why}") from None


def lxml_etree() -> Any:
    """lxml.etree. Raises MissingExtraError without it."""
    try:
        from lxml import etree
    except ModuleNotFoundError:
        raise MissingExtraError("office", "opening office documents") from None
    return etree


def refuse_entities(chunks: Iterable[bytes], source: str) -> None:
    """Raise InputError for XML with a document type declaration, where entities are defined; its beginning is read."""
    parser = expat.ParserCreate()
    found: list[str] = []

    def declared(*_: Any) -> None:
        found.append("declaration")
        raise _Stop

    def begun(*_: Any) -> None:
        raise _Stop

    parser.StartDoctypeDeclHandler = declared
    parser.StartElementHandler = begun
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
    except _Stop:
        pass
    except expat.ExpatError:
        return  # no XML: its parser says so
    if found:
        raise InputError(f"{source} defines XML entities, which no office program writes: it is not opened")


class _Stop(Exception):
    """The first element, or a declaration before it, was seen."""


def local(element: Any) -> str:
    """An element's name without its name space."""
    return str(element.tag).rpartition("}")[2]


def attribute(element: Any, name: str, default: str = "") -> str:
    """An attribute's value by its name, whatever its name space."""
    value = element.get(name)
    if value is not None:
        return str(value)
    return next((str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), default)


def relation(element: Any, name: str) -> str:
    """The id of a relation that an element names: `r:id`, `r:embed`."""
    return str(element.get(f"{_RELATION}{name}", ""))


def child(element: Any, *names: str) -> Any:
    """The first child of a name, and so on down; None where there is none."""
    for name in names:
        element = next((one for one in element if local(one) == name), None) if element is not None else None
    return element


def children(element: Any, name: str) -> Iterator[Any]:
    """All children of a name."""
    return (one for one in element if local(one) == name)


def descendants(element: Any, name: str) -> Iterator[Any]:
    """All elements of a name below an element; none below none."""
    return (one for one in element.iter() if local(one) == name) if element is not None else iter(())
