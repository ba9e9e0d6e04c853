"""Workbooks (.xlsx, .xlsm): a page a sheet, its name as the heading, its cells as they are shown as one table.

- Rows are streamed, so a sheet of a million rows takes no more memory than the `flow.MOST_CELLS` cells that are kept.
- Formulas stand with the value that was stored; numbers as their format shows them where that is a percentage, a date,
  decimals or thousands. Hidden sheets are left out, and the page before says so.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sokdok.office.flow import MOST_CELLS, Flow, Part
from sokdok.office.formats.chart import read_chart
from sokdok.office.formats.number_format import shown
from sokdok.office.package import Package, attribute, descendants, local, opening, relation
from sokdok.tables.markup import RawCell

_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_LONGEST_TAG = 10_000
"""bytes"""
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^<>]*?\bref=[\"']([^\"'<>]{1,40})[\"']")
MOST_SPANS = 100_000
"""merged ranges of a sheet"""
MOST_EMPTY = 20
"""empty rows between others that are kept"""


@dataclass(frozen=True)
class Span:
    """A merged range: rows and columns from 0, the last ones included."""

    top: int
    left: int
    bottom: int
    right: int


class XlsxFile:
    """An open workbook; InputError if it is none."""

    remark = ""

    def __init__(self, path: Path, source: str, most: int) -> None:
        self.source = source
        self.package = Package(path, source, most)
        self.package.check_xml()
        with opening(source, "workbook"):
            import openpyxl

            self._file = path.open("rb")  # a path is judged by its suffix, whatever the file is
            how = {"read_only": True, "data_only": True, "keep_links": False, "keep_vba": False}
            self.book = openpyxl.load_workbook(self._file, **how)
        sheets = list(self.book.worksheets)
        self.sheets = [sheet for sheet in sheets if sheet.sheet_state == "visible"] or sheets
        self.hidden = [sheet.title for sheet in sheets if sheet not in self.sheets]
        self.places = self._places()

    def __len__(self) -> int:
        return len(self.sheets)

    def part(self, index: int) -> Part:
        """A sheet."""
        flow, sheet = Flow(), self.sheets[index]
        if index == 0 and self.hidden:
            one = len(self.hidden) == 1
            names = ", ".join(self.hidden)[:200]
            flow.warn(f"{len(self.hidden)} hidden {'sheet is' if one else 'sheets are'} left out: {names}")
        flow.heading(2, sheet.title)
        place = self.places.get(sheet.title, "")
        spans = self._spans(place)
        sheet.reset_dimensions()  # what the file says of its size may be wrong
        flow.table(_rows(sheet, spans))
        self._drawings(flow, place)
        return flow.part()

    def picture(self, reference: str) -> bytes:
        """A picture's file."""
        return self.package.read(reference)

    def close(self) -> None:
        """Close the file."""
        self.book.close()
        self._file.close()
        self.package.close()

    def _places(self) -> dict[str, str]:
        """Where in the archive each sheet is."""
        main = next((name for name in self.package.related("").values() if name.endswith(".xml")), "")
        if main not in self.package:
            return {}
        related, sheets = self.package.related(main), descendants(self.package.xml(main), "sheet")
        return {attribute(sheet, "name"): related.get(relation(sheet, "id"), "") for sheet in sheets}

    def _spans(self, place: str) -> list[Span]:
        """Merged ranges, which stand behind a sheet's rows: looked for in its bytes, since rows may be a million."""
        spans: list[Span] = []
        rest = b""
        for chunk in self.package.chunks(place) if place in self.package else ():
            data = rest + chunk
            end = max(data.rfind(b"<"), 0)  # a tag that goes on in the next piece
            for match in _MERGED.finditer(data, 0, end):
                if len(spans) < MOST_SPANS:
                    spans += _span(match[1].decode("ascii", "replace"))
            rest = data[end:][-_LONGEST_TAG:]
        return spans

    def _drawings(self, flow: Flow, place: str) -> None:
        """Pictures and charts that lie on a sheet."""
        for drawing in self.package.related(place).values():
            if not posixpath.basename(drawing).startswith("drawing") or not drawing.endswith(".xml"):
                continue
            if drawing not in self.package:
                continue
            related, root = self.package.related(drawing), self.package.xml(drawing)
            for one in root.iter():
                target = related.get(relation(one, "embed") or relation(one, "id"), "")
                if local(one) == "blip" and target in self.package:
                    flow.picture(target, _description(one))
                elif local(one) == "chart" and target in self.package:
                    flow.chart(*read_chart(self.package.xml(target)))


def _description(picture: Any) -> str:
    for above in picture.iterancestors():
        if local(above) == "pic":
            return next((attribute(one, "descr") for one in descendants(above, "cNvPr")), "")
    return ""


def _span(reference: str) -> list[Span]:
    """The range that `B2:D5` names; none for what is no range."""
    match = _RANGE.fullmatch(reference)
    if match is None:
        return []
    left, top, right, bottom = _column(match[1]), int(match[2]) - 1, _column(match[3]), int(match[4]) - 1
    return [Span(top, left, bottom, right)] if left <= right and 0 <= top <= bottom else []


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


def _rows(sheet: Any, spans: list[Span]) -> Iterator[list[RawCell]]:
    """Rows of cells with their spans, from the first to the last that says anything."""
    begins, covered = {(span.top, span.left): span for span in spans}, _covered(spans)
    empty: int | None = None  # rows above this one, behind the first that says anything
    for number, row in enumerate(sheet.iter_rows()):
        texts = [shown(cell.value, getattr(cell, "number_format", "General")) for cell in row]
        while texts and not texts[-1]:
            texts.pop()
        if not texts:
            empty = empty if empty is None else empty + 1
            continue
        yield from ([] for _ in range(min(empty or 0, MOST_EMPTY)))
        heads = empty is None and len(texts) > 1 and all(_is_heading(cell.value) for cell in row[: len(texts)])
        empty = 0
        yield [
            _cell(text, begins.get((number, column)), heads)
            for column, text in enumerate(texts)
            if (number, column) not in covered
        ]


def _is_heading(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _cell(text: str, span: Span | None, heads: bool) -> RawCell:
    if span is None:
        return RawCell(header=heads, pieces=[text])
    return RawCell(span.bottom - span.top + 1, span.right - span.left + 1, heads, [text])


def _covered(spans: list[Span]) -> set[tuple[int, int]]:
    """Places that spans take, their first ones apart: as many, counted each time, as a table has."""
    covered: set[tuple[int, int]] = set()
    left = MOST_CELLS  # spans may be whole sheets, each the same
    for span in spans:
        for row in range(span.top, span.bottom + 1):
            if left <= 0:
                return covered
            columns = range(span.left, min(span.right, span.left + left) + 1)
            covered.update((row, column) for column in columns)
            covered.discard((span.top, span.left))
            left -= len(columns)
    return covered
