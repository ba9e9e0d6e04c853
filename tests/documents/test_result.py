"""Documents: what is asked, what they hold, and what is done with them."""

import io
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner

import sokdok
from fakes.converting import FakeReader
from fakes.documents import documents
from fakes.figures import drawings
from fakes.office import docx, png, related
from fakes.pdf import Text, write_pdf
from sokdok.cli import app
from sokdok.documents.blocks import FORMULA_NOT_READ, UNREAD, Block, Word
from sokdok.documents.document import DocumentPage, Status, grade
from sokdok.documents.lines import find
from sokdok.documents.question import Conversion, Question, differences
from sokdok.documents.result import Document
from sokdok.documents.source import PagePictures, save_pictures
from sokdok.errors import InputError
from sokdok.jobs import Limits
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
    said = "the river that had reached the old walls in those days, and ships of every size that unloaded grain there, "
    lines = [(said * 2)[at : at + 80].strip() for at in range(8, 88, 4)]
    pages = [[Text(60, 100 + 14 * at, line) for at, line in enumerate(lines)] for _ in range(2)]
    pages.append([*(Text(60, 100 + 14 * at, line) for at, line in enumerate(lines[:2])), Text(60, 128, "that is all.")])
    made = sokdok.convert(write_pdf(tmp_path / "a.pdf", pages), source="text-layer")
    parts = [" ".join(lines), " ".join(lines), f"{lines[0]} {lines[1]} that is all."]
    assert [page.markdown for page in made.pages] == parts and made.text.split("\n\f") == parts
    assert " ".join(parts) in made.markdown and sokdok.from_json(made.json) == made


def test_pages_by_range_and_errors_in_one_line(report: Path) -> None:
    assert [page.number for page in sokdok.convert(report, source="text-layer", pages="2").pages] == [2]
    with pytest.raises(InputError, match="none that was asked for"):
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
    with pytest.raises(InputError, match="where this image stands on page 1 is not known"):
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
    with pytest.raises(InputError, match="is what is read, and would be lost"):
        made.save(report)


def test_saved_into_a_folder_with_its_figures(tmp_path: Path) -> None:
    drawings.chart().save(tmp_path / "page.png")
    made = sokdok.convert(tmp_path / "page.png")
    folder = made.save(tmp_path / "out")
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert folder == tmp_path / "out" / "page"
    assert names == {"page.md", "page.html", "page.json", "manifest.json", "images/page-0001-1.png"}
    assert "![chart](images/page-0001-1.png)" in (folder / "page.md").read_text()
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
    parts = {"a.png": png("blue", (9, 5)), "b.emf": b"\1\0\0\0"}
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


FINE = DocumentPage(1, 100, 100)
CUT = DocumentPage(2, 100, 100, status="PARTIAL", error="cut off")
LOST = DocumentPage(3, 0, 0, status="FAILURE", error="broken")


@pytest.mark.parametrize(
    ("pages", "errors", "status"),
    [
        ((FINE, FINE), (), "SUCCESS"),
        ((FINE,), ("the file is cut off",), "PARTIAL"),
        ((FINE, CUT), (), "PARTIAL"),
        ((FINE, LOST), (), "PARTIAL"),
        ((CUT, LOST), (), "PARTIAL"),
        ((LOST, LOST), (), "FAILURE"),
        ((), (), "FAILURE"),
        ((), ("encrypted",), "FAILURE"),
    ],
)
def test_status_of(pages: tuple[DocumentPage, ...], errors: tuple[str, ...], status: Status) -> None:
    assert Document("a", "a.pdf", pages, errors).status == status


@given(document=documents)
@settings(deadline=None, max_examples=25)
def test_a_success_has_no_error_inside(document: Document) -> None:
    if document.status == "SUCCESS":
        assert not any(document.errors) and not any(page.error for page in document.pages)
    for status, error in (("SUCCESS", "but"), ("FAILURE", ""), ("PARTIAL", "")):
        with pytest.raises(ValueError, match="page 7 has status"):
            DocumentPage(7, 1, 1, status=status, error=error)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "figure",
    ["/etc/passwd", "../a.png", "images/../../a.png", "javascript:alert(1)", "C:a.png", "a\\b.png", "//h/a", ""],
)
def test_a_picture_stays_within_the_folder(figure: str) -> None:
    with pytest.raises(ValueError, match="not a path within"):
        Block("image", None, "", figure=figure)
    assert Block("image", None, "", figure="images/그림 1.png").figure == "images/그림 1.png"


def test_text_has_everything_and_a_form_feed_between_pages() -> None:
    first = DocumentPage(1, 9, 9, (Block("header", None, "Kopf"), Block("title", None, "## 제목")))
    second = DocumentPage(2, 9, 9, (Block("code", None, "```py\nx = 1\n```"),))
    assert Document("a", "", (first, second)).text == "Kopf\n\n제목\n\fx = 1"


def test_a_document_is_as_sure_as_its_pages_that_say_and_has_a_grade() -> None:
    pages = tuple(DocumentPage(n, 9, 9, confidence=sure) for n, sure in enumerate((None, 0.5, 1.0), 1))
    assert Document("a", "a.pdf", pages).confidence == 0.75
    assert Document("a", "a.pdf", pages[:1]).confidence is None
    assert [grade(confidence) for confidence in (1, 0.95, 0.6, 0.2)] == ["excellent", "good", "fair", "poor"]


def test_equal_questions_have_equal_ids_and_others_do_not() -> None:
    assert Question().id == Question(reader="nano").id
    assert len({Question().id, Question(mode="base").id, Question(source="reader").id, Question(max_tokens=9).id}) == 4
    asked = Question(reader="http://host:8000/v1", model="m", temperature=0.2, max_tokens=100)
    again = msgspec.convert(msgspec.json.decode(msgspec.json.encode(asked.as_json())), Question)
    assert again == asked and again.id == asked.id
    how_only = Question(batch=1, device="cpu", to=("md",), words=True, limits=Limits(pages=9))  # read or written so
    assert how_only.id == Question().id == "5b25b18d502f6526cb878c7c904ef1fb"  # of plans of versions before


def test_differences_are_named() -> None:
    before = Question(mode="base", max_tokens=10).as_json()
    assert differences(before, Question(mode="base", max_tokens=10)) == ""
    assert differences(before, Question()) == "mode was base and is auto, max_tokens was 10 and is not given"


def test_what_is_asked_reaches_the_reader() -> None:
    asked = Question(mode="small", source="reader", max_tokens=5, temperature=0.5, dpi=100, encoding="cp949")
    arguments = Conversion(asked, FakeReader()).arguments
    assert arguments["max_tokens"] == 5 and arguments["sampling"].temperature == 0.5
    assert Conversion(Question(prompt="Read."), FakeReader()).arguments == {"prompt": "Read."}


def test_a_question_that_means_nothing_is_refused() -> None:
    for wrong in ({"mode": "huge"}, {"source": "nowhere"}):
        with pytest.raises(InputError, match="choose one of"):
            Question(**wrong)


def test_what_was_not_read_is_shown_and_not_parsed(tmp_path: Path) -> None:
    parsed: list[Path] = []

    def parse(crop: Image.Image, path: Path) -> None:
        parsed.append(path)

    blocks = (Block(UNREAD, (10, 10, 30, 20), FORMULA_NOT_READ), Block("image", (10, 30, 40, 50), ""))
    page = DocumentPage(1, 50, 60, blocks)
    pictures = PagePictures(lambda: pytest.fail("it is drawn already"))
    pictures.keep(page, Image.new("RGB", (50, 60)))
    page = save_pictures(page, pictures, tmp_path / "images", parse)
    assert [block.figure for block in page.blocks] == ["images/page-0001-1.png", "images/page-0001-2.png"]
    assert Image.open(tmp_path / "images/page-0001-1.png").size == (20, 10)
    assert [path.name for path in parsed] == ["page-0001-2.png"]


def word(text: str, left: int, top: int, page: int | None = None) -> Word:
    return Word(text, (left, top, left + 10 * len(text), top + 20), page=page)


def page(*words: Word) -> DocumentPage:
    return DocumentPage(2, 500, 500, blocks=(Block("text", (0, 0, 500, 500), "", words=words),))


WORDS = (word("The", 0, 0), word("quick-", 40, 2), word("brown", 0, 30), word("FOX’s", 60, 30), word("여우", 0, 60))


@pytest.mark.parametrize(
    ("wanted", "text", "boxes"),
    [
        ("the", "The", [(0, 0, 30, 20)]),
        ("Quick-Brown  fox's", "quick- brown FOX’s", [(40, 2, 100, 22), (0, 30, 110, 50)]),
        ("row", "brown", [(0, 30, 50, 50)]),
        ("여우", "여우", [(0, 60, 20, 80)]),
        ("ＢＲＯＷＮ", "brown", [(0, 30, 50, 50)]),
    ],
)
def test_a_text_is_found_over_line_ends_in_any_case(wanted: str, text: str, boxes: list) -> None:
    (found,) = find(page(*WORDS), wanted)
    assert (found.page, found.text, list(found.boxes)) == (2, text, boxes)


def test_every_place_is_found_once_and_what_is_not_there_is_not() -> None:
    assert not any(list(find(page(*WORDS), wanted)) for wanted in ("", "  ", "cat", "foxthe"))
    assert [found.boxes[0][0] for found in find(page(word("aaa", 0, 0), word("aa", 50, 0)), "aa")] == [0, 0]
    assert len(list(find(page(*[word("again", 0, 30 * row) for row in range(5)]), "again"))) == 5


def test_what_goes_on_on_the_next_page_is_there() -> None:
    (found,) = find(page(word("one", 0, 480), word("two", 0, 0, page=3)), "two")
    assert (found.page, found.boxes) == (3, ((0, 0, 30, 20),))
    (over,) = find(page(word("one", 0, 480), word("two", 0, 0, page=3)), "onetwo")
    assert (over.page, len(over.boxes)) == (2, 1), "boxes are those of its first page"


@given(st.lists(st.text(max_size=5), max_size=5), st.text(max_size=5))
def test_any_text_in_any_words(texts: list[str], wanted: str) -> None:
    for found in find(page(*(word(text, 0, 0) for text in texts)), wanted):
        assert found.text.split() or found.text
