"""Workbooks (.xlsx, .xlsm): a page a sheet, its name as the heading, its cells as they are shown as one table.

- Rows are streamed, so a sheet of a million rows takes no more memory than the `flow.MOST_CELLS` cells that are kept.
- Formulas stand with the value that was stored, numbers as their format shows them (`number_format`). Comments are
  notes; pictures, charts and what shapes say stand behind the cells.
- Left out, and said: hidden sheets, rows and columns. A formula without a value makes the page PARTIAL.
- Standard: ECMA-376, part 1, chapter 18.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils import column_index_from_string, range_boundaries

from sokdok.errors import InputError
from sokdok.office.chart import add_drawn, count_words, in_font, is_hidden
from sokdok.office.flow import MOST_CELLS, RAISED, Flow, Part, raised
from sokdok.office.number_format import DAY_0, SYSTEM_DATE, shown_number, shown_text
from sokdok.office.package import PackageFile, attribute, child, children, descendants, integer, local, relation
from sokdok.tables.markup import RawCell

_CELL = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_CODED = re.compile("_x([0-9A-Fa-f]{4})_")  # a character that XML can't hold
_UNPRINTABLE = re.compile("[^\t\n -\ud7ff]")
_MOST_COLUMNS = 16_384  # of a sheet
MOST_SPANS = 100_000  # merged ranges of a sheet
MOST_EMPTY = 20  # empty rows between others that are kept
_ON = ("1", "true")


@dataclass(frozen=True)
class Span:
    """A merged range: rows and columns from 0, the last ones included."""

    top: int
    left: int
    bottom: int
    right: int


_ALONE = Span(0, 0, 0, 0)  # what a cell spans that is not merged


@dataclass
class Sheet:
    """A sheet's cells; rows and columns from 0."""

    rows: dict[int, dict[int, str]] = field(default_factory=dict)  # what cells show, where they show anything
    texts: set[tuple[int, int]] = field(default_factory=set)  # places of those that hold text, no numbers
    hidden_rows: list[int] = field(default_factory=list)  # in order
    hidden_columns: set[int] = field(default_factory=set)
    spans: list[Span] = field(default_factory=list)
    cut: bool = False  # whether it has more rows than these
    empty: int = 0  # formulas without a value
    known: bool = True  # whether all numerals are
    unseen: int = 0  # words that formats or hidden rows and columns hide


class XlsxFile(PackageFile):
    """An open workbook; InputError if it is none."""

    def __init__(self, path: Path, source: str, most: int) -> None:
        super().__init__(path, source, most)
        main = self.package.main_part()
        book, related = self.package.xml(main), self.package.related(main)
        sheets = [
            (attribute(one, "name"), attribute(one, "state", "visible"), related.get(relation(one, "id"), ""))
            for one in descendants(book, "sheet")
        ]
        if not sheets:
            raise InputError(f"{source} is no workbook that can be opened: it has no sheet")
        shown = [one for one in sheets if one[1] == "visible"] or sheets
        self.sheets = [(name, place) for name, _, place in shown]
        self.hidden = [one[0] for one in sheets if one not in shown]
        since_1904 = attribute(child(book, "workbookPr"), "date1904") in _ON
        self.base = datetime(1904, 1, 1) if since_1904 else DAY_0
        texts = self.package.of_type(main, "sharedStrings")
        self.texts = [_text(one) for one in self.package.elements(texts, "si")] if texts in self.package else []
        self.formats = self._formats(self.package.of_type(main, "styles"))

    def __len__(self) -> int:
        return len(self.sheets)

    def part(self, index: int) -> Part:
        """A sheet."""
        flow, (name, place) = Flow(), self.sheets[index]
        flow.left_out(len(self.hidden) if index == 0 else 0, "hidden sheet", ", ".join(self.hidden)[:200])
        flow.heading(2, name)
        sheet = self._sheet(place)
        flow.table(_rows(sheet))
        flow.unseen += sheet.unseen
        if sheet.cut:
            flow.error = flow.error or f"at most {MOST_CELLS:,} cells of a sheet are taken, and it has more"
        if sheet.empty:
            flow.error = flow.error or f"formulas without a value: {sheet.empty:,}; open the workbook and save it once"
        if not sheet.known:
            flow.error = flow.error or "numerals of a kind that is not known (DBNum) are figures here"
        self._drawings_and_notes(flow, place)
        self.say_embedded(place, flow)
        return flow.part()

    def _formats(self, place: str) -> list[tuple[str, str]]:
        styles = self.package.optional(place)
        forms = BUILTIN_FORMATS | dict.fromkeys((14, 22, *range(27, 37), *range(50, 59)), SYSTEM_DATE)
        own = {integer(one, "numFmtId"): attribute(one, "formatCode") for one in descendants(styles, "numFmt")}
        fonts = [attribute(child(one, "name"), "val") for one in children(child(styles, "fonts"), "font")]
        used = ((integer(one, "numFmtId"), integer(one, "fontId")) for one in children(child(styles, "cellXfs"), "xf"))
        return [(own.get(key) or forms.get(key, "General"), "".join(fonts[font : font + 1])) for key, font in used]

    def _sheet(self, place: str) -> Sheet:
        sheet, kept, number = Sheet(), 0, -1
        for one in self.package.elements(place, "col", "row", "mergeCell"):
            if local(one) == "col":
                first, last = integer(one, "min"), integer(one, "max")
                if (one.get("hidden") in _ON or one.get("width") == "0") and 1 <= first <= last <= _MOST_COLUMNS:
                    sheet.hidden_columns.update(range(first - 1, last))
                continue
            if local(one) == "mergeCell":
                with suppress(TypeError, ValueError):  # for what is no range
                    left, top, right, bottom = range_boundaries(one.get("ref", ""))
                    sheet.spans.append(Span(top - 1, left - 1, bottom - 1, right - 1))
                continue
            number = integer(one, "r", number + 2) - 1
            if one.get("hidden") in _ON or one.get("ht") == "0":
                sheet.hidden_rows.append(number)
            if not sheet.cut:  # merged ranges stand behind all rows
                kept += self._row(one, number, sheet)
                sheet.cut = kept > MOST_CELLS
        sheet.hidden_rows.sort()
        spans = dict.fromkeys(span for span in sheet.spans if span.left <= span.right and 0 <= span.top <= span.bottom)
        sheet.spans = list(spans)[:MOST_SPANS]
        return sheet

    def _row(self, row: Any, number: int, sheet: Sheet) -> int:
        """Add a row's cells; how many show anything."""
        said, column = dict[int, str](), -1
        for cell in row.iterchildren("{*}c"):
            place = _CELL.fullmatch(cell.get("r", ""))
            column = column_index_from_string(place[1]) - 1 if place else column + 1
            kind, inner = cell.get("t", "n"), cell.find("{*}is")
            value = (cell.findtext("{*}v") or "") if inner is None else _text(inner)
            sheet.empty += not value and kind != "str" and cell.find("{*}f") is not None
            if not value:
                continue
            if kind == "s" and value.isdecimal() and int(value) < len(self.texts):
                value = self.texts[int(value)]
            style = integer(cell, "s")
            form, font = self.formats[style] if style < len(self.formats) else ("General", "")
            text = in_font(self._shown(kind, value, form), font)
            sheet.known &= "dbnum" not in form.lower() or not re.search("[0-9]", text)
            sheet.unseen += len(value.split()) if not text else 0
            if text:
                said[column] = text
            if kind in ("s", "str", "inlineStr"):
                sheet.texts.add((number, column))
        if said:
            sheet.rows[number] = said
        return len(said)

    def _shown(self, kind: str, value: str, form: str) -> str:
        """A cell's value as text; empty for one that its format shows as nothing (`;;;`)."""
        if form.startswith(";;;"):
            return ""
        if kind == "n":
            try:
                return shown_number(int(value) if value.isdecimal() else float(value), form, self.base)
            except ValueError:
                return value
        if kind == "b":
            return "FALSE" if value == "0" else "TRUE"
        if kind == "d":
            return value.removesuffix("T00:00:00").replace("T", " ")
        return (shown_text(value, form) if form != "General" else value).strip()

    def _drawings_and_notes(self, flow: Flow, place: str) -> None:
        notes: dict[str, list[str]] = {}
        for part in sorted(self.package.related(place).values(), reverse=True):  # threads before their short form
            name = posixpath.basename(part)
            if part not in self.package or not name.endswith(".xml"):
                continue
            if name.startswith("drawing"):
                self._drawing(flow, self.package.xml(part), self.package.related(part))
            elif "comment" in name.lower():
                for one in self.package.xml(part).iter("{*}comment", "{*}threadedComment"):
                    said = "".join(text.text or "" for text in one.iter("{*}t", "{*}text"))
                    if local(one) == "threadedComment" or attribute(one, "ref") not in notes:
                        notes.setdefault(attribute(one, "ref"), []).append(said)
        for cell, texts in notes.items():
            flow.note("", "\n".join((f"{cell}: {texts[0]}", *texts[1:])))

    def _drawing(self, flow: Flow, root: Any, related: dict[str, str]) -> None:
        for one in root.iter():
            if any(is_hidden(above) for above in (one, *one.iterancestors())):
                flow.unseen += count_words(one) if local(one) == "txBody" else 0
                continue
            add_drawn(flow, one, self.package, related)


def _text(element: Any) -> str:
    """A text, its runs joined, raised and lowered ones marked; how it is said aloud is left out."""
    parts = []
    for one in element:
        text = (one.text if local(one) == "t" else one.findtext("{*}t") if local(one) == "r" else "") or ""
        tag = RAISED.get(attribute(child(one, "rPr", "vertAlign"), "val"))
        parts.append(raised(text, tag) if tag and text.strip() else text)
    return _CODED.sub(lambda code: _UNPRINTABLE.sub("", chr(int(code[1], 16))), "".join(parts))


def _rows(sheet: Sheet) -> Iterator[list[RawCell]]:
    """Rows of the cells that are shown with their spans; what merged ones say stands in the first one shown."""
    rows, columns = sheet.hidden_rows, sorted(sheet.hidden_columns)

    def place(row: int, column: int) -> tuple[int, int]:
        return row - bisect_left(rows, row), column - bisect_left(columns, column)

    spans: dict[tuple[int, int], Span] = {}  # by the place of the cell that says what stands in it
    for one in sheet.spans:
        (top, left), (bottom, right) = place(one.top, one.left), place(one.bottom + 1, one.right + 1)
        if top < bottom and left < right:
            spans[one.top, one.left] = Span(top, left, bottom - 1, right - 1)
    begins, covered = {(span.top, span.left): span for span in spans.values()}, _covered(spans.values())
    shown, gone = dict[int, dict[int, tuple[str, bool]]](), set(rows)
    for number, row in sorted(sheet.rows.items()):
        for column, text in row.items():
            span = spans.get((number, column))
            if span is None and (number in gone or column in sheet.hidden_columns):
                sheet.unseen += len(text.split())
                continue
            line, at = (span.top, span.left) if span else place(number, column)
            shown.setdefault(line, {})[at] = text, (number, column) in sheet.texts
    above = -1
    for line, cells in sorted(shown.items()):
        yield from ([] for _ in range(min(line - above - 1, MOST_EMPTY) if above >= 0 else 0))
        last = max(cells)
        heads = above < 0 < last and len(cells) == last + 1 and all(is_text for _, is_text in cells.values())
        above = line
        yield [
            RawCell(span.bottom - span.top + 1, span.right - span.left + 1, heads, [cells.get(at, ("", False))[0]])
            for at in range(last + 1)
            if (span := begins.get((line, at), _ALONE)) is not _ALONE or (line, at) not in covered
        ]


def _covered(spans: Iterable[Span]) -> set[tuple[int, int]]:
    """Places that spans take, their first ones apart: at most as many as a table has, for spans may be whole sheets."""
    places = (
        (row, column)
        for span in spans
        for row in range(span.top, span.bottom + 1)
        for column in range(span.left + (row == span.top), span.right + 1)
    )
    return set(islice(places, MOST_CELLS))
