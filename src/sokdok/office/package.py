"""Archives and XML from strangers: what they unpack to is bounded, and XML that defines entities is refused.

A zip's own list says how large each file becomes, and no more than that is unpacked, so a bomb is known before it goes
off. A document type declaration is all that entities, and files elsewhere, can come from.
"""

from __future__ import annotations

import posixpath
import tomllib
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote

from sokdok.errors import InputError
from sokdok.office.flow import Flow, OpenFile
from sokdok.reasons import say

MOST_FILES = 50_000  # in an archive
_UNDERSTOOD = frozenset(tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["understood"])
_SAFE = {"resolve_entities": False, "no_network": True, "remove_comments": True, "remove_pis": True}
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}"  # the same in files that are "Strict Open XML"


class PackageFile(OpenFile):
    """A document in an archive, open; InputError if it is none."""

    def __init__(self, path: Path | BinaryIO, source: str, most: int) -> None:
        super().__init__(source)
        self.package = self.holds = Package(path, source, most)

    def picture(self, reference: str) -> bytes:
        """A picture's file."""
        return super().picture(reference) if reference.startswith("data:") else self.package.read(reference)

    def say_embedded(self, name: str, flow: Flow) -> None:
        """Say what other programs put into a part (OLE): a picture of it may stand there, what it holds is not read."""
        names = [posixpath.basename(one) for one in self.package.related(name).values() if "/embeddings/" in one]
        flow.left_out(len(names), "embedded object", ", ".join(names))


class Package:
    """An open archive of XML and pictures; InputError if it is none, or unpacks to more than `most` bytes."""

    def __init__(self, path: Path | BinaryIO, source: str, most: int) -> None:
        self.source = source
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise InputError(f"{source} is damaged: it is no archive that can be opened ({error})") from None
        self._refuse_bombs(most)
        entries = {entry.filename.replace("\\", "/"): entry for entry in self._zip.infolist()}
        self.names = frozenset(entries)  # of all files in it
        self._entries = {name.lower(): entry for name, entry in entries.items()} | entries  # Office knows no case

    def __contains__(self, name: str) -> bool:
        return name in self._entries or name.lower() in self._entries

    def read(self, name: str) -> bytes:
        """A file's bytes. Raises InputError if it is not there or damaged."""
        with self._unpacking(name):
            return self._zip.read(self._entry(name))

    def xml(self, name: str) -> Any:
        """The root element of an XML file, of alternatives in it those that are understood. Raises InputError."""
        root = parse_xml(self.read(name), f"{self.source} ({name})")
        choose(root)
        return root

    def optional(self, name: str) -> Any:
        """The root element of an XML file; None where it is not there."""
        return self.xml(name) if name in self else None

    def elements(self, name: str, *tags: str) -> Iterator[Any]:
        """Elements of an XML file one by one, each gone when the next one comes. Raises InputError."""
        from lxml import etree

        wanted = [f"{{*}}{tag}" for tag in tags]
        with self._unpacking(name), self._zip.open(self._entry(name)) as file:
            for _, one in etree.iterparse(file, tag=wanted, **_SAFE):
                _refuse_entities(one, f"{self.source} ({name})")
                yield one
                one.clear()
                while one.getprevious() is not None:
                    del one.getparent()[0]

    def main_part(self) -> str:
        """The document, workbook or presentation of an Office Open XML file. Raises InputError where there is none."""
        if (name := self.of_type("", "officeDocument")) in self:
            return name
        raise InputError(f"{self.source} is damaged: it has no main part")

    def of_type(self, name: str, kind: str) -> str:
        """The first part that a part (or the file: "") is related to in a way, `slideLayout`; empty where none is."""
        return next((target for _, target, how in self._relations(name) if how == kind), "")

    def related(self, name: str) -> dict[str, str]:
        """What a part is related to, by ids: names of files in the archive, and addresses elsewhere."""
        return {key: target for key, target, _ in self._relations(name)}

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def _relations(self, name: str) -> Iterator[tuple[str, str, str]]:
        """Of each relation of a part its id, its target, and what it is."""
        folder, base = posixpath.split(name)
        rels = posixpath.join(folder, "_rels", f"{base}.rels")
        if rels not in self:
            return
        for entry in self.xml(rels):
            target = entry.get("Target", "")
            target = target if entry.get("TargetMode") == "External" else inside(folder, target)
            yield entry.get("Id", ""), target, entry.get("Type", "").rpartition("/")[2]

    def _entry(self, name: str) -> zipfile.ZipInfo:
        return self._entries[name if name in self._entries else name.lower()]

    @contextmanager
    def _unpacking(self, name: str) -> Iterator[None]:
        try:
            yield
        except (InputError, MemoryError):
            raise
        except Exception as error:  # zipfile's, zlib's, lzma's, lxml's
            raise InputError(f"{self.source} is damaged: {name} can't be unpacked ({error})") from None

    def _refuse_bombs(self, most: int) -> None:
        entries = self._zip.infolist()
        if len(entries) > MOST_FILES:
            raise InputError(f"{self.source} holds {len(entries):,} files, and at most {MOST_FILES:,} are unpacked")
        if sum(entry.file_size for entry in entries) > most:
            raise InputError(say("unpacks_large", file=self.source, most=most >> 20))
        if any(entry.flag_bits & 1 for entry in entries):
            raise InputError(say("office_encrypted", file=self.source))


def choose(root: Any) -> None:
    """Put for each `mc:AlternateContent` the first choice that is understood, or the fallback (ECMA-376, part 3, 7)."""
    for element, taken in [(one, _chosen(one)) for one in root.iter("{*}AlternateContent")]:  # moving changes `nsmap`
        if (parent := element.getparent()) is not None:
            place = parent.index(element)
            parent[place : place + 1] = list(taken)


def _chosen(alternatives: Any) -> Any:
    choices, rest = list(children(alternatives, "Choice")), child(alternatives, "Fallback")
    spaces = ((one, {one.nsmap.get(name) for name in one.get("Requires", "").split()}) for one in choices)
    known = (one for one, needed in spaces if needed <= _UNDERSTOOD)
    return next(known, rest if rest is not None else next(iter(choices), ()))


def inside(folder: str, target: str) -> str:
    """The name in an archive that a reference in `folder` means; no name that leads out of it."""
    path = unquote(target.partition("#")[0]).replace("\\", "/")
    return posixpath.normpath(path.lstrip("/") if path.startswith("/") else posixpath.join(folder, path))


def parse_xml(data: bytes, source: str) -> Any:
    """The root element of XML. Raises InputError for what is none, and for entities."""
    from lxml import etree

    try:
        root = etree.fromstring(data, etree.XMLParser(**_SAFE))
    except etree.XMLSyntaxError as error:
        # What else the parser says is advice to programmers, who may have it parse what is deeper.
        why = "its XML is nested deeper than any office program's" if "Excessive depth" in str(error) else error.msg
        raise InputError(f"{source} is damaged: {why}") from None
    _refuse_entities(root, source)
    return root


def _refuse_entities(root: Any, source: str) -> None:
    """Raise InputError for XML with a document type declaration, where entities are defined."""
    if root.getroottree().docinfo.doctype:
        raise InputError(f"{source} defines XML entities, which no office program writes: it is not opened")


def local(element: Any) -> str:
    """An element's name without its name space."""
    return str(element.tag).rpartition("}")[2]


def bare(element: Any) -> str:
    """The name of an element of markup without its name space, or the prefix that stands for one."""
    return local(element).rpartition(":")[2].lower() if isinstance(element.tag, str) else ""


def attribute(element: Any, name: str, default: str = "") -> str:
    """An attribute's value by its name, whatever its name space; the default where the element is None, too."""
    if element is None or (value := element.get(name)) is not None:
        return default if element is None else str(value)
    return next((str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), default)


def integer(element: Any, name: str = "val", default: int = 0, least: int = 0) -> int:
    """An attribute that is a number of at most nine digits; at least `least`, the default for what is none."""
    text = attribute(element, name)
    return max(int(text), least) if text.removeprefix("-").isdecimal() and len(text) < 10 else default


def relation(element: Any, name: str) -> str:
    """The id of a relation that an element names: `r:id`, `r:embed`; empty for none, and for no element."""
    return "" if element is None else str(element.get(f"{_RELATION}{name}") or element.get(f"{_STRICT}{name}", ""))


def child(element: Any, *names: str) -> Any:
    """The first child of a name, and so on down; None where there is none."""
    return element.find("/".join(f"{{*}}{name}" for name in names)) if element is not None else None


def children(element: Any, name: str) -> Iterator[Any]:
    """All children of a name; none of None."""
    return (one for one in element if local(one) == name) if element is not None else iter(())


def within(element: Any, dropped: Collection[str], *names: str) -> Iterator[Any]:
    """The outermost elements of some names below an element, however deep, but not in those that are `dropped`."""
    for one in element:
        if local(one) in names:
            yield one
        elif local(one) not in dropped:
            yield from within(one, dropped, *names)


def descendants(element: Any, name: str) -> Iterator[Any]:
    """All elements of a name below an element; none below none."""
    return (one for one in element.iter() if local(one) == name) if element is not None else iter(())
