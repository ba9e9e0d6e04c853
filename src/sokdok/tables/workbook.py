"""Tables as sheets of a workbook: spans merged, numbers as numbers in the format they were written in, no formulas.

- Places are written row by row to a file of openpyxl's own (`write_only`), so that a document of many tables takes no
  more memory than its largest.
- No text is taken for a formula by a spreadsheet, neither on opening a file (CSV too: `guarded`) nor when a cell is
  edited (`set_text`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from sokdok.errors import imported
from sokdok.files import replacing
from sokdok.tables.markup import Cell, is_formula
from sokdok.tables.parse import Table


def set_text(target: Any, text: str) -> None:
    """Put a text into a cell of openpyxl's, to stay a text also when somebody edits the cell."""
    target.value = text
    target.data_type = "s"
    target.quotePrefix = is_formula(text)


MOST_NAME = 31  # characters of a sheet's name, as workbooks have it
MOST_TEXT = 32_767  # characters of a cell
WIDTHS = (6, 60)  # characters that a column is wide, least and most
MOST_SHEETS = 2_000
_NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign>[-+−–])?(?P<whole>[1-9][0-9]{0,2}(?:,[0-9]{3})+|0|[1-9][0-9]{0,14})"
    r"(?:\.(?P<decimals>[0-9]{1,15}))?[ ]?(?P<percent>[%％])?(?(open)\))"
)
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_WIDE = re.compile("[ᄀ-ᅟ⺀-꓏가-힣豈-﫿＀-｠]")
MOST_DIGITS = 15  # that a workbook's number keeps: longer ones stay texts, as account numbers do


class Workbook:
    """Sheets, one a table; `save` writes the file. Raises MissingExtraError without openpyxl."""

    def __init__(self) -> None:
        self._book = imported("openpyxl", "office", "writing a workbook").Workbook(write_only=True)
        self._names: set[str] = set()

    @property
    def full(self) -> bool:
        """Whether it takes no more sheets."""
        return len(self._names) >= MOST_SHEETS

    def add(self, table: Table, name: str) -> None:
        """Add a sheet for a table, under a name that is like `name`, its caption in a row above."""
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet.cell_range import CellRange

        sheet = self._book.create_sheet(self._free_name(name))
        above = 1 if table.caption else 0
        for column, width in enumerate(_widths(table), 1):
            sheet.column_dimensions[get_column_letter(column)].width = width
        if table.header_rows and table.header_rows < table.rows:
            sheet.freeze_panes = f"A{table.header_rows + above + 1}"
        if above:
            sheet.append([_filled(sheet, Cell(0, 0, table.caption))])
        lines: list[list[Cell | None]] = [[None] * table.columns for _ in range(table.rows)]  # None: it is covered
        for cell in table.cells:
            lines[cell.row][cell.column] = cell
        for line in lines:
            sheet.append([None if cell is None else _filled(sheet, cell) for cell in line])
        for cell in table.cells:
            if cell.rows > 1 or cell.columns > 1:
                # `sheet.merge_cells` would make an object of every place that is covered, a million at most.
                row, column = cell.row + 1 + above, cell.column + 1
                sheet.merged_cells.ranges.add(
                    CellRange(None, column, row, column + cell.columns - 1, row + cell.rows - 1)
                )
        sheet.close()  # or its temporary file stays open

    def save(self, file: BinaryIO) -> None:
        """Write the workbook; one without tables has an empty sheet, since it must have one."""
        if not self._names:
            self._book.create_sheet("no tables")
        self._book.save(file)

    def _free_name(self, name: str) -> str:
        """A name that no sheet has, whatever the case of its letters."""
        base = _NOT_IN_NAMES.sub(" ", name).strip(" '") or "table"
        number = 1
        while True:
            behind = f" ({number})" if number > 1 else ""
            free = base[: MOST_NAME - len(behind)].rstrip(" '") + behind
            if free.casefold() not in self._names:
                self._names.add(free.casefold())
                return free
            number += 1


def write_workbook(table: Table, path: Path) -> None:
    """Write a table as a workbook of one sheet: spans merged, numbers as numbers, headings bold.

    Raises MissingExtraError without openpyxl.
    """
    book = Workbook()
    book.add(replace(table, caption=""), "table")  # whoever reads a single sheet expects the head in its first row
    with replacing(path) as temporary, temporary.open("wb") as file:
        book.save(file)


def number_of(text: str) -> tuple[float, str] | None:
    """A text as the number that it is, and the format that shows it so; None if it is none, or has too many digits."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None or (match["open"] and match["sign"]):
        return None
    decimals = match["decimals"] or ""
    digits = match["whole"].replace(",", "") + decimals
    if len(digits.lstrip("0")) > MOST_DIGITS:
        return None
    value = float(f"{match['whole'].replace(',', '')}.{decimals or 0}")
    if match["open"] or match["sign"] in ("-", "−", "–"):
        value = -value
    shown = ("#,##0" if "," in match["whole"] else "0") + (f".{'0' * len(decimals)}" if decimals else "")
    if match["percent"]:
        return value / 100, f"{shown}%"
    return value, f"{shown}_);({shown})" if match["open"] else shown if shown != "0" else "General"


def _filled(sheet: Any, cell: Cell) -> Any:
    """A cell of the sheet; a text never becomes a formula."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    target = WriteOnlyCell(sheet)
    number = number_of(cell.text)
    if number is not None:
        target.value, target.number_format = number
    elif cell.text:
        set_text(target, cell.text[:MOST_TEXT])
    if cell.header:
        target.font = Font(bold=True)
    if cell.header or "\n" in cell.text:
        target.alignment = Alignment(vertical="top", wrap_text="\n" in cell.text)
    return target


def _widths(table: Table) -> list[int]:
    """Columns as wide as their longest line, a Korean letter twice a Latin one."""
    widths = [WIDTHS[0]] * table.columns
    for cell in table.cells:
        if cell.columns == 1:
            longest = max((len(line) + len(_WIDE.findall(line)) for line in cell.text[:500].split("\n")), default=0)
            widths[cell.column] = max(widths[cell.column], min(longest + 2, WIDTHS[1]))
    return widths
