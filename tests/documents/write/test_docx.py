"""Word files as python-docx reads them: headings, lists, tables, pictures, notes, and Korean in a Korean font."""

import io
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from PIL import Image

from fakes.documents import FakePictures, documents, written_as
from sokdok.documents.blocks import Block
from sokdok.documents.document import DocumentPage
from sokdok.documents.result import Document
from sokdok.documents.write.writer import Wanted

docx = pytest.importorskip("docx")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def data_of(document: Document, **wanted: Any) -> bytes:
    return written_as("docx", document, Wanted(**wanted))


def word(*blocks: Block, **wanted: Any) -> Any:
    document = Document("보고서", "a.pdf", (DocumentPage(1, 1100, 1540, blocks),))
    return docx.Document(io.BytesIO(data_of(document, **wanted)))


def test_headings_paragraphs_and_furniture() -> None:
    blocks = (Block("title", None, "제목"), Block("sub_title", None, "### 3.1 Loss"), Block("header", None, "Kopf"),
              Block("text", None, "a **b** H<sub>2</sub>O\nnext"), Block("quote", None, "q"),
              Block("code", None, "```\nif a:\n    b\n```"))  # fmt: skip
    found = word(*blocks)
    assert [(one.style.name, one.text) for one in found.paragraphs] == [
        ("Heading 1", "제목"), ("Heading 3", "3.1 Loss"), ("Normal", "a b H2O\nnext"),
        ("Quote", "q"), ("Code", "if a:\n    b")]  # fmt: skip
    assert [one.text for one in found.paragraphs[2].runs if one.bold] == ["b"]
    assert [one.text for one in found.paragraphs[2].runs if one.font.subscript] == ["2"]
    assert "Kopf" in [one.text for one in word(*blocks, furniture=True).paragraphs]
    assert found.core_properties.title == "보고서"


def test_korean_has_a_korean_font() -> None:
    found = word(Block("title", None, "제목"))
    for name in ("Normal", "Heading 1", "List Paragraph", "Caption", "Code"):
        fonts = found.styles[name].element.rPr.find(f"{W}rFonts")
        assert fonts.get(f"{W}eastAsia") == "맑은 고딕" and fonts.get(f"{W}eastAsiaTheme") is None


def numbered(found: Any) -> list[tuple[str, int, str, int | None]]:
    """Text, level, kind and first number of each item."""
    numbering = found.part.numbering_part.element
    items = []
    for one in found.paragraphs:
        if one._p.pPr is None or one._p.pPr.numPr is None:
            continue
        level, number = one._p.pPr.numPr.ilvl.val, one._p.pPr.numPr.numId.val
        made = next(num for num in numbering.findall(f"{W}num") if num.get(f"{W}numId") == str(number))
        start = made.find(f"{W}lvlOverride/{W}startOverride")
        kind = next(a for a in numbering.findall(f"{W}abstractNum")
                    if a.get(f"{W}abstractNumId") == made.find(f"{W}abstractNumId").get(f"{W}val"))  # fmt: skip
        shown = kind.findall(f"{W}lvl")[level].find(f"{W}numFmt").get(f"{W}val")
        items.append((one.text, level, shown, None if start is None else int(start.get(f"{W}val"))))
    return items


def test_lists_keep_their_levels_and_numbers() -> None:
    text = "- a\n  - b\n    more\n- c\n3. d\n4. e\n   - f\n7. g"
    assert numbered(word(Block("list", None, text))) == [
        ("a", 0, "bullet", None), ("b\nmore", 1, "bullet", None), ("c", 0, "bullet", None), ("d", 0, "decimal", 3),
        ("e", 0, "decimal", 3), ("f", 1, "bullet", None), ("g", 0, "decimal", 7),
    ]  # fmt: skip


def test_a_list_begins_anew() -> None:
    items = numbered(word(Block("list", None, "1. a\n2. b"), Block("text", None, "x"), Block("list", None, "1. c")))
    assert items == [("a", 0, "decimal", 1), ("b", 0, "decimal", 1), ("c", 0, "decimal", 1)]


def test_tables_with_spans_and_heads() -> None:
    html = "<table><caption>표</caption><tr><th rowspan=2>연도<th colspan=2>금액<tr><th>원<th>%<tr><td>2024<td>1<td>2"
    found = word(Block("table", None, "", html))
    (table,) = found.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["연도", "금액", "금액"], ["연도", "원", "%"], ["2024", "1", "2"]
    ]  # fmt: skip
    assert found.paragraphs[0].text == "표" and found.paragraphs[0].style.name == "Caption"
    assert [row._tr.trPr is not None for row in table.rows] == [True, True, False]


def test_pictures_are_as_large_as_on_their_page() -> None:
    png = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(png, "PNG")
    block = Block("image", (0, 0, 400, 200), "a cat", figure="images/1.png")
    found = word(block, pictures=FakePictures(figures={"images/1.png": png.getvalue()}))
    (shape,) = found.inline_shapes
    assert (shape.width.mm, shape.height.mm) == pytest.approx((400 * 297 / 1540, 200 * 297 / 1540), abs=0.1)
    assert found.paragraphs[-1].text == "a cat"
    assert word(block).paragraphs[0].text == "[image]"


def test_footnotes_are_notes_where_they_are_called() -> None:
    blocks = (Block("text", None, "Text<sup>1)</sup> goes on<sup>2</sup>."), Block("page_footnote", None, "1) 첫째 주"),
              Block("page_footnote", None, "9 nobody calls this"))  # fmt: skip
    document = Document("a", "a.pdf", (DocumentPage(1, 9, 9, blocks),))
    with zipfile.ZipFile(io.BytesIO(data_of(document))) as file:
        notes, body = (file.read(f"word/{name}.xml").decode() for name in ("footnotes", "document"))
    assert "첫째 주" in notes and "첫째 주" not in body and body.count("footnoteReference") == 1
    assert "nobody calls this" in body and "nobody" not in notes
    assert [one.text for one in word(*blocks).paragraphs] == ["Text goes on2.", "9 nobody calls this"]


def test_links_lead_where_they_may() -> None:
    found = word(Block("text", None, "see [the site](https://a.kr/?a=1&b=2) or [x](javascript:y)"))
    (link,) = found.paragraphs[0].hyperlinks
    assert (link.text, link.address) == ("the site", "https://a.kr/?a=1&b=2")
    assert "[x](javascript:y)" in found.paragraphs[0].text


def test_what_failed_is_said() -> None:
    lost = DocumentPage(2, 0, 0, status="FAILURE", error="broken \x07")
    found = docx.Document(io.BytesIO(data_of(Document("a", "a.pdf", (lost,), ("and more",)))))
    assert [one.text for one in found.paragraphs] == ["page 2: broken \ufffd", "and more"]


@given(document=documents)
@settings(deadline=None, max_examples=15)
def test_any_document_can_be_opened(document: Document) -> None:
    docx.Document(io.BytesIO(data_of(document)))
