"""A document as a Word file: headings, lists, tables with their spans, pictures, footnotes; Korean in a Korean font.

Where a page ends is not kept: paragraphs flow as they did in the original. It is set in fonts that have Korean, on A4,
headings in black; lists are numbered as they were.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

from sokdok.documents.blocks import FURNITURE, PICTURES, Block
from sokdok.documents.document import DocumentPage, Head
from sokdok.documents.markdown import FORMULAS, code_of, heading_of, items_of
from sokdok.documents.write.html import inline_html
from sokdok.documents.write.writer import Wanted
from sokdok.tables.markup import writable
from sokdok.tables.parse import Cell, Table, parse_table

TEMPLATE = Path(__file__).with_name("template.docx")  # by `scripts/build_word_template.py`: fonts, paper, numberings
BULLETS, DECIMALS = 10, 901  # in it: how items without numbers are numbered, and a way of numbering for others
LEVELS = 9  # of headings and lists, as Word has them


def element(tag: str, *children: Any, **attributes: str | int) -> Any:
    """An element `w:tag` with children and attributes `w:name`, both in the order given."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), str(value))
    made.extend(children)
    return made


MARK = re.compile(r"\s*(?:\[\^?)?[(\[]?(?P<mark>\d{1,3}|[*†‡§]{1,3}|[a-z](?=[\]).]))[\])]?[.:]?\s*")  # of a footnote


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


FOOTNOTE = "page_footnote"
MOST_WIDTH_MM, MOST_HEIGHT_MM = 166, 220  # of a picture: what the margins leave
PIXELS_PER_MM = 5.2  # of a picture whose page is A4, 1,540 pixels high


class Writer:
    """Writes the blocks of pages as they come; the file is written at the end."""

    def __init__(self, file: BinaryIO, head: Head, wanted: Wanted) -> None:
        from docx import Document as new_document
        from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
        from docx.opc.part import PartFactory, XmlPart

        PartFactory.part_type_for[CONTENT_TYPE.WML_FOOTNOTES] = XmlPart  # of which python-docx knows nothing
        self.file, self.wanted = file, wanted
        self.document = new_document(str(TEMPLATE))
        self.document.core_properties.title = writable(head.name)[:255]
        self.body = self.document.element.body
        self.footnotes = cast(Any, self.document.part.part_related_by(RELATIONSHIP_TYPE.FOOTNOTES)).element
        self.notes: dict[str, Callable[[], Any]] = {}  # footnotes of the page that nothing called yet, by mark
        self.plain = False  # whether the text of the block that is written is no Markdown

    def add(self, page: DocumentPage) -> None:
        """The page's blocks; a note for what failed."""
        if page.error:
            self._paragraph(run(f"page {page.number}: {page.error}", ["i"]))
        blocks = [block for block in page.blocks if self.wanted.furniture or block.kind not in FURNITURE]
        found = [MARK.match(block.text) for block in blocks if block.kind == FOOTNOTE]
        self.notes = {match["mark"]: partial(self._note, match.string[match.end() :]) for match in found if match}
        for block in blocks:
            self._block(page, block)

    def close(self, errors: tuple[str, ...] = ()) -> None:
        """What went wrong beyond the pages; write the file."""
        for error in errors:
            self._paragraph(run(error, ["i"]))
        self.document.save(self.file)

    def _block(self, page: DocumentPage, block: Block) -> None:
        self.plain = block.plain
        if block.kind in PICTURES:
            self._picture(page, block)
        if block.html:
            self._table(block)
        elif block.kind in ("title", "sub_title"):
            level, words = heading_of(block.kind, block.text)
            self._paragraph(*self._runs(" ".join(words.split())), style=f"Heading{min(level, LEVELS)}")
        elif block.kind == "list":
            self._list(block.text)
        elif block.kind == "code":
            self._paragraph(run(code_of(block.text)[1]), style="Code")
        elif block.kind in FORMULAS:
            self._paragraph(run(block.text, ["code"]))
        elif block.kind == FOOTNOTE:
            match = MARK.match(block.text)
            if match is None or match["mark"] in self.notes:  # nothing called it: it stands where it stood
                self._paragraph(*runs(block.text, self._link, self.plain))
        elif block.text.strip():
            captions = "Caption" if block.kind.endswith("_caption") or block.kind in PICTURES else ""
            self._paragraph(*self._runs(block.text), style="Quote" if block.kind == "quote" else captions)

    def _runs(self, text: str) -> Iterable[Any]:
        """Running text, the footnotes of the page called where their marks stand."""
        for part in called(text, self.notes):
            if isinstance(part, str):
                yield from runs(part, self._link, self.plain)
            else:
                yield part

    def _note(self, text: str) -> Any:
        """Keep a footnote; the run that calls it."""
        number = len(self.footnotes) - 1  # two of them are lines above the notes
        words = [element("r", _raised(), element("footnoteRef")), run(" "), *runs(text, self._link)]
        self.footnotes.append(element("footnote", element("p", *words), id=number))
        return element("r", _raised(), element("footnoteReference", id=number))

    def _link(self, address: str) -> str:
        from docx.opc.constants import RELATIONSHIP_TYPE

        return str(self.document.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))

    def _paragraph(self, *content: Any, style: str = "", properties: Iterable[Any] = ()) -> None:
        made = element("p")
        found = [*([element("pStyle", val=style)] if style else []), *properties]
        if found:
            made.append(element("pPr", *found))
        made.extend(content)
        self._append(made)

    def _append(self, made: Any) -> None:
        """Put an element before the section's properties, which end a body."""
        self.body[-1].addprevious(made)

    def _table(self, block: Block) -> None:
        table = parse_table(block.html or "")
        if not table.valid:
            return
        if table.caption:
            self._paragraph(run(table.caption), style="Caption")
        self._append(table_element(table))
        self._paragraph()  # two tables would grow together

    def _list(self, text: str) -> None:
        numbering: dict[int, tuple[int, int]] = {}  # level → numbering, and the number that comes next in it
        for level, mark, words in items_of(text):
            level = min(level, LEVELS) - 1
            numbering = {other: value for other, value in numbering.items() if other <= level}
            number = self._number(mark, level, numbering)
            properties = [element("numPr", element("ilvl", val=level), element("numId", val=number))]
            self._paragraph(*self._runs(words), style="ListParagraph", properties=properties)

    def _number(self, mark: str, level: int, numbering: dict[int, tuple[int, int]]) -> int:
        """The numbering in which an item has its number."""
        if not mark[0].isdigit():
            numbering.pop(level, None)
            return BULLETS
        value = int(mark[:-1])
        number, following = numbering.get(level, (0, -1))
        if value != following:
            made = self.document.part.numbering_part.element.add_num(DECIMALS)
            made.append(element("lvlOverride", element("startOverride", val=value), ilvl=level))
            number = int(made.numId)
        numbering[level] = number, value + 1
        return number

    def _picture(self, page: DocumentPage, block: Block) -> None:
        """The picture, as wide as it was on its page; a word in its place if there is none."""
        from docx.shared import Mm

        data = self.wanted.pictures.figure(page, block) if self.wanted.pictures else None
        if data is None:
            self._paragraph(run(f"[{block.kind}]", ["i"]))
            return
        width, height = _size_mm(page, block)
        self.document.add_paragraph().add_run().add_picture(io.BytesIO(data), Mm(width), Mm(height))


def _size_mm(page: DocumentPage, block: Block) -> tuple[float, float]:
    """How large a block is shown: as on its page, if that is A4, and within the margins."""
    left, top, right, bottom = block.box or (0, 0, 400, 300)
    scale = 1 / PIXELS_PER_MM if not page.height else 297 / max(page.height, page.width)
    width, height = max(1, right - left) * scale, max(1, bottom - top) * scale
    fit = min(1.0, MOST_WIDTH_MM / width, MOST_HEIGHT_MM / height)
    return width * fit, height * fit


# Text within a paragraph as runs: bold, italic, struck out, above and below the line, code, links, line breaks

_PIECE = re.compile(r"<(?P<end>/?)(?P<tag>[a-z]+)(?: href=\"(?P<href>[^\"]*)\"[^>]*)?>|(?P<text>[^<]+)")
_PROPERTIES: dict[str, Callable[[], Any]] = {
    "code": lambda: element("rFonts", ascii="Consolas", hAnsi="Consolas", cs="Consolas"),
    "b": lambda: element("b"),
    "i": lambda: element("i"),
    "del": lambda: element("strike"),
    "a": lambda: element("u", val="single"),
    "sup": lambda: element("vertAlign", val="superscript"),
    "sub": lambda: element("vertAlign", val="subscript"),
}  # of a run, in the order that the schema wants
_LINES = re.compile(r"([\n\t])")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


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
                target = element("hyperlink")
                target.set(_RELATION, link(html.unescape(piece["href"])))
    if target is not None:
        yield target


def run(text: str, tags: list[str] | tuple[str, ...] = ()) -> Any:
    """A run of plain text, set as tags of HTML say; line ends and tabs are kept."""
    made = element("r")
    properties = [make() for tag, make in _PROPERTIES.items() if tag in tags]
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


# Tables: spans as merged cells, head rows that repeat on every page

FULL_WIDTH = 5000  # fiftieths of a percent
TEXT_WIDTH = 9400  # twentieths of a point between the margins, shared out where columns are not fitted to their texts
HEAD_SHADE = "F0F1F3"


def table_element(table: Table) -> Any:
    """A table with its grid, for the body of a document."""
    width = max(1, table.columns)
    properties = element(
        "tblPr",
        element("tblStyle", val="TableGrid"),
        element("tblW", w=FULL_WIDTH, type="pct"),
        element("tblLayout", type="autofit"),
    )
    made = element(
        "tbl", properties, element("tblGrid", *(element("gridCol", w=TEXT_WIDTH // width) for _ in range(width)))
    )
    places = _places(table)
    for number, cells in enumerate(places):
        row = element("tr")
        if number < table.header_rows < table.rows:
            row.append(element("trPr", element("cantSplit"), element("tblHeader")))
        row.extend(_cell(cell, number) for cell in cells)
        made.append(row)
    return made


def _places(table: Table) -> list[list[Cell]]:
    """The cells of each row, those too that come down from rows above: a merged cell is in every row it covers."""
    rows: list[list[Cell]] = [[] for _ in range(table.rows)]
    for cell in table.cells:
        for row in range(cell.row, cell.row + cell.rows):
            rows[row].append(cell)
    return [sorted(cells, key=lambda cell: cell.column) for cells in rows]


def _cell(cell: Cell, row: int) -> Any:
    properties = element("tcPr", element("tcW", w=0, type="auto"))
    if cell.columns > 1:
        properties.append(element("gridSpan", val=cell.columns))
    if cell.rows > 1:
        properties.append(element("vMerge", val="restart" if row == cell.row else "continue"))
    if cell.header:
        properties.append(element("shd", val="clear", color="auto", fill=HEAD_SHADE))
    paragraph = element("p", element("pPr", element("spacing", before=40, after=40)))
    if row == cell.row:
        paragraph.append(run(cell.text, ["b"] if cell.header else []))
    return element("tc", properties, paragraph)
