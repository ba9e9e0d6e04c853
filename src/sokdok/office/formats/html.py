"""Web pages (.html, .xhtml) and chapters of books: headings, paragraphs, lists, tables, code, pictures, links, notes.

- Scripts, styles, forms' controls, navigation bars, templates and what is hidden are left out. Nothing is fetched: a
  picture is kept if it stands in the page itself (`data:`), or in the book that the page is from.
- lxml (libxml2) mends what is badly nested, as browsers do for the most part.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from sokdok.errors import InputError
from sokdok.office.flow import Flow, Part, link
from sokdok.office.package import lxml_etree
from sokdok.tables.markup import MAX_SPAN, RawCell

_DROPPED = {"script", "style", "noscript", "template", "head", "svg", "nav", "select", "button", "input", "textarea"}
_DROPPED |= {"iframe", "object", "audio", "video", "canvas", "dialog"}
_BLOCKS = {
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
}
_BLOCKS |= {"figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li"}
_BLOCKS |= {"main", "menu", "ol", "p", "pre", "section", "summary", "table", "ul", "caption", "title"}
_SPACE = re.compile(r"[ \t\r\n\f]+")
_DATA = re.compile(r"data:image/[\w.+-]+(?P<base64>;base64)?,", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LANGUAGE = re.compile(r"(?:lang(?:uage)?|highlight|brush)[-:\s]+([\w+#-]{1,20})")
MOST_DEEP = 200
"""elements in elements; libxml2 itself stops a little later"""

Picture = Callable[[str], str | None]
"""from an address in a page to a reference that its file can open; None for what is elsewhere"""


class HtmlFile:
    """A page of the web in a file; `text` is what it says, decoded."""

    remark = ""

    def __init__(self, text: str, source: str) -> None:
        self.text, self.source = text, source
        self._pictures: list[str] = []

    def __len__(self) -> int:
        return 1

    def part(self, index: int) -> Part:
        """All of it."""
        flow = Flow()
        self._pictures = []
        read_html(self.text, self.source, flow, self._reference)
        return flow.part()

    def picture(self, reference: str) -> bytes:
        """A picture that stands in the page."""
        return data_of(self._pictures[int(reference)], self.source)

    def close(self) -> None:
        """Nothing is open."""

    def _reference(self, address: str) -> str | None:
        if not _DATA.match(address):
            return None
        self._pictures.append(address)
        return str(len(self._pictures) - 1)


def data_of(address: str, source: str) -> bytes:
    """The bytes in a `data:` address. Raises InputError for what is none."""
    match = _DATA.match(address)
    body = address[match.end() :] if match else ""
    try:
        return base64.b64decode(body) if match and match["base64"] else unquote_to_bytes(body)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"{source}: a picture in it is damaged ({error})") from None


def read_html(text: str, source: str, flow: Flow, picture: Picture) -> None:
    """Tell a page's content to a flow."""
    etree = lxml_etree()
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    data = text.encode("utf-8", "replace")
    try:
        root = etree.fromstring(data, parser) if data.strip() else None
    except etree.XMLSyntaxError as error:
        raise InputError(f"{source} is damaged: {error}") from None
    if root is not None:
        _Reader(flow, picture).block(root, 0)


class _Reader:
    """Walks through a page's elements."""

    def __init__(self, flow: Flow, picture: Picture) -> None:
        self.flow, self.picture = flow, picture
        self.lists: list[list[Any]] = []
        """of those that are open: whether it is numbered, the next number"""
        self.words: list[str] = []
        """of the paragraph that is open"""
        self.mark: str | None = None
        """of an item whose words are still to come"""
        self.kind = "text"

    def block(self, element: Any, depth: int) -> None:
        """An element that stands by itself, and what is in it."""
        self._begin(element, depth)
        self._end()

    def _begin(self, element: Any, depth: int) -> None:
        name = _name(element)
        if name in _DROPPED or depth > MOST_DEEP or _is_hidden(element):
            return
        if name in _WRITERS:
            self._end()
            _WRITERS[name](self, element, depth)
            return
        self._inside(element, depth)

    def _inside(self, element: Any, depth: int) -> None:
        """Words and blocks within an element, in order."""
        self.words.append(element.text or "")
        for one in element:
            name = _name(one)
            if name in _BLOCKS or _holds_blocks(one, name):
                self._end()
                self.block(one, depth + 1)
            else:
                self._inline(one, depth + 1)
            self.words.append(one.tail or "")

    def _inline(self, element: Any, depth: int) -> None:
        name = _name(element)
        if name in _DROPPED or depth > MOST_DEEP or _is_hidden(element):
            return
        if name == "br":
            self.words.append("\x0b")
        elif name == "img":
            self._image(element)
        elif name == "math":
            self.words.append(_math(element))
        elif name == "a" and element.get("href"):
            outer, self.words = self.words, []
            self._spans(element, depth)
            words, self.words = _joined(self.words), outer
            self.words.append(link(words, element.get("href", "")) if words else "")
        elif name in ("sup", "sub"):
            self.words.append(f"<{name}>")
            self._spans(element, depth)
            self.words.append(f"</{name}>")
        else:
            self._spans(element, depth)

    def _spans(self, element: Any, depth: int) -> None:
        self.words.append(element.text or "")
        for one in element:
            self._inline(one, depth + 1)
            self.words.append(one.tail or "")

    def _end(self) -> None:
        """The paragraph that is open, if it says anything."""
        text, self.words = _joined(self.words), []
        if not text:
            return
        if self.mark is not None:
            self.flow.item(len(self.lists), text, self.mark)
            self.mark = None
        elif self.lists:
            self.flow.below_item(len(self.lists), text)
        else:
            self.flow.text(text, self.kind)

    def _heading(self, element: Any, depth: int) -> None:
        self._spans(element, depth)
        text, self.words = _joined(self.words), []
        self.flow.heading(int(_name(element)[1]), text.replace("\x0b", " "))

    def _list(self, element: Any, depth: int) -> None:
        start = element.get("start", "1")
        self.lists.append([_name(element) == "ol", int(start) if start.isdecimal() and len(start) < 5 else 1])
        self._inside(element, depth)
        self._end()
        self.lists.pop()
        self.mark = None
        if not self.lists:
            self.flow.end_list()

    def _item(self, element: Any, depth: int) -> None:
        if not self.lists:
            self.lists.append([False, 1])
            self._item(element, depth)
            self.lists.pop()
            return
        numbered, number = self.lists[-1]
        self.mark = f"{number}." if numbered else ""
        self.lists[-1][1] += 1
        self._inside(element, depth)
        self._end()
        self.mark = None

    def _pre(self, element: Any, depth: int) -> None:
        text = "".join(element.itertext())
        classes = " ".join([element.get("class", ""), *(one.get("class", "") for one in element)])
        language = _LANGUAGE.search(classes)
        self.flow.code(text, language[1] if language else "")

    def _table(self, element: Any, depth: int) -> None:
        rows = [row for row in element.iter("tr") if next(row.iterancestors("table")) is element]
        if _is_layout(element, rows):
            self._inside(element, depth)
            return
        caption = next((one for one in element if _name(one) == "caption"), None)
        table = []
        for row in rows:
            headed = _name(row.getparent()) == "thead"
            table.append([self._cell(cell, headed, depth) for cell in row if _name(cell) in ("td", "th")])
        self.flow.table(table, _joined(["".join(caption.itertext())]) if caption is not None else "")
        for image in element.iter("img"):
            self._image(image)

    def _cell(self, cell: Any, headed: bool, depth: int) -> RawCell:
        lines = _joined(_cell_pieces(cell, depth)).replace("\x0b", "\n")
        rows, columns = (_integer(cell.get(name)) for name in ("rowspan", "colspan"))
        return RawCell(rows, columns, headed or _name(cell) == "th", [lines])

    def _image(self, element: Any) -> None:
        address = element.get("src", "").strip()
        reference = self.picture(address) if address else None
        if reference is None:
            if address:
                self.flow.warn("pictures that are elsewhere are not fetched")
            return
        kept, self.words = self.words, []
        self.flow.picture(reference, element.get("alt", ""))
        self.words = kept

    def _caption(self, element: Any, depth: int) -> None:
        parent = element.getparent()
        of_table = parent is not None and next(parent.iter("table"), None) is not None
        self.kind = "table_caption" if of_table else "image_caption"
        self._inside(element, depth)
        self._end()
        self.kind = "text"

    def _note(self, element: Any, depth: int) -> None:
        self.kind = "page_footnote"
        self._inside(element, depth)
        self._end()
        self.kind = "text"

    def _rule(self, element: Any, depth: int) -> None:
        """A line across the page says nothing."""


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _holds_blocks(element: Any, name: str) -> bool:
    """Whether an element within a line holds what stands by itself, as links around whole paragraphs do."""
    return name not in _DROPPED and any(_name(one) in _BLOCKS for one in element.iter())


def _is_hidden(element: Any) -> bool:
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or bool(_HIDDEN.search(element.get("style", "")))
    )


def _is_layout(table: Any, rows: list[Any]) -> bool:
    """Whether a table only arranges a page: it says so, or has one cell, or holds other tables."""
    cells = [cell for row in rows for cell in row if _name(cell) in ("td", "th")]
    return table.get("role") in ("presentation", "none") or len(cells) < 2 or len(list(table.iter("table"))) > 1


def _cell_pieces(cell: Any, depth: int) -> list[str]:
    """A cell's text with its line ends; blocks in it are lines."""
    pieces = [cell.text or ""]
    for one in cell:
        name = _name(one)
        if name not in _DROPPED and not _is_hidden(one) and depth <= MOST_DEEP:
            apart = "\x0b" if name in _BLOCKS or name == "br" else ""
            pieces += [
                apart,
                "- " if name == "li" else "",
                *_cell_pieces(one, depth + 1),
                "\x0b" if name in _BLOCKS else "",
            ]
        pieces.append(one.tail or "")
    return pieces


def _joined(pieces: list[str]) -> str:
    r"""Words as running text: any white space is one blank, `\x0b` a line end."""
    lines = (_SPACE.sub(" ", line).strip() for line in "".join(pieces).split("\x0b"))
    return "\x0b".join(lines).strip("\x0b ")


def _math(element: Any) -> str:
    """A formula: the LaTeX that stands beside it, or its characters."""
    for note in element.iter():
        if _name(note) == "annotation" and "tex" in note.get("encoding", "").lower() and note.text:
            return f"\\({' '.join(note.text.split())}\\)"
    return "".join(element.itertext())


def _integer(text: str | None) -> int:
    text = (text or "").strip()
    return min(max(int(text), 1), MAX_SPAN) if text.isdecimal() and len(text) < 7 else 1


_WRITERS: dict[str, Callable[[_Reader, Any, int], None]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _Reader._heading),
    **dict.fromkeys(("ul", "ol", "menu"), _Reader._list),
    "li": _Reader._item,
    "pre": _Reader._pre,
    "table": _Reader._table,
    "figcaption": _Reader._caption,
    "hr": _Reader._rule,
    "title": _Reader._rule,
}
