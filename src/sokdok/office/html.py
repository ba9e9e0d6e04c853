"""Web pages (.html, .xhtml), and books (.epub), which hold them: a page a chapter, in the order of the spine.

- `seen` first takes out what a browser would not show; navigation bars become headers, forms what stands in them.
- Nothing is fetched: a picture is kept if it stands in the page itself (`data:`), or in the book that the page is from.
- Standard of books: EPUB 3.3 (and 2): `META-INF/container.xml` names the package, whose spine names the chapters.
"""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Callable, Collection
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from lxml import etree

from sokdok.errors import InputError
from sokdok.files.text import decode
from sokdok.office import formulas
from sokdok.office.flow import MEANT, Flow, Part, inline_formula, link, unmarked
from sokdok.office.package import PackageFile, attribute, bare, child, children, descendants, inside, integer
from sokdok.office.plain import TextFile
from sokdok.office.seen import LINE_END, WEB, Files, keep_seen
from sokdok.office.styles import counted
from sokdok.tables.markup import MAX_SPAN, RawCell

_BLOCKS, _NO_WORDS = (set(WEB[kind].split()) for kind in ("blocks", "wordless"))
_FORMS, _ENDS = WEB["forms"], WEB["ends"]
_SPACE = re.compile(r"[ \t\r\n\f]+")
_END = re.compile(r"</html\s*>", re.I)  # what comes behind it browsers show, and the parser would drop
_CHAPTERS = {"application/xhtml+xml", "text/html", "application/x-dtbook+xml", "image/svg+xml"}
_DATA = re.compile(r"data:image/[\w.+-]+(?:;base64)?,", re.IGNORECASE)
_LANGUAGE = re.compile(r"(?:lang(?:uage)?|highlight|brush)[-:\s]+([\w+#-]{1,20})")
_AROUND = {tag: (f"{MEANT}<{tag}>", f"{MEANT}</{tag}>") for tag in ("sup", "sub", "del")} | {"q": ("“", "”")}
_AROUND |= {**dict.fromkeys(_BLOCKS, ("\x0b", "\x0b")), **dict.fromkeys(("button", "textarea"), (" ", " "))}
_NOTHING: dict[str, str] = {}  # that addresses lead to
_NO_XML = dict.fromkeys((*range(9), 0x0B, *range(0x0E, 0x20), 0xFFFE, 0xFFFF), "\ufffd") | {0x0C: " "}
"""characters that pages may hold and trees of XML may not"""
MOST_DEEP = 2_100  # elements in elements: the parser takes 2,048
MOST_FRAMES = 3  # pages in pages


class HtmlFile(TextFile):
    """A page of the web in a file."""

    def add_to(self, flow: Flow) -> None:
        """Add what can be seen of it."""
        read_html(self.text, self.source, flow)
        flow.end_list()
        if flow.unseen and not flow.pieces:
            flow.lacks("all of its text is hidden: scripts, which are not run, may show it")


def read_html(
    text: str, source: str, flow: Flow, picture: Files = _NOTHING.get, texts: Files = _NOTHING.get, depth: int = 0
) -> None:
    """Add a page's content to a flow; `texts` are style sheets and pages in it, `depth` how many it stands in."""
    root = _tree(text.replace("\0", ""), source)
    if root is None:
        return
    keep_seen(root, texts, flow)
    holders: set[Any] = set()  # of blocks: links stand around whole paragraphs, too
    for one in root.iter(*_BLOCKS):
        while one is not None and one not in holders:
            holders.add(one)
            one = one.getparent()

    def frame(element: Any, inner: Flow) -> None:
        inside = element.get("srcdoc") or (element.get("src") and texts(element.get("src")))
        if inside and depth < MOST_FRAMES:
            read_html(inside, source, inner, picture, texts, depth + 1)
        elif inside or bare(element) == "frame":
            inner.lacks("a page within the page (a frame) is not read")
        elif element.get("src"):
            inner.warn("pages within the page (frames) that are elsewhere are not fetched")

    _Reader(flow, picture, holders, frame).block(root)


def _tree(text: str, source: str) -> Any:
    """The root of a page's elements; None for an empty one. Raises InputError."""
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True)
    try:
        data = _END.sub("", text).encode("utf-8", "replace")
        root = etree.fromstring(data, parser) if data.strip() else None
    except etree.XMLSyntaxError as error:
        raise InputError(f"{source} is damaged: {error}") from None
    if any("Excessive depth" in error.message for error in parser.error_log):
        raise InputError(f"{source} is nested deeper than any browser shows")
    for one in root.iter() if root is not None else ():
        for part in ("text", "tail"):
            if (said := getattr(one, part)) and (told := said.translate(_NO_XML)) != said:
                setattr(one, part, told)
    sys.setrecursionlimit(max(sys.getrecursionlimit(), MOST_DEEP * 8))  # calls that read an element
    return root


class EpubFile(PackageFile):
    """An open book; InputError if it is none, or locked."""

    def __init__(self, path: Path, source: str, most: int) -> None:
        super().__init__(path, source, most)
        if "META-INF/rights.xml" in self.package or "META-INF/license.lcpl" in self.package:
            raise InputError(f"{source} is locked by its publisher (DRM): it can't be opened")
        self.pages = self._spine()

    def part(self, index: int) -> Part:
        """A chapter."""
        flow, name = Flow(), self.pages[index]
        where = f"{self.source} ({name})"
        text = decode(self.package.read(name), where, errors="replace").text
        read_html(text, where, flow, lambda at: self._reference(name, at), lambda at: self._sheet(name, at))
        return flow.part()

    def _sheet(self, chapter: str, address: str) -> str | None:
        name = self._reference(chapter, address)
        return decode(self.package.read(name), name, errors="replace").text if name and name in self.package else None

    def _reference(self, chapter: str, address: str) -> str | None:
        name = inside(posixpath.dirname(chapter), address)
        return name if "://" not in address and name in self.package else None

    def _spine(self) -> list[str]:
        root = self.package.xml("META-INF/container.xml")
        name = next((attribute(one, "full-path") for one in descendants(root, "rootfile")), "")
        package = self.package.optional(name)
        manifest, spine = child(package, "manifest"), child(package, "spine")
        if manifest is None or spine is None:
            raise InputError(f"{self.source} is damaged: it has no list of chapters")
        files = {
            attribute(one, "id"): inside(posixpath.dirname(name), attribute(one, "href"))
            for one in children(manifest, "item")
            if attribute(one, "media-type") in _CHAPTERS
        }
        names = [files.get(attribute(one, "idref"), "") for one in children(spine, "itemref")]
        if not any(one in self.package for one in names):
            raise InputError(f"{self.source} is a book without chapters")
        return list(dict.fromkeys(filter(None, names)))  # one that is missing is a page that failed


class _Reader:
    """Walks through a page's elements; in a cell of a table, where nothing is marked up, `plain`."""

    def __init__(
        self, flow: Flow, picture: Files, holders: set[Any], frame: Callable[[Any, Flow], None], plain: bool = False
    ) -> None:
        self.flow, self.picture, self.holders, self.frame, self.plain = flow, picture, holders, frame, plain
        self.lists: list[list[Any]] = []  # of those that are open: how they count, the next number, and the step
        self.words: list[str] = []  # of the paragraph that is open
        self.mark: str | None = None  # of an item whose words are still to come
        self.kind = "text"

    def block(self, element: Any) -> None:
        """An element that stands by itself, and what is in it."""
        self._close_paragraph()
        _WRITERS.get(bare(element), _Reader._inside)(self, element)
        self._close_paragraph()

    def _inside(self, element: Any, kind: str = "") -> None:
        """Words and blocks within an element, in order; paragraphs of `kind`, or else of that around it."""
        outer, self.kind = self.kind, kind or self.kind
        self._spans(element, self.holders)
        self._close_paragraph()
        self.kind = outer

    def _inline(self, element: Any) -> None:
        name = bare(element)
        if name == "br":
            self.words.append("\x0b")
        elif name in ("img", "object") or (name == "input" and element.get("type", "").lower() == "image"):
            self._image(element)
        elif name == "math":
            self.words.append(self._formula(element))
        elif name == "svg":
            self.words += [f" {' '.join(one.itertext())} " for one in element.iter("text", "{*}text", "foreignobject")]
            for one in element.iter("image", "{*}image"):
                self._image(one)
        elif name in ("input", "select") or (name == "textarea" and not element.text):
            self.words.append(f" {_field(element, name)} ")
        elif name in ("rt", "rp"):  # how letters below are read, in brackets, once
            said = "".join(element.itertext()).strip()
            self.words.append(f"({said})" if name == "rt" and said else "")
        elif name == "a" and element.get("href") and not self.plain:
            outer, self.words = self.words, []
            self._spans(element)
            words, self.words = "".join(self.words), outer
            self.words.append(link(words, element.get("href", "")))
        else:  # of a heading or a listing blocks are lines
            begin, end = _AROUND.get("del" if name in ("s", "strike") else name, ("", ""))
            self.words.append(begin)
            self._spans(element)
            self.words.append(end)

    def _formula(self, element: Any) -> str:
        """The LaTeX that stands beside a formula, or else what it is as LaTeX, or its characters."""
        notes = [one for one in element.iter() if bare(one) == "annotation" and one.text]
        latex = next((one.text for one in notes if "tex" in one.get("encoding", "").lower()), "")
        try:
            return inline_formula(" ".join(latex.split()) or formulas.latex(element))
        except (KeyError, TypeError, ValueError):  # an element that is not known, or without its parts
            self.flow.lacks("a formula can't be written as LaTeX: its characters are here")
            return "".join(element.xpath(".//text()[not(ancestor::*[contains(local-name(), 'annotation')])]"))

    def _spans(self, element: Any, blocks: Collection[Any] = ()) -> None:
        self.words.append((element.text or "").replace(LINE_END, "\x0b"))
        for one in element:
            if one in blocks:
                self.block(one)
            else:
                self._inline(one)
            self.words.append((one.tail or "").replace(LINE_END, "\x0b"))

    def _close_paragraph(self) -> None:
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

    def _heading(self, element: Any) -> None:
        self._spans(element)
        text, self.words = _joined(self.words), []
        self.flow.heading(int(bare(element)[1]), text)

    def _list(self, element: Any) -> None:
        form = element.get("type") or ("decimal" if bare(element) == "ol" else "")
        form = _FORMS.get(form, form)
        step = 1 if element.get("reversed") is None else -1
        self.lists.append([form, integer(element, "start", 1 if step > 0 else len(element), least=-9_999), step])
        self._inside(element)
        self.lists.pop()
        self.mark = None
        if not self.lists:
            self.flow.end_list()

    def _item(self, element: Any) -> None:
        if not self.lists:
            self.lists.append(["", 1, 1])
            self._item(element)
            self.lists.pop()
            return
        form, number, step = self.lists[-1]
        number = integer(element, "value", number)
        form = _FORMS.get(element.get("type", ""), element.get("type") or form)
        end = next((end for name, end in _ENDS.items() if form.startswith(name)), ".")
        self.mark = form[1:].strip() if form.startswith('"') else form and counted(number, form, self.flow) + end
        self.lists[-1][1] = number + step
        self._inside(element)
        self.mark = None

    def _pre(self, element: Any) -> None:
        outer, self.plain = self.plain, True
        self._spans(element)
        text, self.words, self.plain = unmarked("".join(self.words)).replace("\x0b", "\n"), [], outer
        classes = " ".join([element.get("class", ""), *(one.get("class", "") for one in element)])
        language = _LANGUAGE.search(classes)
        self.flow.code(text, language[1] if language else "")

    def _table(self, element: Any) -> None:
        rows = [row for row in element.iter("tr") if next(row.iterancestors("table")) is element]
        rows.sort(key=lambda row: {"thead": 0, "tfoot": 2}.get(bare(row.getparent()), 1))  # as they are shown
        if _is_layout(element, rows):
            self._inside(element)
            return
        table = [[self._cell(cell) for cell in _cells(row)] for row in rows]
        title = " ".join(line for one in element.iterchildren("caption") for line in self._lines(one))
        for one in (*(cell for row in rows for cell in _cells(row)), *element.iterchildren("caption")):
            one.clear(keep_tail=True)
        self._spans(element)  # what stands in none of the cells browsers show before the table
        self._close_paragraph()
        self.flow.table(table, title)

    def _cell(self, cell: Any) -> RawCell:
        rows, columns = (min(integer(cell, name, 1, least=1), MAX_SPAN) for name in ("rowspan", "colspan"))
        headed = bare(cell) == "th" or any(bare(above) == "thead" for above in cell.iterancestors("thead", "table"))
        return RawCell(rows, columns, headed, ["\n".join(self._lines(cell))])

    def _lines(self, element: Any) -> list[str]:
        reader = _Reader(Flow(), self.picture, self.holders, self.frame, plain=True)
        reader._inside(element)
        return reader.flow.lines(self.flow)

    def _image(self, element: Any, blocks: Collection[Any] = ()) -> None:
        """A picture, or what stands in for one, and for what else an `object` puts into a page."""
        address = next(filter(None, map(element.get, ("src", "data", "xlink:href", "href"))), "").strip()
        reference = address if _DATA.match(address) else self.picture(address) if address else None
        kind = element.get("type") or guess_type(address)[0] or ""
        is_picture = bare(element) != "object" or (kind.startswith("image/") and "svg" not in kind)
        if reference is not None and is_picture:
            self.flow.picture(reference, element.get("alt", ""))
            return
        if reference is not None:
            self.flow.lacks(f"what is put into the page is not read ({kind[:40] or 'an object'})")
        elif address:
            self.flow.warn(f"{'pictures' if is_picture else 'objects'} that are elsewhere are not fetched")
        self.words.append(f" {element.get('alt', '')} " if reference is None else "")
        self._spans(element, blocks)

    def _caption(self, element: Any) -> None:
        of_table = next(element.getparent().iter("table"), None) is not None
        self._inside(element, "table_caption" if of_table else "image_caption")


def _cells(row: Any) -> list[Any]:
    """The cells of a row, also those that a form stands around."""
    return [one for one in row.iter("td", "th") if next(one.iterancestors("tr"), None) is row]


def _is_layout(table: Any, rows: list[Any]) -> bool:
    """Whether a table only arranges a page: it says so, has one cell, or holds others without head, title or lines."""
    cells = [bare(cell) for row in rows for cell in _cells(row)]
    parts = {*cells, *map(bare, table)}
    is_data = {"th", "thead", "caption"} & parts or table.get("border", "0") != "0"
    holds_tables = len(list(table.iter("table"))) > 1
    return table.get("role") in ("presentation", "none") or len(cells) < 2 or (holds_tables and not is_data)


def _joined(pieces: list[str]) -> str:
    r"""Words as running text: any white space is one blank, `\x0b` a line end."""
    return _SPACE.sub(" ", "".join(pieces)).strip("\x0b ")


def _field(element: Any, name: str) -> str:
    """What a form's field shows: what is typed in, or else what it asks for; of a choice what is chosen."""
    if name == "select":
        options = list(element.iter("option"))
        listed = element.get("multiple") is not None or integer(element, "size") > 1
        chosen = options if listed else [one for one in options if one.get("selected") is not None] or options[:1]
        return " ".join(" ".join(one.itertext()) for one in chosen)
    kind = element.get("type", "text").lower()
    if kind in ("checkbox", "radio"):
        state = " " if element.get("checked") is None else "x"
        return f"[{state}]" if kind == "checkbox" else f"({state})"
    return "" if kind in _NO_WORDS else element.get("value") or element.get("placeholder") or ""


_WRITERS: dict[str, Callable[[_Reader, Any], None]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _Reader._heading),
    **dict.fromkeys(("ul", "ol", "menu"), _Reader._list),
    "li": _Reader._item,
    "pre": _Reader._pre,
    "table": _Reader._table,
    "figcaption": _Reader._caption,
    "blockquote": lambda reader, element: reader._inside(element, "quote"),
    "object": lambda reader, element: reader._image(element, reader.holders),
    **dict.fromkeys(("iframe", "frame"), lambda reader, element: reader.frame(element, reader.flow)),
    # What leads through a site is no part of the text but furniture.
    "nav": lambda reader, element: reader.flow.text("\n".join(reader._lines(element)), "header"),
}
