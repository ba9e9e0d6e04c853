"""Workbooks (.xlsx, .xlsm): a page a sheet, its name as the heading, its cells as they are shown as one table.

- Rows are streamed, so a sheet of a million rows takes no more memory than the `flow.MOST_CELLS` cells that are kept.
- Formulas stand with the value that was stored; numbers as their format shows them where that is a percentage, a date,
  decimals or thousands. Comments are notes; pictures, charts and what shapes say stand behind the cells.
- Left out, and said: hidden sheets, rows and columns. A formula without a value makes the page PARTIAL.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sokdok.office.chart import is_hidden, paragraphs, read_chart, read_diagram
from sokdok.office.flow import MOST_CELLS, Flow, Part
from sokdok.office.package import Package, attribute, descendants, local, opening, relation
from sokdok.tables.markup import RawCell

_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_LONGEST_TAG = 1_000  # bytes
_SAID = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^<>]*?\bref=[\"'](?P<merged>[^\"'<>]{1,40})[\"']"
    rb"|<(?:\w+:)?(?P<kind>row|col)\s(?P<hidden>[^<>]*?\b(?:hidden=[\"'](?:1|true)|width=[\"']0|ht=[\"']0)[\"'][^<>]*)>"
    rb"|(?P<empty></(?:\w+:)?f>|<(?:\w+:)?f\s[^<>]*/>)(?:<(?:\w+:)?v\s?/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)
_NUMBER = re.compile(rb"\b(r|min|max)=[\"']([0-9]{1,7})[\"']")
_MOST_COLUMNS = 16_384  # of a sheet
MOST_SPANS = 100_000  # merged ranges of a sheet
MOST_EMPTY = 20  # empty rows between others that are kept
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
"""of a format: text that is shown as it stands, blanks as wide as a character, fillings, colours and conditions"""
_PLACES = re.compile(r"[.]([0#?]+)")
_UNITS = re.compile(r'^(?:\[\$([^\]-]*)[^\]]*\]|"([^"]*)"|([$₩€£¥]))')
_AFTER = re.compile(r'(?:"([^"]*)"|([원개명건%]))\s*$')
_THOUSANDS = re.compile(r"(?<=[0#?,.]),(?=[^0#?]*$)")  # by which the number that is shown is divided, each
_MOST_PLACES = 15


@dataclass(frozen=True)
class Span:
    """A merged range: rows and columns from 0, the last ones included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass
class Frame:
    """What a sheet says around its cells."""

    spans: list[Span] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)  # hidden ones, from 0, in order
    columns: set[int] = field(default_factory=set)  # hidden ones
    empty: int = 0  # formulas without a value


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
        self.cells = {sheet.title: sheet for sheet in self.book.worksheets}
        sheets = self._sheets() or [(name, sheet.sheet_state, "") for name, sheet in self.cells.items()]
        self.sheets = [(name, place) for name, state, place in sheets if state in ("", "visible")]
        self.hidden = [name for name, *_ in sheets if name not in dict(self.sheets)] if self.sheets else []
        self.sheets = self.sheets or [(name, place) for name, _, place in sheets]

    def __len__(self) -> int:
        return len(self.sheets)

    def part(self, index: int) -> Part:
        """A sheet."""
        flow, (name, place) = Flow(), self.sheets[index]
        if index == 0 and self.hidden:
            one = len(self.hidden) == 1
            names = ", ".join(self.hidden)[:200]
            flow.warn(f"{len(self.hidden)} hidden {'sheet is' if one else 'sheets are'} left out: {names}")
        flow.heading(2, name)
        if name in self.cells:
            sheet, frame = self.cells[name], self._frame(place)
            sheet.reset_dimensions()  # what the file says of its size may be wrong
            flow.table(_rows(sheet, frame, flow))
            if frame.empty:
                what = "formula has" if frame.empty == 1 else "formulas have"
                flow.error = flow.error or f"{frame.empty:,} {what} no value: open the workbook and save it once"
        self._drawings_and_notes(flow, place)
        return flow.part()

    def picture(self, reference: str) -> bytes:
        """A picture's file."""
        return self.package.read(reference)

    def close(self) -> None:
        """Close the file."""
        self.book.close()
        self._file.close()
        self.package.close()

    def _sheets(self) -> list[tuple[str, str, str]]:
        """Name, state and place in the archive of each sheet, in their order."""
        main = next((name for name in self.package.related("").values() if name.endswith(".xml")), "")
        if main not in self.package:
            return []
        related, sheets = self.package.related(main), descendants(self.package.xml(main), "sheet")
        named = (
            (attribute(one, "name"), attribute(one, "state"), related.get(relation(one, "id"), "")) for one in sheets
        )
        return [(name, state, place) for name, state, place in named if name in self.cells or place in self.package]

    def _frame(self, place: str) -> Frame:
        """What stands around a sheet's rows, which may be a million: it is looked for in the bytes."""
        frame, rest = Frame(), b""
        for chunk in self.package.chunks(place) if place in self.package else ():
            data = rest + chunk
            for match in _SAID.finditer(data):
                if match.end() <= len(rest):  # seen with the piece before
                    continue
                if match["empty"]:
                    frame.empty += 1
                elif match["merged"] and len(frame.spans) < MOST_SPANS:
                    area = _RANGE.fullmatch(match["merged"].decode("ascii", "replace"))
                    if area is not None:
                        top, bottom, left, right = (
                            int(area[2]) - 1,
                            int(area[4]) - 1,
                            _column(area[1]),
                            _column(area[3]),
                        )
                        frame.spans += [Span(top, left, bottom, right)] if left <= right and 0 <= top <= bottom else []
                elif match["kind"]:
                    said = {key: int(number) for key, number in _NUMBER.findall(match["hidden"])}
                    if match["kind"] == b"row" and said.get(b"r"):
                        frame.rows.append(said[b"r"] - 1)
                    elif match["kind"] == b"col" and 1 <= said.get(b"min", 0) <= said.get(b"max", 0) <= _MOST_COLUMNS:
                        frame.columns.update(range(said[b"min"] - 1, said[b"max"]))
            rest = data[-_LONGEST_TAG:]
        frame.rows.sort()
        return frame

    def _drawings_and_notes(self, flow: Flow, place: str) -> None:
        """What lies on a sheet, and what is noted at its cells."""
        notes: dict[str, str] = {}
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
                        before = notes.get(attribute(one, "ref"))
                        notes[attribute(one, "ref")] = f"{before}\n{said}" if before else said
        for cell, said in notes.items():
            flow.note("", f"{cell}: {said}")

    def _drawing(self, flow: Flow, root: Any, related: dict[str, str]) -> None:
        """Pictures, charts, diagrams and text boxes."""
        for one in root.iter():
            name = local(one)
            if any(is_hidden(above) for above in (one, *one.iterancestors())):
                flow.unseen += len(" ".join(paragraphs(one)).split()) if name == "txBody" else 0
                continue
            target = related.get(next(filter(None, (relation(one, key) for key in ("embed", "id", "dm"))), ""), "")
            if name == "txBody":
                flow.text("\n".join(paragraphs(one)))
            elif name == "blip" and target in self.package:
                holder = next((above for above in one.iterancestors() if local(above) == "pic"), None)
                said = (attribute(own, "descr") for own in descendants(holder, "cNvPr"))
                flow.picture(target, next(said, ""))
            elif name == "chart" and target in self.package:
                flow.chart(*read_chart(self.package.xml(target)))
            elif name == "relIds" and target in self.package:
                flow.text("\n".join(read_diagram(self.package.xml(target))))


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


def _rows(sheet: Any, frame: Frame, flow: Flow) -> Iterator[list[RawCell]]:
    """Rows of the cells that are shown with their spans, from the first to the last that says anything."""
    spans = [span for span in map(_visible_range(frame), frame.spans) if span is not None]
    begins, covered = {span.place: span for span in spans}, _covered([span.whole for span in spans])
    moved = {(span.whole.top, span.whole.left): span.place for span in spans if span.is_moved}
    later: dict[int, dict[int, str]] = {}  # what merged cells say whose own place is hidden
    hidden = set(frame.rows)
    empty: int | None = None  # rows above this one, behind the first that says anything
    for number, row in enumerate(sheet.iter_rows()):
        texts = [shown(cell.value, getattr(cell, "number_format", "General")) for cell in row]
        flow.unseen += sum(
            len(str(one.value).split())
            for one, text in zip(row, texts, strict=True)
            if not text and one.value is not None
        )
        for column in range(len(texts)) if moved else ():
            if (number, column) in moved:
                line, place = moved[number, column]
                later.setdefault(line, {})[place], texts[column] = texts[column], ""
        for column, text in later.pop(number, {}).items():
            texts += [""] * (column + 1 - len(texts))
            texts[column] = text
        gone = range(len(texts)) if number in hidden else sorted(frame.columns.intersection(range(len(texts))))
        flow.unseen += sum(len(texts[column].split()) for column in gone)
        if number in hidden:
            continue
        for column in gone:
            texts[column] = ""
        while texts and not texts[-1]:
            texts.pop()
        if not texts:
            empty = empty if empty is None else empty + 1
            continue
        yield from ([] for _ in range(min(empty or 0, MOST_EMPTY)))
        places = [column for column in range(len(texts)) if column not in frame.columns]
        heads = (
            empty is None
            and len(places) > 1
            and all(isinstance(cell.value, str) and cell.value.strip() for cell in row[: len(texts)])
        )
        empty = 0
        yield [
            _cell(texts[column], begins.get((number, column)), heads)
            for column in places
            if (number, column) in begins or (number, column) not in covered
        ]
    for number, said in sorted(later.items()):
        yield [_cell(text, begins.get((number, column)), False) for column, text in sorted(said.items())]


@dataclass(frozen=True)
class Shown:
    """A merged range as far as it is shown."""

    whole: Span
    place: tuple[int, int]  # its first row and column
    rows: int
    columns: int

    @property
    def is_moved(self) -> bool:
        return self.place != (self.whole.top, self.whole.left)


def _visible_range(frame: Frame) -> Callable[[Span], Shown | None]:
    """What is shown of a range; None where all of it is hidden."""
    hidden = sorted(frame.columns)

    def first(number: int, gone: list[int]) -> int:
        at = bisect_left(gone, number)
        while at < len(gone) and gone[at] == number:
            at, number = at + 1, number + 1
        return number

    def shown_part(span: Span) -> Shown | None:
        rows = span.bottom - span.top + 1 - (bisect_right(frame.rows, span.bottom) - bisect_left(frame.rows, span.top))
        columns = span.right - span.left + 1 - (bisect_right(hidden, span.right) - bisect_left(hidden, span.left))
        place = first(span.top, frame.rows), first(span.left, hidden)
        return Shown(span, place, rows, columns) if rows > 0 < columns else None

    return shown_part


def _cell(text: str, span: Shown | None, heads: bool) -> RawCell:
    return RawCell(span.rows, span.columns, heads, [text]) if span else RawCell(header=heads, pieces=[text])


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


def shown(value: Any, form: str | None) -> str:
    """A cell's value as text; empty for none, and for one that its format shows as nothing (`;;;`)."""
    if value is None or (form and ";;" in form and _is_hidden(value, form.split(";"))):
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value, form or "General")
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds" if value.second else "minutes")
    if isinstance(value, date | time):
        return value.isoformat("seconds" if value.second else "minutes") if isinstance(value, time) else str(value)
    if isinstance(value, timedelta):  # of formats such as [h]:mm
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}" + (f":{seconds % 60:02}" if seconds % 60 else "")
    return str(value).strip()


def _is_hidden(value: Any, sections: list[str]) -> bool:
    """Whether the section for such a value, of positive and negative numbers, zero and text, is empty."""
    number = isinstance(value, int | float)
    place = (1 if value < 0 else 2 if value == 0 else 0) if number else 3 if isinstance(value, str) else 0
    return place < len(sections) and not sections[place]


def _number(value: int | float, form: str) -> str:
    """A number; formats that do more than round, group and name a unit show it as it is stored."""
    sections = form.split(";")
    section = sections[1] if value < 0 and len(sections) > 1 and sections[1].strip() else sections[0]
    bare = _QUOTED.sub("", section)
    if form == "General" or not set(bare) & set("0#?") or set(bare.lower()) & set("eymdhs/@"):
        return _plain(value)
    bare, thousands = _THOUSANDS.subn("", bare)
    places = _PLACES.search(bare)
    digits = min(len(places[1]), _MOST_PLACES) if places else 0
    percent = "%" in bare
    number = abs(value) * (100 if percent else 1) / 1000**thousands
    whole = bare.partition(".")[0]
    width = whole.count("0") + (digits + 1 if digits else 0)  # 00000 of 1234 is 01234
    text = f"{number:,.{digits}f}" if "," in whole else f"{number:0{width}.{digits}f}"
    if places and "#" in places[1]:
        least = len(places[1].rstrip("#"))
        head, _, tail = text.partition(".")
        tail = tail[:least] + tail[least:].rstrip("0")
        text = f"{head}.{tail}" if tail else head
    sign = "-" if value < 0 and text.strip("0.,") else ""
    return f"{sign}{_unit(_UNITS, section)}{text}{'%' if percent else _unit(_AFTER, section)}"


def _unit(pattern: re.Pattern[str], section: str) -> str:
    """What a format puts before or behind the number: ₩, 원, kg."""
    match = pattern.search(section)
    return next((group for group in match.groups() if group and group != "%"), "") if match else ""


def _plain(value: int | float) -> str:
    """A number as a sheet shows it without a format: no more than eleven digits of a fraction."""
    if isinstance(value, int):
        return str(value)
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.11g}"
