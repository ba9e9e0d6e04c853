"""Presentations (.pptx): a page a slide, its title as the heading, shapes from top to bottom, notes at the end.

- Kept: titles, bullets with their levels, text boxes, tables with spans, pictures, charts by their numbers, groups,
  speaker's notes, links. Left out: hidden slides (the page before says so), what stands on masters, animations.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sokdok.errors import InputError
from sokdok.office.flow import Flow, Part, link
from sokdok.office.formats.chart import read_chart
from sokdok.office.package import Package, child, children, local, opening, parse_xml
from sokdok.tables.markup import RawCell

MOST_DEEP = 20
"""groups in groups"""
_TITLES = {"TITLE", "CENTER_TITLE", "VERTICAL_TITLE"}
_FURNITURE = {"DATE": "header", "HEADER": "header", "FOOTER": "footer", "SLIDE_NUMBER": "page_number"}
_BULLETED = {"BODY", "OBJECT", "VERTICAL_BODY", "VERTICAL_OBJECT"}
"""places of a layout whose paragraphs have bullets unless they say otherwise"""
_ROW_EMU = 300_000
"""shapes whose tops differ by less stand beside each other: a third of an inch"""
NOTES = "Notes:"
"""what stands before a speaker's notes"""


class PptxFile:
    """An open presentation; InputError if it is none."""

    remark = ""

    def __init__(self, path: Path, source: str, most: int) -> None:
        self.source = source
        self.package = Package(path, source, most)
        self.package.check_xml()
        with opening(source, "presentation"):
            import pptx

            slides = list(pptx.Presentation(str(path)).slides)
        shown = [slide for slide in slides if slide._element.get("show") not in ("0", "false")]
        self.slides = shown or slides
        self.hidden = len(slides) - len(self.slides)
        self._pictures: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self.slides)

    def part(self, index: int) -> Part:
        """A slide."""
        flow, slide = Flow(), self.slides[index]
        if index == 0 and self.hidden:
            flow.warn(f"{self.hidden} hidden {'slide is' if self.hidden == 1 else 'slides are'} left out")
        self._pictures = {}
        for shape in _in_order(list(slide.shapes)):
            self._shape(flow, shape)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            notes = "\n".join(filter(None, (_words(one) for one in slide.notes_slide.notes_text_frame.paragraphs)))
            flow.text(f"{NOTES} {notes}" if notes.strip() else "")
        return flow.part()

    def picture(self, reference: str) -> bytes:
        """A picture's file, of the slide that was read last."""
        found = self._pictures.get(reference)
        if found is None:
            raise InputError(f"{self.source} has no picture {reference}")
        return bytes(found)

    def close(self) -> None:
        """Close the file."""
        self.package.close()

    def _shape(self, flow: Flow, shape: Any, depth: int = 0) -> None:
        kind = _place(shape)
        if hasattr(shape, "shapes"):
            for inner in _in_order(list(shape.shapes)) if depth < MOST_DEEP else ():
                self._shape(flow, inner, depth + 1)
        elif getattr(shape, "has_table", False) and shape.has_table:
            flow.table(_table(shape.table))
        elif getattr(shape, "has_chart", False) and shape.has_chart:
            root = parse_xml(shape.chart.part.blob, f"{self.source} (chart)")
            flow.chart(*read_chart(root))
        elif kind in _TITLES:
            flow.heading(1, " ".join(filter(None, map(_words, shape.text_frame.paragraphs))))
        elif kind == "SUBTITLE":
            flow.heading(2, " ".join(filter(None, map(_words, shape.text_frame.paragraphs))))
        elif kind in _FURNITURE and shape.has_text_frame:
            flow.text(shape.text_frame.text, _FURNITURE[kind])
        elif hasattr(shape, "image") or local(shape._element) == "pic":
            self._picture(flow, shape)
        elif shape.has_text_frame:
            _paragraphs(flow, shape.text_frame, kind in _BULLETED)

    def _picture(self, flow: Flow, shape: Any) -> None:
        try:
            blob = shape.image.blob
        except (AttributeError, KeyError, ValueError):  # linked from elsewhere, or a placeholder without one
            flow.warn("a picture that is linked from elsewhere is not fetched")
            return
        reference = str(len(self._pictures))
        self._pictures[reference] = blob
        properties = shape._element.find(".//{*}cNvPr")
        flow.picture(reference, properties.get("descr", "") if properties is not None else "")


def _in_order(shapes: list[Any]) -> list[Any]:
    """The title first, others from top to bottom, those beside each other from left to right."""
    placed = sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0))
    rows: list[list[Any]] = []
    for shape in placed:
        if rows and (shape.top or 0) - (rows[-1][0].top or 0) < _ROW_EMU:
            rows[-1].append(shape)
        else:
            rows.append([shape])
    ordered = [shape for row in rows for shape in sorted(row, key=lambda shape: shape.left or 0)]
    return sorted(ordered, key=lambda shape: _place(shape) not in _TITLES)


def _place(shape: Any) -> str:
    """Which place of its layout a shape fills; empty for none."""
    if not getattr(shape, "is_placeholder", False):
        return ""
    kind = shape.placeholder_format.type
    return kind.name if kind is not None else ""


def _paragraphs(flow: Flow, frame: Any, bulleted: bool) -> None:
    for paragraph in frame.paragraphs:
        text = _words(paragraph)
        if _has_bullet(paragraph, bulleted):
            flow.item(paragraph.level + 1, text)
        else:
            flow.text(text)


def _has_bullet(paragraph: Any, inherited: bool) -> bool:
    properties = child(paragraph._p, "pPr")
    for one in properties if properties is not None else ():
        if local(one) == "buNone":
            return False
        if local(one) in ("buChar", "buAutoNum", "buBlip"):
            return True
    return inherited


def _words(paragraph: Any) -> str:
    """A paragraph's text, with links."""
    return "".join(_pieces(paragraph)).strip()


def _pieces(paragraph: Any) -> Iterator[str]:
    related = paragraph.part.rels if hasattr(paragraph, "part") else {}
    for one in paragraph._p:
        name = local(one)
        if name == "br":
            yield "\n"
        if name not in ("r", "fld"):
            continue
        text = "".join(text.text or "" for text in children(one, "t"))
        click = child(one, "rPr", "hlinkClick")
        address = ""
        if click is not None:
            key = click.get("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id", "")
            if key in related and related[key].is_external:
                address = related[key].target_ref
        yield link(text, address) if address else text


def _table(table: Any) -> list[list[RawCell]]:
    rows: list[list[RawCell]] = []
    for number, row in enumerate(table.rows):
        cells: list[RawCell] = []
        for cell in row.cells:
            if cell.is_spanned:
                continue
            height, width = (cell.span_height, cell.span_width) if cell.is_merge_origin else (1, 1)
            cells.append(
                RawCell(height, width, number == 0 and bool(table.first_row), [cell.text.replace("\x0b", "\n")])
            )
        rows.append(cells)
    return rows
