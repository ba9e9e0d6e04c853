"""Books (.epub): a page a chapter, in the order of the spine. Pictures come from the book itself; nothing is fetched.

Standard: EPUB 3.3 (and 2): `META-INF/container.xml` names the package, whose spine names the chapters.
"""

from __future__ import annotations

import posixpath
from pathlib import Path

from sokdok.errors import InputError
from sokdok.files.text import decode
from sokdok.office.flow import Flow, Part
from sokdok.office.html import data_of, read_html
from sokdok.office.package import Package, attribute, child, children, descendants, inside

_PAGES = {"application/xhtml+xml", "text/html", "application/x-dtbook+xml", "image/svg+xml"}


class EpubFile:
    """An open book; InputError if it is none, or locked."""

    remark = ""

    def __init__(self, path: Path, source: str, most: int) -> None:
        self.source = source
        self.package = Package(path, source, most)
        if "META-INF/rights.xml" in self.package or "META-INF/license.lcpl" in self.package:
            raise InputError(f"{source} is locked by its publisher (DRM): it can't be opened")
        self.chapters = self._spine()

    def __len__(self) -> int:
        return len(self.chapters)

    def part(self, index: int) -> Part:
        """A chapter."""
        flow, name = Flow(), self.chapters[index]
        where = f"{self.source} ({name})"
        text = decode(self.package.read(name), where, errors="replace").text
        read_html(text, where, flow, lambda at: self._reference(name, at), lambda at: self._sheet(name, at))
        return flow.part()

    def _sheet(self, chapter: str, address: str) -> str | None:
        name = self._reference(chapter, address)
        return decode(self.package.read(name), name, errors="replace").text if name and name in self.package else None

    def picture(self, reference: str) -> bytes:
        """A picture's file."""
        return data_of(reference, self.source) if reference.startswith("data:") else self.package.read(reference)

    def close(self) -> None:
        """Close the file."""
        self.package.close()

    def _reference(self, chapter: str, address: str) -> str | None:
        if address.startswith("data:"):
            return address
        name = inside(posixpath.dirname(chapter), address)
        return name if "://" not in address and name in self.package else None

    def _spine(self) -> list[str]:
        root = self.package.xml("META-INF/container.xml")
        name = next((attribute(one, "full-path") for one in descendants(root, "rootfile")), "")
        if name not in self.package:
            raise InputError(f"{self.source} is damaged: it names no package of a book")
        package = self.package.xml(name)
        manifest, spine = child(package, "manifest"), child(package, "spine")
        if manifest is None or spine is None:
            raise InputError(f"{self.source} is damaged: it has no list of chapters")
        files = {
            attribute(one, "id"): inside(posixpath.dirname(name), attribute(one, "href"))
            for one in children(manifest, "item")
            if attribute(one, "media-type") in _PAGES
        }
        names = [files.get(attribute(one, "idref"), "") for one in children(spine, "itemref")]
        if not any(one in self.package for one in names):
            raise InputError(f"{self.source} is a book without chapters")
        return list(dict.fromkeys(filter(None, names)))  # one that is missing is a page that failed
