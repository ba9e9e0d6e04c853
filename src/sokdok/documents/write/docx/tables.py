"""A table of a Word file: spans as merged cells, head rows that repeat on every page."""

from __future__ import annotations

from typing import Any

from sokdok.documents.write.docx.inline import run
from sokdok.documents.write.docx.xml import element
from sokdok.tables.parse import Cell, Table

FULL_WIDTH = 5000  # fiftieths of a percent
TEXT_WIDTH = 9400
"""twentieths of a point between the margins, shared out where a program does not fit columns to their texts"""
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
