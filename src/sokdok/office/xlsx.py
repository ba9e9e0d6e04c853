"""Workbooks (.xlsx, .xlsm): a page a sheet, its name as the heading, its cells as they are shown as one table.

- Rows are streamed, so a sheet of a million rows takes no more memory than the `flow.MOST_CELLS` cells that are kept.
- Formulas stand with the value that was stored, numbers as their format shows them (`number_format`). What has the
  colour of its ground is left out, unless conditions, tables or a picture below may give it another.
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
from itertools import chain, islice, pairwise, product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from openpyxl.styles.colors import COLOR_INDEX
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils import column_index_from_string, range_boundaries

from sokdok.errors import InputError
from sokdok.office.chart import add_drawn, count_words, decoded, in_font, is_hidden, theme_colours
from sokdok.office.flow import MOST_CELLS, RAISED, Flow, Part, raised
from sokdok.office.number_format import DAY_0, SYSTEM_DATE, shown_number, shown_text
from sokdok.office.package import PackageFile, attribute, child, children, descendants, integer, local, relation
from sokdok.office.seen import LEAST_PT, WHITE, Rgb, rgb, stands_out
from sokdok.office.styles import is_on
from sokdok.tables.markup import RawCell

_CELL = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_MOST_COLUMNS = 16_384  # of a sheet
MOST_SPANS = 100_000  # merged ranges of a sheet
MOST_EMPTY = 20  # empty rows and columns between others that are kept
_ON = ("1", "true")
_ON_PAPER = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|K[0-9]{2}[+-][0-9]{3}|[0-9]{1,3}|(.))', re.DOTALL)
"""what a header or footer says of its type, of where its parts begin, or of what each page says anew, as its number"""
_PARTS = ("sheetView", "col", "row", "mergeCell", "conditionalFormatting", "picture", "headerFooter")


class Span(NamedTuple):
    """A merged range: rows and columns from 0, the last ones included."""

    top: int
    left: int
    bottom: int
    right: int


class Look(NamedTuple):
    """How a cell looks."""

    form: str = "General"  # of numbers
    font: str = ""
    pale: bool = False  # whether type has the colour of its ground, or is too small to be seen
    struck: bool = False


@dataclass
class Sheet:
    """A sheet's cells; rows and columns from 0. What is to be said of it goes to the flow."""

    flow: Flow
    rows: dict[int, dict[int, tuple[str, bool]]] = field(default_factory=dict)
    """what cells show, where they show anything, and whether it is text, no number"""
    pale: list[tuple[int, int]] = field(default_factory=list)  # places of those whose type is as their ground
    painted: list[Span] = field(default_factory=list)  # ranges whose colours hang on conditions or tables
    hidden_rows: list[int] = field(default_factory=list)  # in order
    hidden_columns: set[int] = field(default_factory=set)
    spans: list[Span] = field(default_factory=list)
    empty: int = 0  # formulas without a value
    zeros: bool = True  # whether they are shown


class XlsxFile(PackageFile):
    """An open workbook; InputError if it is none."""

    def __init__(self, path: Path, source: str, most: int) -> None:
        super().__init__(path, source, most)
        main = self.package.main_part()
        book, related = self.package.xml(main), self.package.related(main)
        sheets = list(descendants(book, "sheet"))
        if not sheets:
            raise InputError(f"{source} is no workbook that can be opened: it has no sheet")
        shown = [one for one in sheets if attribute(one, "state", "visible") == "visible"] or sheets
        self.pages = [(attribute(one, "name"), related.get(relation(one, "id"), "")) for one in shown]
        self.hidden = [attribute(one, "name") for one in sheets if one not in shown]
        self.base = datetime(1904, 1, 1) if attribute(child(book, "workbookPr"), "date1904") in _ON else DAY_0
        texts = self.package.of_type(main, "sharedStrings")
        self.texts = [_text(one) for one in self.package.elements(texts, "si")] if texts in self.package else []
        self.theme = list(theme_colours(self.package.optional(self.package.of_type(main, "theme"))).values())
        self.looks = self._looks(self.package.optional(self.package.of_type(main, "styles")))

    def part(self, index: int) -> Part:
        """A sheet."""
        flow, (name, place) = Flow(), self.pages[index]
        flow.left_out(len(self.hidden) if index == 0 else 0, "hidden sheet", ", ".join(self.hidden)[:200])
        flow.heading(2, name)
        sheet = self._sheet(name, place, flow)
        flow.table(_rows(sheet))
        if sheet.empty:
            flow.lacks(f"formulas without a value: {sheet.empty:,}; open the workbook and save it once")
        self._drawings_and_notes(flow, place)
        self.say_embedded(place, flow)
        return flow.part()

    def _looks(self, styles: Any) -> dict[int, Look]:
        """How cells look, by their styles."""
        forms = BUILTIN_FORMATS | dict.fromkeys((14, 22, *range(27, 37), *range(50, 59)), SYSTEM_DATE)
        own = {integer(one, "numFmtId"): attribute(one, "formatCode") for one in descendants(styles, "numFmt")}
        fonts, fills = (dict(enumerate(children(child(styles, f"{name}s"), name))) for name in ("font", "fill"))
        formats = (attribute(child(one, "numFmt"), "formatCode") for one in children(child(styles, "dxfs"), "dxf"))
        self.formatted = {str(at) for at, form in enumerate(formats) if form not in ("", "General")}
        looks = dict[int, Look]()
        for one in children(child(styles, "cellXfs"), "xf"):
            number, font = integer(one, "numFmtId"), fonts.get(integer(one, "fontId"))
            fill = child(fills.get(integer(one, "fillId")), "patternFill")
            pattern = attribute(fill, "patternType", "none") if fill is not None else "gradient"
            ground = {"none": WHITE, "solid": self._colour(child(fill, "fgColor"), None)}.get(pattern)
            tiny = (integer(child(font, "sz")) or 11) < LEAST_PT
            pale = tiny or not stands_out(self._colour(child(font, "color"), (0, 0, 0)), ground)
            form = own.get(number) or forms.get(number, "General")
            looks[len(looks)] = Look(form, attribute(child(font, "name"), "val"), pale, is_on(child(font, "strike")))
        return looks

    def _colour(self, element: Any, usual: Rgb | None) -> Rgb | None:
        """A colour; None where it is not known, as one that is made lighter or darker."""
        if element is None or element.get("auto") in _ON:
            return usual
        if element.get("tint", "").strip("-0."):
            return None
        theme = integer(element, "theme", -1)
        theme += (1, -1)[theme % 2] if 0 <= theme < 4 else 0  # light before dark
        indexed = dict(enumerate(COLOR_INDEX)).get(integer(element, "indexed", -1), "")
        return self.theme[theme] if 0 <= theme < len(self.theme) else rgb(element.get("rgb", indexed))

    def _sheet(self, name: str, place: str, flow: Flow) -> Sheet:
        sheet, kept, number = Sheet(flow), 0, -1
        for one in self.package.elements(place, *_PARTS):
            if local(one) == "col":
                first, last = integer(one, "min"), integer(one, "max")
                if (one.get("hidden") in _ON or one.get("width") == "0") and 1 <= first <= last <= _MOST_COLUMNS:
                    sheet.hidden_columns.update(range(first - 1, last))
            elif local(one) == "mergeCell":
                sheet.spans += _spans(one.get("ref", ""))
            elif local(one) == "sheetView":
                sheet.zeros = one.get("showZeros", "1") in _ON
            elif local(one) == "headerFooter":
                self._add_furniture(one, name, flow)
            elif local(one) != "row":  # a picture lies below all cells
                if not self.formatted.isdisjoint(rule.get("dxfId") for rule in one):
                    flow.lacks("numbers whose format hangs on conditions are shown without these")
                sheet.painted += _spans(one.get("sqref", "A1:XFD1048576"))
            else:
                number = integer(one, "r", number + 2) - 1
                if one.get("hidden") in _ON or one.get("ht") == "0":
                    sheet.hidden_rows.append(number)
                kept += self._row(one, number, sheet) if kept <= MOST_CELLS else 0  # ranges stand behind all rows
        if kept > MOST_CELLS:
            flow.lacks(f"at most {MOST_CELLS:,} cells of a sheet are taken, and it has more")
        sheet.hidden_rows.sort()
        spans = dict.fromkeys(span for span in sheet.spans if span.left <= span.right and 0 <= span.top <= span.bottom)
        sheet.spans = list(spans)[:MOST_SPANS]
        self._hide_pale(sheet, place)
        return sheet

    def _add_furniture(self, said: Any, sheet: str, flow: Flow) -> None:
        """Add what stands above and below a sheet on paper, but for what is counted or looked up when it is printed."""
        named = {"&": "&", "A": sheet, "F": self.source, **dict.fromkeys("LCR", "\n")}
        for one in said:
            asked = {"even": "differentOddEven", "firs": "differentFirst"}.get(local(one)[:4])
            if asked is None or said.get(asked) in _ON:
                text = _ON_PAPER.sub(lambda code: named.get(code[1], ""), decoded(one.text or ""))
                flow.text(text, local(one)[-6:].lower())

    def _hide_pale(self, sheet: Sheet, place: str) -> None:
        """Take out what has the colour of its ground, but where conditions or tables (pivot, too) give it another."""
        for name in self.package.related(place).values() if sheet.pale else ():
            root = self.package.optional(name) if "able" in name else None
            for one in (root, child(root, "location")):
                sheet.painted += _spans(attribute(one, "ref"))
        painted = sorted(sheet.painted, key=lambda one: one.top, reverse=True)
        until = np.full(max((at for _, at in sheet.pale), default=0) + 1, -1)  # column → last row painted there so far
        for row, column in sorted(sheet.pale):
            while painted and painted[-1].top <= row:
                one = painted.pop()
                np.maximum(until[one.left : one.right + 1], one.bottom, out=until[one.left : one.right + 1])
            if until[column] < row:
                sheet.flow.unseen += len(sheet.rows[row].pop(column)[0].split())

    def _row(self, row: Any, number: int, sheet: Sheet) -> int:
        """Add a row's cells; how many show anything."""
        said, column = dict[int, tuple[str, bool]](), -1
        for cell in row.iterchildren("{*}c"):
            place = _CELL.fullmatch(cell.get("r", ""))
            column = column_index_from_string(place[1]) - 1 if place else column + 1
            kind, inner = cell.get("t", "n"), cell.find("{*}is")
            value, own = (cell.findtext("{*}v") or "", False) if inner is None else _text(inner)
            sheet.empty += not value and kind != "str" and cell.find("{*}f") is not None
            if not value:
                continue
            if kind == "s":
                known = value.isdecimal() and int(value) < len(self.texts)
                value, own = self.texts[int(value)] if known else ("", False)
                sheet.flow.lacks("" if known else "a cell names a text that is not in the file")
            look = self.looks.get(integer(cell, "s"), Look())
            is_blank = kind == "n" and not sheet.zeros and not value.strip("-.0")
            text = "" if is_blank else in_font(self._shown(kind, value, look.form), look.font)
            if "dbnum" in look.form.lower() and re.search("[0-9]", text):
                sheet.flow.lacks("numerals of a kind that is not known (DBNum) are figures here")
            sheet.flow.unseen += len(value.split()) if not text else 0
            if text:
                said[column] = raised(text, "del" if look.struck and not own else ""), kind in ("s", "str", "inlineStr")
                sheet.pale += [(number, column)] if look.pale and not own else []
        if said:
            sheet.rows[number] = said
        return len(said)

    def _shown(self, kind: str, value: str, form: str) -> str:
        """A cell's value as text; empty for one that its format shows as nothing (`;;;`)."""
        if kind == "n":
            try:
                return shown_number(int(value) if value.isdecimal() else float(value), form, self.base)
            except ValueError:
                return value
        if kind == "b":
            return "FALSE" if value == "0" else "TRUE"
        if kind == "d":
            return value.removesuffix("T00:00:00").replace("T", " ")
        value = decoded(value) if kind == "str" else value
        return (shown_text(value, form) if form != "General" else value).strip()

    def _drawings_and_notes(self, flow: Flow, place: str) -> None:
        notes: dict[str, list[str]] = {}
        for part in sorted(self.package.related(place).values(), reverse=True):  # threads before their short form
            name = posixpath.basename(part)
            if part not in self.package or not name.endswith(".xml"):
                continue
            if name.startswith("drawing"):
                related = self.package.related(part)
                for one in self.package.xml(part).iter():
                    if any(is_hidden(above) for above in (one, *one.iterancestors())):
                        flow.unseen += count_words(one) if local(one) == "txBody" else 0
                    else:
                        add_drawn(flow, one, self.package, related)
            elif "comment" in name.lower():
                for one in self.package.xml(part).iter("{*}comment", "{*}threadedComment"):
                    said = decoded("".join(text.text or "" for text in one.iter("{*}t", "{*}text")))
                    if local(one) == "threadedComment" or attribute(one, "ref") not in notes:
                        notes.setdefault(attribute(one, "ref"), []).append(said)
        for cell, texts in notes.items():
            flow.note("", "\n".join((f"{cell}: {texts[0]}", *texts[1:])))


def _spans(ranges: str) -> Iterator[Span]:
    """Ranges such as `A1:B2 C3`; what is none is left out."""
    for one in ranges.split():
        with suppress(TypeError, ValueError):
            left, top, right, bottom = range_boundaries(one)
            yield Span(top - 1, left - 1, bottom - 1, right - 1)


def _text(element: Any) -> tuple[str, bool]:
    """A text, its runs joined, raised and lowered ones marked, not how it is said aloud; whether it has own looks."""
    parts = []
    for one in element:
        text = (one.text if local(one) == "t" else one.findtext("{*}t") if local(one) == "r" else "") or ""
        text = raised(text, RAISED.get(attribute(child(one, "rPr", "vertAlign"), "val"), ""))
        parts.append(raised(text, "del" if is_on(child(one, "rPr", "strike")) else ""))
    return decoded("".join(parts)), next(element.iter("{*}rPr"), None) is not None


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
    sizes = {(one.top, one.left): (one.bottom - one.top + 1, one.right - one.left + 1) for one in spans.values()}
    covered = _covered(spans.values())
    shown, gone = dict[int, dict[int, tuple[str, bool]]](), set(rows)
    for number, row in sorted(sheet.rows.items()):
        for column, cell in row.items():
            span = spans.get((number, column))
            line, at = (span.top, span.left) if span else place(number, column)
            if span is None and (number in gone or column in sheet.hidden_columns or (line, at) in covered):
                sheet.flow.unseen += len(cell[0].split())
                continue
            shown.setdefault(line, {})[at] = cell
    used = sorted({at for cells in shown.values() for at in cells} | {at for _, at in covered})
    far, above = {at for one, end in pairwise([-1, *used]) for at in range(one + 1 + MOST_EMPTY, end)}, -1
    for line, cells in sorted(shown.items()):
        yield from ([] for _ in range(min(line - above - 1, MOST_EMPTY) if above >= 0 else 0))
        last = max(cells)
        heads = above < 0 < last and len(cells) == last + 1 and all(is_text for _, is_text in cells.values())
        above = line
        yield [
            RawCell(*sizes.get((line, at), (1, 1)), heads, [cells.get(at, ("", False))[0]])
            for at in range(last + 1)
            if at not in far and ((line, at) in sizes or (line, at) not in covered)
        ]


def _covered(spans: Iterable[Span]) -> set[tuple[int, int]]:
    """Places that spans take, their first ones apart: at most as many as a table has, for spans may be whole sheets."""
    areas = (product(range(one.top, one.bottom + 1), range(one.left, one.right + 1)) for one in spans)
    return set(islice(chain.from_iterable(islice(one, 1, None) for one in areas), MOST_CELLS))
