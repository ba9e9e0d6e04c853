"""Presentations (.pptx): a page a slide, its title as the heading, shapes from top to bottom, notes at the end.

- Kept: titles, bullets with their levels, text boxes, tables with spans, pictures, charts by their numbers, groups,
  diagrams, speaker's notes, links; what stands on the layout and the master as furniture.
- Left out, and said: hidden slides, hidden shapes and those off the slide, comments. A shape that is not as it should
  be is its words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sokdok.errors import InputError
from sokdok.office.chart import is_hidden, paragraphs, read_chart, read_diagram
from sokdok.office.flow import Flow, Part, link
from sokdok.office.omml import latex
from sokdok.office.package import Package, child, children, choose, descendants, local, opening, parse_xml, relation
from sokdok.tables.markup import RawCell

MOST_DEEP = 20  # groups in groups
_TITLES = {"TITLE", "CENTER_TITLE", "VERTICAL_TITLE"}
_FURNITURE = {"DATE": "header", "HEADER": "header", "FOOTER": "footer", "SLIDE_NUMBER": "page_number"}
_BULLETED = {"BODY", "OBJECT", "VERTICAL_BODY", "VERTICAL_OBJECT"}
"""places of a layout whose paragraphs have bullets unless they say otherwise"""
_ROW_EMU = 300_000  # shapes whose tops differ by less stand beside each other: a third of an inch
NOTES = "Notes:"  # what stands before a speaker's notes


class PptxFile:
    """An open presentation; InputError if it is none."""

    remark = ""

    def __init__(self, path: Path, source: str, most: int) -> None:
        self.source = source
        self.package = Package(path, source, most)
        self.package.check_xml()
        with opening(source, "presentation"):
            import pptx

            show = pptx.Presentation(str(path))
            slides, self.size = list(show.slides), (show.slide_width or 0, show.slide_height or 0)
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
        _furniture(flow, slide)
        choose(slide._element)
        for shape in _in_order(_shapes(slide)):
            if _is_off(shape, self.size):
                flow.unseen += _count(shape._element)
            else:
                self._shape(flow, shape)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            notes = "\n".join(filter(None, (_words(one) for one in slide.notes_slide.notes_text_frame.paragraphs)))
            flow.text(f"{NOTES} {notes}" if notes.strip() else "")
        if any(one.reltype.endswith("/comments") for one in slide.part.rels.values()):
            flow.warn("comments are left out")
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
        if is_hidden(shape._element):
            flow.unseen += _count(shape._element)
            return
        inner = Flow()
        try:
            self._content(inner, shape, depth)
        except Exception:  # whatever a shape that is not as it should be makes the library raise
            inner = Flow()
            for text in paragraphs(shape._element):
                inner.text(text)
        flow.embed(inner.part(), "")

    def _content(self, flow: Flow, shape: Any, depth: int) -> None:
        kind, name = _place(shape), local(shape._element)
        if name == "grpSp" and depth < MOST_DEEP:
            for inner in _in_order(_shapes(shape)):
                self._shape(flow, inner, depth + 1)
        elif getattr(shape, "has_table", False):
            flow.table(_table(shape.table))
        elif not getattr(shape, "has_text_frame", False):
            for text in paragraphs(shape._element):
                flow.text(text)
        elif kind in _TITLES or kind == "SUBTITLE":
            words = " ".join(filter(None, map(_words, shape.text_frame.paragraphs)))
            flow.heading(1 if kind in _TITLES else 2, words)
        elif kind in _FURNITURE:
            flow.text(shape.text_frame.text, _FURNITURE[kind])
        else:
            _paragraphs(flow, shape.text_frame, kind in _BULLETED)
        if name != "grpSp":
            self._drawn(flow, shape)

    def _drawn(self, flow: Flow, shape: Any) -> None:
        """Pictures, charts and diagrams of a shape, by the parts that it names."""
        for one in shape._element.iter():
            name = local(one)
            key = relation(one, _DRAWN[name]) if name in _DRAWN else ""
            if name == "blip" and relation(one, "link"):
                flow.warn("a picture that is linked from elsewhere is not fetched")
            if not key:
                continue
            try:
                data = shape.part.related_part(key).blob
            except KeyError:
                flow.warn("a picture or chart of the slide is missing in the file")
                continue
            if name == "blip":
                reference = str(len(self._pictures))
                self._pictures[reference] = data
                properties = shape._element.find(".//{*}cNvPr")
                flow.picture(reference, properties.get("descr", "") if properties is not None else "")
                continue
            root = parse_xml(data, f"{self.source} ({name})")
            if name == "chart":
                flow.chart(*read_chart(root))
            for text in read_diagram(root) if name == "relIds" else ():
                flow.item(1, text)


_DRAWN = {"blip": "embed", "chart": "id", "relIds": "dm"}  # what names a part, and by which attribute


def _furniture(flow: Flow, slide: Any) -> None:
    """What the layout and the master say on each of their slides."""
    holders = [] if slide._element.get("showMasterSp") in ("0", "false") else [slide.slide_layout]
    if holders and slide.slide_layout._element.get("showMasterSp") not in ("0", "false"):
        holders.append(slide.slide_layout.slide_master)
    for holder in holders:
        choose(holder._element)
        for shape in holder._element.iter("{*}sp"):
            if next(descendants(shape, "ph"), None) is None and not is_hidden(shape):
                flow.text("\n".join(paragraphs(shape)), "header")


def _is_off(shape: Any, size: tuple[int, int]) -> bool:
    """Whether a shape lies beside its slide."""
    left, top, width, height = (_edge(shape, name) for name in ("left", "top", "width", "height"))
    return left > size[0] > 0 or top > size[1] > 0 or left + width < 0 or top + height < 0


def _edge(shape: Any, name: str) -> int:
    try:
        return getattr(shape, name) or 0
    except Exception:  # of a place that its layout does not have
        return 0


def _count(element: Any) -> int:
    return len(" ".join(paragraphs(element)).split())


@dataclass(frozen=True)
class _Bare:
    """A shape that the library can't make anything of."""

    _element: Any
    part: Any


def _shapes(holder: Any) -> list[Any]:
    """The shapes of a slide or a group."""

    def one(element: Any) -> Any:
        try:
            return holder.shapes._shape_factory(element)
        except Exception:  # whatever the library raises for what it does not know
            return _Bare(element, holder.part)

    return [one(element) for element in holder.shapes._element.iter_shape_elms()]


def _in_order(shapes: list[Any]) -> list[Any]:
    """The title first, others from top to bottom, those beside each other from left to right."""
    placed = sorted(shapes, key=lambda shape: (_edge(shape, "top"), _edge(shape, "left")))
    rows: list[list[Any]] = []
    for shape in placed:
        if rows and _edge(shape, "top") - _edge(rows[-1][0], "top") < _ROW_EMU:
            rows[-1].append(shape)
        else:
            rows.append([shape])
    ordered = [shape for row in rows for shape in sorted(row, key=lambda shape: _edge(shape, "left"))]
    return sorted(ordered, key=lambda shape: _place(shape) not in _TITLES)


def _place(shape: Any) -> str:
    """Which place of its layout a shape fills; empty for none."""
    try:
        kind = shape.placeholder_format.type if shape.is_placeholder else None
    except Exception:  # of a kind that nobody knows
        kind = None
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
        elif name == "m":
            yield from (f"\\({latex(formula)}\\)" for formula in one)
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
            text = "\n".join(map(_words, cell.text_frame.paragraphs))
            cells.append(RawCell(height, width, number == 0 and bool(table.first_row), [text]))
        rows.append(cells)
    return rows
