"""Text within a paragraph as runs: bold, italic, above and below the line, code, links, line breaks."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

from sokdok.documents.write.docx.xml import element
from sokdok.documents.write.html import inline_html
from sokdok.tables.markup import writable

_PIECE = re.compile(r"<(?P<end>/?)(?P<tag>[a-z]+)(?: href=\"(?P<href>[^\"]*)\"[^>]*)?>|(?P<text>[^<]+)")
_PROPERTIES: dict[str, Callable[[], Any]] = {
    "b": lambda: element("b"),
    "i": lambda: element("i"),
    "sup": lambda: element("vertAlign", val="superscript"),
    "sub": lambda: element("vertAlign", val="subscript"),
    "code": lambda: element("rFonts", ascii="Consolas", hAnsi="Consolas", cs="Consolas"),
    "a": lambda: element("u", val="single"),
}
_ORDER = ("code", "b", "i", "a", "sup", "sub")  # of properties in a run, as the schema wants them
_LINES = re.compile(r"([\n\t])")


def runs(text: str, link: Callable[[str], str] | None = None, plain: bool = False) -> Iterator[Any]:
    """Running text as elements of a paragraph; `link` gives the relationship of an address, `plain` is a block's."""
    opened: list[str] = []
    target: Any = None
    for piece in _PIECE.finditer(inline_html(text, plain)):
        if piece["text"]:
            made = run(html.unescape(piece["text"]), opened)
            if target is None:
                yield made
            else:
                target.append(made)
        elif piece["tag"] == "br":
            yield run("\n", opened)
        elif piece["end"]:
            if piece["tag"] in opened:
                opened.reverse()
                opened.remove(piece["tag"])
                opened.reverse()
            if piece["tag"] == "a" and target is not None:
                yield target
                target = None
        else:
            opened.append(piece["tag"])
            if piece["href"] and link is not None:
                target = _link(link(html.unescape(piece["href"])))
    if target is not None:
        yield target


def run(text: str, tags: list[str] | tuple[str, ...] = ()) -> Any:
    """A run of plain text, set as tags of HTML say; line ends and tabs are kept."""
    made = element("r")
    properties = [_PROPERTIES[tag]() for tag in _ORDER if tag in tags]
    if properties:
        made.append(element("rPr", *properties))
    for piece in _LINES.split(writable(text)):
        if piece == "\n":
            made.append(element("br"))
        elif piece == "\t":
            made.append(element("tab"))
        elif piece:
            words = element("t")
            words.text = piece
            words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            made.append(words)
    return made


def _link(relationship: str) -> Any:
    made = element("hyperlink")
    made.set("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id", relationship)
    return made
