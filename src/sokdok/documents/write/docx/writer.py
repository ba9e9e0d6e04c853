"""Pages as a Word file. Where a page ends is not kept: paragraphs flow as they did in the original."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, BinaryIO

from sokdok.documents.document import FURNITURE, PICTURES, Block, Document, DocumentPage
from sokdok.documents.notation import FORMULAS, code_of, heading_of, item_of
from sokdok.documents.write.docx.footnotes import MARK, Footnotes, called
from sokdok.documents.write.docx.inline import run, runs
from sokdok.documents.write.docx.styles import LEVELS, Lists, set_up
from sokdok.documents.write.docx.tables import table_element
from sokdok.documents.write.docx.xml import element
from sokdok.documents.write.writer import Wanted
from sokdok.tables.markup import writable
from sokdok.tables.parse import parse_table

FOOTNOTE = "page_footnote"
MOST_WIDTH_MM, MOST_HEIGHT_MM = 166, 220  # of a picture: what the margins leave
PIXELS_PER_MM = 5.2  # of a picture whose page is A4, 1,540 pixels high


class Writer:
    """Writes the blocks of pages as they come; the file is written at the end."""

    def __init__(self, file: BinaryIO, head: Document, wanted: Wanted) -> None:
        from docx import Document as new_document

        self.file, self.wanted = file, wanted
        self.document = new_document()
        set_up(self.document)
        self.document.core_properties.title = writable(head.name)[:255]
        self.document.core_properties.author = self.document.core_properties.comments = ""
        self.body = self.document.element.body
        self.lists, self.footnotes = Lists(self.document), Footnotes(self.document)
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
            style = "Caption" if block.kind.endswith("_caption") or block.kind in PICTURES else ""
            self._paragraph(*self._runs(block.text), style=style)

    def _runs(self, text: str) -> Iterable[Any]:
        """Running text, the footnotes of the page called where their marks stand."""
        for part in called(text, self.notes):
            if isinstance(part, str):
                yield from runs(part, self._link, self.plain)
            else:
                yield part

    def _note(self, text: str) -> Any:
        return self.footnotes.add([run(" "), *runs(text, self._link)])

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
        """Items by their indents; lines that begin no item go on with the one before."""
        indents: list[int] = []
        numbering: dict[int, tuple[int, int]] = {}  # level → numbering, and the number that comes next in it
        item: list[str] = []
        shown = (0, self.lists.bullets())

        def end() -> None:
            if item:
                level, number = shown
                properties = [element("numPr", element("ilvl", val=level), element("numId", val=number))]
                self._paragraph(*self._runs("\n".join(item)), style="ListParagraph", properties=properties)

        for line in text.splitlines():
            found = item_of(line)
            if found is None and (item or indents):
                item += [line.strip()] if line.strip() else []
                continue
            end()
            spaces, mark, words = found or ("", "-", line.strip())
            indent = len(spaces.expandtabs(4))
            while indents and indents[-1] >= indent:
                indents.pop()
            indents.append(indent)
            level = min(len(indents), LEVELS) - 1
            numbering = {other: value for other, value in numbering.items() if other <= level}
            shown, item = (level, self._number(mark, level, numbering)), [words]
        end()

    def _number(self, mark: str, level: int, numbering: dict[int, tuple[int, int]]) -> int:
        """The numbering in which an item has its number."""
        if not mark[0].isdigit():
            numbering.pop(level, None)
            return self.lists.bullets()
        value = int(mark[:-1])
        number, following = numbering.get(level, (0, -1))
        if value != following:
            number = self.lists.numbers(level, value)
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
