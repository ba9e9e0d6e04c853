"""A document as Python code gets it."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import sokdok
from fakes.converting import FakeReader
from fakes.figures import drawings
from fakes.office import docx, png, related
from fakes.pdf import Text, write_pdf
from sokdok.cli import app
from sokdok.documents.blocks import Block, Word
from sokdok.documents.document import DocumentPage
from sokdok.documents.result import Document
from sokdok.errors import InputError
from sokdok.reading import Reading

TABLE = "<table><tr><th>Item</th><th>Amount</th></tr><tr><td>펜</td><td>1,200</td></tr></table>"


@pytest.fixture
def report(tmp_path: Path) -> Path:
    pages = [[Text(20, 30, "Report of 1999")], [Text(20, 30, "All is well.")]]
    return write_pdf(tmp_path / "report.pdf", pages, size=(160, 80))


def document(*blocks: Block) -> Document:
    return Document("made", "made.pdf", (DocumentPage(1, 400, 300, blocks=blocks, confidence=0.75),))


def test_a_pdf_as_markdown_html_text_and_json(report: Path) -> None:
    made = sokdok.convert(report, source="text-layer")
    assert (made.status, made.name, made.source, len(made.pages)) == ("SUCCESS", "report", str(report), 2)
    assert "Report of 1999" in made.markdown and "<!-- page 2 -->" in made.markdown
    assert "All is well." in made.html and made.html.startswith("<!DOCTYPE html>")
    assert "All is well." in made.text and made.text.count("\f") == 1
    assert sokdok.from_json(made.json) == made


def test_a_sentence_over_pages_is_one_in_the_document_and_in_parts_on_its_pages(tmp_path: Path) -> None:
    lines = [f"number {word} runs on to the end of its line and" for word in ("one", "two", "six", "ten", "red")]
    pages = [[Text(60, 100 + 14 * at, line) for at, line in enumerate(lines)] for _ in range(2)]
    pages.append([*(Text(60, 100 + 14 * at, line) for at, line in enumerate(lines[:2])), Text(60, 128, "that is all.")])
    made = sokdok.convert(write_pdf(tmp_path / "a.pdf", pages), source="text-layer")
    parts = [" ".join(lines), " ".join(lines), f"{lines[0]} {lines[1]} that is all."]
    assert [page.markdown for page in made.pages] == parts and made.text.split("\n\f") == parts
    assert " ".join(parts) in made.markdown and sokdok.from_json(made.json) == made


def test_pages_by_range_and_errors_in_one_line(report: Path) -> None:
    assert [page.number for page in sokdok.convert(report, source="text-layer", pages="2").pages] == [2]
    with pytest.raises(InputError, match="has no page 9"):
        sokdok.convert(report, source="text-layer", pages="9")
    with pytest.raises(InputError, match="a PIL image, an array of pixels or a Page was expected"):
        sokdok.convert(5)  # type: ignore[arg-type]


def test_the_content_of_a_file_is_as_good_as_its_path(report: Path) -> None:
    made = sokdok.convert(report.read_bytes(), source="text-layer")
    assert made.pages == sokdok.convert(report, source="text-layer").pages
    assert (made.name, made.source) == ("document", "bytes")


def test_a_picture_or_an_array_is_read(tmp_path: Path) -> None:
    image = drawings.chart()
    for thing in (image, np.asarray(image)):
        (figure,) = sokdok.convert(thing).figures
        assert figure.image.size == (figure.box[2] - figure.box[0], figure.box[3] - figure.box[1])
        assert figure.page == 1 and figure.image.convert("L").getextrema()[0] < 100, "the picture, not paper"


def test_tables_as_data(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    block = Block("table", (10, 20, 200, 100), "Item\tAmount\n펜\t1,200", TABLE, confidence=0.9)
    (table,) = document(Block("text", None, "before"), block).tables
    assert table.to_dataframe().to_dict("records") == [{"Item": "펜", "Amount": "1,200"}]
    assert (table.page, table.box, table.confidence) == (1, (10, 20, 200, 100), 0.9)
    assert table.markdown.splitlines()[2] == "| 펜 | 1,200 |" and table.csv == 'Item,Amount\n펜,"1,200"\n'
    pytest.importorskip("openpyxl")
    table.to_xlsx(tmp_path / "table.xlsx")
    assert (tmp_path / "table.xlsx").read_bytes().startswith(b"PK")


def test_a_charts_table_belongs_to_its_figure() -> None:
    made = document(Block("chart", (10, 10, 90, 90), "", TABLE), Block("image", None, "a logo"))
    assert made.tables == ()
    assert [(figure.kind, figure.text, bool(figure.html)) for figure in made.figures] == [
        ("chart", "", True),
        ("image", "a logo", False),
    ]


def test_a_figure_is_cut_out_of_its_page_at_the_size_it_has_now(tmp_path: Path) -> None:
    page = Image.new("RGB", (200, 100), "white")
    page.paste((200, 0, 0), (100, 50, 200, 100))
    page.save(tmp_path / "page.png")
    read = DocumentPage(1, 400, 200, blocks=(Block("image", (200, 100, 400, 200), ""),))  # it was read twice as large
    made = sokdok.from_json(Document("page", str(tmp_path / "page.png"), (read,)).json)
    (figure,) = made.figures
    assert figure.image.size == (100, 50) and figure.image.getcolors() == [(5000, (200, 0, 0))]


def test_a_figure_that_can_not_be_drawn_says_why(tmp_path: Path) -> None:
    read = DocumentPage(1, 400, 200, blocks=(Block("image", (0, 0, 9, 9), ""), Block("image", None, "")))
    lost, nowhere = sokdok.from_json(Document("page", str(tmp_path / "page.png"), (read,)).json).figures
    with pytest.raises(InputError, match="no such file"):
        _ = lost.image
    with pytest.raises(InputError, match="nobody knows where on page 1 this image stands"):
        _ = nowhere.image


def test_a_figure_of_a_document_is_parsed_as_any_picture(tmp_path: Path) -> None:
    drawings.chart().save(png := io.BytesIO(), "PNG")
    (figure,) = sokdok.convert(png.getvalue()).figures
    assert figure.parse().kind == "chart"


def test_what_is_printed_of_a_document_is_one_line() -> None:
    made = document(Block("table", (1, 2, 3, 4), "", TABLE), Block("image", (1, 2, 3, 4), ""))
    assert repr(made) == "Document('made', 1 page, SUCCESS)"
    assert repr(made.tables[0]) == "DocumentTable(page 1, 2 rows, 2 columns)"
    assert repr(made.figures[0]) == "DocumentFigure(image on page 1, box (1, 2, 3, 4))"
    assert made.confidence == 0.75


@pytest.mark.parametrize("form", ["md", "html", "json", "txt"])
def test_saved_by_suffix_as_the_command_writes_it(report: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(report.parent)
    made = sokdok.convert("report.pdf", source="text-layer")
    assert made.save(f"mine.{form}") == Path(f"mine.{form}")
    command = ["convert", "report.pdf", "--source", "text-layer", "-o", f"its.{form}", *["--words"] * (form == "json")]
    assert CliRunner().invoke(app, command).exit_code == 0
    assert Path(f"mine.{form}").read_text() == Path(f"its.{form}").read_text()


def test_saved_into_a_folder_with_its_figures(tmp_path: Path) -> None:
    drawings.chart().save(tmp_path / "page.png")
    made = sokdok.convert(tmp_path / "page.png")
    folder = made.save(tmp_path / "out")
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert folder == tmp_path / "out" / "page"
    assert names == {"page.md", "page.html", "page.json", "manifest.json", "images/page-0001-1.png"}
    assert "![image](images/page-0001-1.png)" in (folder / "page.md").read_text()
    assert made.save(tmp_path / "out") == folder, "the same document again"
    other = sokdok.convert((tmp_path / "page.png").read_bytes())
    assert other.save(f"{tmp_path}/out/") == tmp_path / "out" / "document"


def test_the_command_goes_on_in_a_folder_that_was_saved(report: Path) -> None:
    out = report.parent / "out"
    folder = sokdok.convert(report, source="text-layer").save(out)
    assert CliRunner().invoke(app, ["convert", str(report), "--source", "text-layer", "-o", f"{out}/"]).exit_code == 0
    assert [path.name for path in out.iterdir()] == ["report"] and (folder / "report.md").exists()


def test_a_suffix_that_nothing_is_written_as(report: Path) -> None:
    with pytest.raises(InputError, match=r"no document is written as \.odt; choose one of md, html"):
        sokdok.convert(report, source="text-layer").save(report.parent / "a.odt")


def test_a_document_whose_file_is_gone_is_saved_without_its_figures(report: Path) -> None:
    made = sokdok.convert(report, source="text-layer")
    report.unlink()
    assert (made.save(report.parent / "out") / "report.md").exists()


def test_figures_are_the_files_own_pictures(tmp_path: Path) -> None:
    pytest.importorskip("docx")
    drawing = "<w:p><w:r><w:drawing><a:blip r:embed='{}'/></w:drawing></w:r></w:p>"
    relations = related("a", "a.png") + related("b", "b.emf")
    parts = {"a.png": png((9, 5), "blue"), "b.emf": b"\1\0\0\0"}
    path = docx(tmp_path / "x.docx", drawing.format("a") + drawing.format("b"), parts, relations)
    for file in (path, path.read_bytes()):
        document = sokdok.convert(file, reader=FakeReader())
        image = document.figures[0].image
        assert image.size == (9, 5) and image.convert("RGB").getpixel((0, 0)) == (0, 0, 255)
        with pytest.raises(sokdok.SokdokError, match="can't be shown"):
            _ = document.figures[1].image


def test_an_encoding_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("Größe;1\nLänge;2".encode("cp1252"))
    document = sokdok.convert(tmp_path / "x.csv", reader=FakeReader(), encoding="cp1252")
    assert document.tables[0].cells.grid() == [["Größe", "1"], ["Länge", "2"]]


def test_one_line_each(tmp_path: Path) -> None:
    (page,) = sokdok.render("many words " * 100)
    with sokdok.Memory(tmp_path / "memory.db") as memory:
        memory.add("user", "The gate code is 4417. " * 200)
        view = memory.view(budget=4000, model="nano")
    assert repr(view).startswith("View(conversation='default', ") and len(repr(view)) < 120
    assert all(len(repr(part)) < 300 for part in view.parts)
    block = Block("text", (0, 0, 9, 9), "a", words=(Word("a", (0, 0, 9, 9)),) * 50)
    assert len(repr(page)) < 300 and len(repr(block)) < 300
    assert "lines" not in repr(Reading(0, "a.png", "ok", "text"))
