"""What docling's endpoints answer: one document as JSON, several as an archive; and its JSON of a document.

In a `DoclingDocument` everything stands below its body in reading order; boxes are pixels of their page, origin top
left. What it has places for and sokdok does not know (the size of a page on paper, the hash of the file) is left out,
or 0.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

import msgspec

from sokdok.documents import sanitize
from sokdok.documents.blocks import FURNITURE, PICTURES, Block, Box, Continuation
from sokdok.documents.document import DocumentPage
from sokdok.documents.joining import joined_pages, whole_pages
from sokdok.documents.joining.blocks import put_together
from sokdok.documents.joining.stream import ASIDE
from sokdok.documents.markdown import block_text, heading_of, item_of
from sokdok.files import name_of
from sokdok.server.engine.job import TaskRead
from sokdok.server.tasks.files import pages_in
from sokdok.tables.parse import parse_table

VERSION = "1.7.0"  # of docling's format
_LABELS = {"header": "page_header"} | {
    **dict.fromkeys(("equation", "formula"), "formula"),
    **dict.fromkeys(("footer", "page_number"), "page_footer"),
    **dict.fromkeys(("image_caption", "table_caption"), "caption"),
    **dict.fromkeys(("page_footnote", "image_footnote", "table_footnote"), "footnote"),
}  # kinds of block → docling's labels, where it is not text
_BODY = {"$ref": "#/body"}
_NO_NOTES: dict[str, Any] = {"captions": [], "references": [], "footnotes": []}


Status = Literal["success", "partial_success", "failure"]
FORMS = {"md": "md", "json": "json", "html": "html", "text": "txt"}  # docling's names of forms → suffixes of files
Write = Callable[[TaskRead, str, bool, int | None, str], None]  # as `Files.write_pages`


class ConvertedTask(msgspec.Struct, frozen=True):
    """A task that has ended."""

    read: TaskRead
    status: Status
    seconds: float


@dataclass(kw_only=True)
class ConversionError:
    """What went wrong."""

    component_type: Literal["model"] = "model"
    module_name: str = "sokdok"
    error_message: str


@dataclass
class ConvertedDocument:
    """A document in the forms that were asked for."""

    filename: str
    md_content: str | None = None
    json_content: dict[str, Any] | None = None  # a DoclingDocument
    html_content: str | None = None
    text_content: str | None = None
    doctags_content: None = None


@dataclass(kw_only=True)
class ConvertAnswer:
    """A document that was converted."""

    document: ConvertedDocument
    status: Status
    errors: list[ConversionError] = field(default_factory=list)
    processing_time: float
    timings: dict[str, Any] = field(default_factory=dict)


def write_answer(
    file: IO[bytes], write: Write, tasks: Sequence[ConvertedTask], forms: Sequence[str], between: str, zipped: bool
) -> None:
    """Write the answer about tasks; `between` pages of Markdown stands what a client wants there."""
    with tempfile.TemporaryDirectory(dir=Path(file.name).parent) as folder:
        if zipped:
            _write_archive(file, write, tasks, forms, between, Path(folder))
            return
        (task,) = tasks
        made: dict[str, Any] = {
            f"{form}_content": _content(write, task.read, form, between, Path(folder)) for form in forms
        }
    failed = (page for page in pages_in(Path(task.read.log)) if page.error) if task.status != "success" else ()
    errors = [ConversionError(error_message=f"page {page.number}: {page.error}") for page in failed]
    document = ConvertedDocument(task.read.job.shown_as, **made)
    answer = ConvertAnswer(document=document, status=task.status, errors=errors, processing_time=task.seconds)
    file.write(msgspec.json.encode(answer))


def _write_archive(
    file: IO[bytes], write: Write, tasks: Sequence[ConvertedTask], forms: Sequence[str], between: str, folder: Path
) -> None:
    """Documents in a zip archive, under names that are each only once in it, letters' case apart."""
    taken: set[str] = set()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for task in tasks:
            name = stem = name_of(Path(task.read.job.shown_as))
            number = 1
            while name.casefold() in taken:
                number += 1
                name = f"{stem}-{number}"
            taken.add(name.casefold())
            for form in forms:
                content = _content(write, task.read, form, between, folder)
                data = msgspec.json.encode(content) if form == "json" else str(content).encode("utf-8", "replace")
                archive.writestr(f"{name}.{FORMS[form]}", data, zipfile.ZIP_DEFLATED, 1)


def _content(write: Write, read: TaskRead, form: str, between: str, folder: Path) -> object:
    """A document in one of docling's forms."""
    pages = joined_pages(pages_in(Path(read.log)))
    if form == "md":
        return f"\n\n{between}\n\n".join(map(_markdown, pages)) if between else markdown(pages)
    if form == "json":
        return docling_document(pages, read.job.shown_as)
    write(read, FORMS[form], False, None, str(folder / form))
    return (folder / form).read_text("utf-8")


def markdown(pages: Iterable[DocumentPage]) -> str:
    """A document as Markdown, without marks of our own between its pages."""
    return "\n\n".join(filter(None, map(_markdown, whole_pages(pages))))


def _markdown(page: DocumentPage) -> str:
    """A page as Markdown; what failed is a quotation, so that no page goes missing unseen."""
    return "\n\n".join(filter(None, (failure_of(page), page.markdown)))


def failure_of(page: DocumentPage) -> str:
    """Why a page is not whole, as a quotation; empty if it is."""
    if not page.error:
        return ""
    return f"> {sanitize.markdown_text(f'page {page.number}: ' + ' '.join(page.error.split()))}"


def docling_document(pages: Iterable[DocumentPage], shown_as: str) -> dict[str, Any]:
    """JSON-ready."""
    writing = _Writing()
    for page in pages:
        writing.add(page)
    return {
        "schema_name": "DoclingDocument",
        "version": VERSION,
        "name": name_of(Path(shown_as)),
        "furniture": _root("#/furniture", [], "furniture"),
        "body": _root("#/body", writing.children, "body"),
        "groups": writing.groups,
        "texts": writing.texts,
        "pictures": writing.pictures,
        "tables": writing.tables,
        "key_value_items": [],
        "form_items": [],
        "pages": writing.pages,
    }


class _Writing:
    """Items so far; each is referred to by its place in the list of its kind."""

    def __init__(self) -> None:
        self.children: list[dict[str, str]] = []
        self.groups: list[dict[str, Any]] = []
        self.texts: list[dict[str, Any]] = []
        self.pictures: list[dict[str, Any]] = []
        self.tables: list[dict[str, Any]] = []
        self.pages: dict[str, Any] = {}
        self._item: dict[str, Any] = {}
        """the last one"""
        self._begun: tuple[tuple[int, int], dict[str, Any], Block] | None = None
        """page and place of the last part of what may go on, its item, and all parts so far"""

    def add(self, page: DocumentPage) -> None:
        """A page with all its blocks."""
        if page.width:  # what has no pixels has no places
            size = {"width": float(page.width), "height": float(page.height)}
            self.pages[str(page.number)] = {"size": size, "page_no": page.number}
        if page.error:
            self._add_text(page, Block("text", None, ""), f"page {page.number}: {page.error}")
        for number, block in enumerate(page.blocks):
            how = block.continues
            if how and self._begun and self._begun[0] == (how.page, how.block):
                _, item, before = self._begun
                whole = put_together(before, block, page.number, how)
                _add_part(item, page, block, whole, how)
            else:
                self._add_block(page, block)
                item, whole = self._item, block
            if block.kind not in ASIDE:
                self._begun = (page.number, number), item, whole

    def _add_block(self, page: DocumentPage, block: Block) -> None:
        if block.kind in PICTURES:
            self._add(self.pictures, "pictures", "picture", page, block, _NO_NOTES)
        if block.html:
            self._add(self.tables, "tables", "table", page, block, _NO_NOTES | {"data": _cells(block.html)})
        elif block.kind == "list":
            self._add_list(page, block)
        elif text := block_text(block).strip():
            self._add_text(page, block, text)

    def _add_text(self, page: DocumentPage, block: Block, text: str) -> None:
        more: dict[str, Any] = {"orig": text, "text": text}
        label = _LABELS.get(block.kind, "text")
        if block.kind in ("title", "sub_title"):
            label = "section_header"
            more["level"] = heading_of(block.kind, block.text)[0]
        elif block.kind == "code":
            label = "code"
            more |= {"code_language": "unknown"} | _NO_NOTES
        self._add(self.texts, "texts", label, page, block, more)

    def _add_list(self, page: DocumentPage, block: Block) -> None:
        """A group, and an item for each line; a line without a mark goes on with the item above."""
        group = f"#/groups/{len(self.groups)}"
        children: list[dict[str, str]] = []
        self.groups.append(_root(group, children, "body", "list") | {"parent": _BODY})
        self.children.append({"$ref": group})
        items: list[tuple[str, str]] = []
        for line in block_text(block).splitlines():
            found = item_of(line)
            if found is not None or not items:
                items.append((found[1], found[2]) if found is not None else ("-", line.strip()))
            else:
                items[-1] = (items[-1][0], f"{items[-1][1]} {line.strip()}")
        for mark, text in items:
            more = {"orig": text, "text": text, "enumerated": mark != "-", "marker": mark}
            self._add(self.texts, "texts", "list_item", page, block, more, {"$ref": group}, children)

    def _add(
        self,
        items: list[dict[str, Any]],
        kind: str,
        label: str,
        page: DocumentPage,
        block: Block,
        more: dict[str, Any],
        parent: dict[str, str] = _BODY,
        children: list[dict[str, str]] | None = None,
    ) -> None:
        ref = f"#/{kind}/{len(items)}"
        text = str(more.get("text", ""))
        self._item = {
            "self_ref": ref,
            "parent": parent,
            "children": [],
            "content_layer": "furniture" if block.kind in FURNITURE else "body",
            "label": label,
            "prov": _places(page, block, 0, len(text)),
            **more,
        }
        items.append(self._item)
        (self.children if children is None else children).append({"$ref": ref})


def _root(ref: str, children: list[dict[str, str]], layer: str, label: str = "unspecified") -> dict[str, Any]:
    name = "_root_" if label == "unspecified" else label
    return {"self_ref": ref, "children": children, "content_layer": layer, "name": name, "label": label}


def _add_part(item: dict[str, Any], page: DocumentPage, block: Block, whole: Block, how: Continuation) -> None:
    """Add a further part to the item of what it continues: each place says which characters stand there."""
    start, end = 0, 0
    if whole.html:
        item["data"] = _cells(whole.html)
    else:
        kept = item["text"][: len(item["text"]) - how.drop]
        for place in item["prov"]:
            place["charspan"][1] = min(place["charspan"][1], len(kept))
        item["text"] = item["orig"] = f"{kept}{how.space}{block_text(block)}"
        start, end = len(kept) + len(how.space), len(item["text"])
    item["prov"] += _places(page, block, start, end)


def _places(page: DocumentPage, block: Block, start: int, end: int) -> list[dict[str, Any]]:
    """Where a block stands, in further columns too; none where nobody knows."""
    boxes: list[tuple[int, Box]] = [(page.number, block.box)] if block.box is not None else []
    return [
        {
            "page_no": number,
            "bbox": dict(zip("ltrb", map(float, box), strict=True)) | {"coord_origin": "TOPLEFT"},
            "charspan": [start, end],
        }
        for number, box in (*boxes, *(block.continued if boxes else ()))
    ]


def _cells(html: str) -> dict[str, Any]:
    table = parse_table(html)
    return {
        "table_cells": [
            {
                "row_span": cell.rows,
                "col_span": cell.columns,
                "start_row_offset_idx": cell.row,
                "end_row_offset_idx": cell.row + cell.rows,
                "start_col_offset_idx": cell.column,
                "end_col_offset_idx": cell.column + cell.columns,
                "text": cell.text,
                "column_header": cell.header,
                "row_header": False,
                "row_section": False,
            }
            for cell in table.cells
        ],
        "num_rows": table.rows,
        "num_cols": table.columns,
    }
