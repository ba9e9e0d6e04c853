"""All tables of a document in one workbook."""

import io

import pytest

from fakes.documents import written_as
from sokdok.documents.blocks import Block
from sokdok.documents.document import DocumentPage
from sokdok.documents.result import Document

openpyxl = pytest.importorskip("openpyxl")


def test_every_table_has_its_sheet_and_its_caption() -> None:
    def table(text: str) -> Block:
        return Block("table", None, text, f"<table><tr><td>{text}</td><td>1,000</td></tr></table>")

    pages = (
        DocumentPage(1, 9, 9, (Block("table_caption", None, "표 1. 매출"), table("a"), Block("text", None, "x"))),
        DocumentPage(2, 9, 9, (table("b"), Block("chart", None, "", "<table><tr><td>c</td></tr></table>"))),
    )
    book = openpyxl.load_workbook(io.BytesIO(written_as("xlsx", Document("a", "a.pdf", pages))))
    assert book.sheetnames == ["page 1 table 1", "page 2 table 1", "page 2 table 2"]
    assert [[cell.value for cell in row] for row in book["page 1 table 1"]] == [["표 1. 매출", None], ["a", 1000]]
    assert book["page 2 table 1"]["B1"].value == 1000 and book["page 2 table 2"]["A1"].value == "c"
