"""Footnotes of a Word file: a part of its own, which python-docx has not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from sokdok.documents.write.docx.xml import element

MARK = re.compile(r"\s*(?:\[\^?)?[(\[]?(?P<mark>\d{1,3}|[*†‡§]{1,3}|[a-z](?=[\]).]))[\])]?[.:]?\s*")
"""what a footnote begins with"""
_NAMESPACES = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_EMPTY = (
    f'<w:footnotes {_NAMESPACES}><w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p>'
    '</w:footnote><w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/></w:r>'
    "</w:p></w:footnote></w:footnotes>"
)


class Footnotes:
    """The footnotes of a document; the part is made with the first one."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._element: Any = None
        self._count = 0

    def add(self, runs: Iterable[Any]) -> Any:
        """Keep a footnote; the run that calls it."""
        if self._element is None:
            self._element = self._part()
        self._count += 1
        mark = element("r", _raised(), element("footnoteRef"))
        self._element.append(element("footnote", element("p", mark, *runs), id=self._count))
        return element("r", _raised(), element("footnoteReference", id=self._count))

    def _part(self) -> Any:
        from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
        from docx.opc.packuri import PackURI
        from docx.opc.part import XmlPart
        from docx.oxml import parse_xml

        package = self._document.part.package
        root = parse_xml(_EMPTY)
        part = XmlPart(PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES, root, package)
        self._document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
        return root


def _raised() -> Any:
    return element("rPr", element("vertAlign", val="superscript"))


def called(text: str, notes: dict[str, Callable[[], Any]]) -> list[str | Any]:
    """A text cut at the places that call one of the notes, by mark; each note is called at its first place only."""
    parts: list[str | Any] = []
    start = 0
    for match in _CALL.finditer(text):
        mark = match[1] or match[2]
        if mark in notes:
            parts += [text[start : match.start()], notes.pop(mark)()]
            start = match.end()
    return [*parts, text[start:]]


_CALL = re.compile(r"<sup>[\[(]?(\d{1,3}|[*†‡§]{1,3}|[a-z])[\])]?</sup>|\[\^(\d{1,3}|[a-z])\]", re.IGNORECASE)
"""what calls a footnote in running text"""
