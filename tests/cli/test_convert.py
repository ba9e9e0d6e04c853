"""`sokdok convert` without a folder and with one: what goes where, what is said, and with which exit code it ends."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image, ImageDraw, ImageFont

import sokdok
from fakes.commands import LINE, write_image, write_lines
from fakes.converting import SEEN
from fakes.pdf import Text, write_pdf
from sokdok.cli.convert import ConvertTally, PageReport, folder_forms, is_folder, single_form
from sokdok.documents.blocks import Block, Word
from sokdok.documents.document import DocumentPage
from sokdok.figures.parse import Figure, Transcript

LAYER = ("--source", "text-layer")


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "report.pdf", 3)


def test_markdown_goes_to_stdout(run, report) -> None:
    result = run("convert", report, *LAYER)
    assert result.exit_code == 0 and result.stdout.count(LINE) == 12
    assert result.stdout.startswith("<!-- page 1 -->")
    assert "3 pages in" in result.stderr and "1 SUCCESS" in result.stderr


@pytest.mark.parametrize("form", ["md", "html", "json", "txt"])
def test_a_file_has_the_form_of_its_suffix(run, report, form: str) -> None:
    result = run("convert", report, *LAYER, *(["--words"] if form == "json" else []), "-o", f"it.{form}")
    document = sokdok.convert(report, source="text-layer")
    assert result.exit_code == 0 and result.stdout == ""
    assert Path(f"it.{form}").read_text() == getattr(document, {"md": "markdown", "txt": "text"}.get(form, form))


def test_a_folder_has_the_forms_that_are_asked_for_and_no_others_of_other_pages(run, report) -> None:
    pytest.importorskip("openpyxl")
    forms = ("--to", "xlsx", "--to", "txt")
    assert run("convert", report, *LAYER, "-o", "out/", *forms).stdout == "out/report/report.txt\n"
    assert {path.name for path in Path("out/report").iterdir()} == {"manifest.json", "report.txt", "report.xlsx"}
    assert "done already" in run("convert", report, *LAYER, "-o", "out/", "--to", "txt", "--to", "xlsx").stderr
    run("convert", report, *LAYER, "-o", "out/", "--to", "md", "--pages", "1")
    assert {path.name for path in Path("out/report").iterdir()} == {"manifest.json", "report.md"}


def test_forms_of_an_output() -> None:
    given = ((None, None, False), (None, None, True), ("a.TXT", None, True))
    assert [single_form(*each) for each in given] == ["md", "json", "txt"]
    assert folder_forms(None) == ("json", "html", "md") and folder_forms(["txt", "json", "md"]) == ("json", "md", "txt")


@pytest.mark.parametrize(("name", "folder"), [("new", True), ("dotted.name/", True), ("a.7", True), ("a.md", False)])
def test_what_counts_as_a_folder(name: str, folder: bool) -> None:
    assert is_folder(name) is folder


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--to", "md", "--to", "html"), "stdout takes one form, not md and html"),
        (("--to", "html", "-o", "it.md"), "it.md has one form, by its suffix"),
        (("--to", "odt"), "unknown form 'odt'; choose one of md, html"),
        (("--figures",), "--figures goes with a folder"),
        (("-o", "it.odt"), "no document is written as .odt; choose one of .md"),
        (("--words",), "--words goes with json, and that is not asked for: add --to json"),
        (("--page-images", "--to", "md", "-o", "out/"), "--page-images goes with html"),
        (("--no-images", "-o", "out/"), "--no-images goes with a file of Markdown"),
        (("--no-images",), "--no-images goes with a file of Markdown"),
    ],
)
def test_what_fits_no_form_is_refused(run, report, arguments: tuple[str, ...], said: str) -> None:
    result = run("convert", report, *LAYER, *arguments)
    assert result.exit_code == 2 and said in result.stderr
    assert {path.name for path in Path().iterdir()} == {"report.pdf"}


def test_figures_stand_beside_a_file_of_markdown(run, report, reader) -> None:
    reader.answers = [SEEN] * 12
    result = run("convert", report, "--source", "reader", "-o", "it.md")
    names = [f"it_images/page-000{page}-1.png" for page in (1, 2, 3)]
    assert "it_images; --no-images" in result.stderr
    assert all(f"![image]({name})" in Path("it.md").read_text() for name in names)
    assert all(Image.open(name).width for name in names)
    run("convert", report, "--source", "reader", "--pages", "1", "-o", "it.md")
    assert [path.name for path in Path("it_images").iterdir()] == ["page-0001-1.png"]  # no others of another run
    run("convert", report, "--source", "reader", "--no-images", "-o", "no.md")
    assert "<!-- image -->" in Path("no.md").read_text() and not Path("no_images").exists()
    assert "<!-- image -->" in run("convert", report, "--source", "reader").stdout


def test_json_on_stdout_is_the_whole_document(run, report) -> None:
    document = sokdok.from_json(run("convert", report, *LAYER, "--json", "--words").stdout)
    assert document == sokdok.convert(report, source="text-layer") and len(document.pages) == 3


def test_strict_refuses_what_is_not_read_whole(run, tmp_path: Path) -> None:
    image = Image.new("L", (600, 400), 255)
    for row in range(8):
        ImageDraw.Draw(image).text((40, 30 + 40 * row), LINE, 0, ImageFont.load_default(size=22))
    picture = b"q 300 0 0 200 0 0 cm BI /W 600 /H 400 /BPC 8 /CS /G ID " + image.tobytes() + b" EI Q"
    scan = write_pdf(tmp_path / "scan.pdf", [[Text(20, 30, LINE)], [picture]], (300, 200))
    assert run("convert", scan, *LAYER, "-o", "it.md").exit_code == 1 and Path("it.md").exists()
    result = run("convert", scan, *LAYER, "--strict", "-o", "other.md")
    assert result.exit_code == 2 and "page 2, is FAILURE: " in result.stderr and not Path("other.md").exists()
    assert run("convert", scan, *LAYER, "--strict", "--pages", "1", "-o", "other.md").exit_code == 0


def test_a_signal_says_what_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), ConvertTally() as tally, PageReport(tally, verbose=False).kept():
        raise KeyboardInterrupt
    assert capsys.readouterr().err == "", "nothing is"
    with pytest.raises(SystemExit), ConvertTally() as tally, tally.kept(5):
        report = PageReport(tally, verbose=False)
        tally.statuses["SUCCESS"] += 3
        with report.kept():
            report.begin("a.pdf", 4, 1)
            report.page(DocumentPage(2, 10, 10))
            raise SystemExit(143)
    said = capsys.readouterr().err
    assert "a.pdf: 2 of 4 pages are kept; the same command goes on" in said and "3 of 5 files are done" in said


def test_a_page_is_told_with_its_grade_and_a_run_with_its_unsure_words(capsys: pytest.CaptureFixture[str]) -> None:
    text = Block("text", None, "", words=tuple(Word("w", (0, 0, 9, 9), sure) for sure in (0.5, 0.59, 0.6)))
    with ConvertTally() as tally:
        report = PageReport(tally, verbose=True)
        report.page(DocumentPage(2, 10, 10, (text,), reader="nano", confidence=0.943))
        report.page(DocumentPage(3, 10, 10, (Block("unread", None, "", words=text.words),), reader="nano"))
    tally.statuses["SUCCESS"] += 1
    tally.conclude()
    first, second, _, last = capsys.readouterr().err.splitlines()
    assert first.endswith("confidence 0.94, good") and last.startswith("2 of 3 words are unsure: sokdok convert")
    assert "confidence" not in second and [row["grade"] for row in report.rows] == ["good", None]


def test_each_document_gets_a_folder_and_its_path_goes_to_stdout(run, tmp_path, reader) -> None:
    reader.answers = ["one", "two", "three"]
    images = [write_image(tmp_path / name) for name in ("a.png", "b.png")]
    result = run("convert", *images, "-o", "out", "--source", "reader")
    assert result.exit_code == 0 and result.stdout == "out/a/a.md\nout/b/b.md\n"
    assert Path("out/b/b.md").read_text() == "<!-- page 1 -->\n\ntwo\n\n"
    assert {path.name for path in Path("out/a").iterdir()} == {"a.md", "a.json", "a.html", "manifest.json"}
    assert "2 pages in" in result.stderr and "pages/s" in result.stderr and "2 SUCCESS" in result.stderr


@pytest.mark.parametrize("out", ["in/out", "in"])
def test_folders_are_searched_in_order_by_what_files_are(run, tmp_path, reader, out: str) -> None:
    for name in ("in/b.png", "in/a/z.png", "in/a/y.png"):
        write_image(tmp_path / name)
    Path("in/a/z.png").rename("in/a/z.dat")
    Path("in/notes.py").write_text("no document")
    result = run("convert", "in", "-o", out)
    assert result.stdout.split() == [f"{out}/y/y.md", f"{out}/z/z.md", f"{out}/b/b.md"]
    again = run("convert", "in", "-o", out)
    assert again.stdout == result.stdout, "what was written there is no input"
    assert len(reader.pages) == 3 and again.stderr.count("was done already") == 3


def test_forms_that_a_finished_folder_lacks_are_written_from_its_json(run, tmp_path, reader) -> None:
    reader.answers = ["# Head\n\nsaid once"]
    path = write_image(tmp_path / "a.png")
    assert run("convert", path, "-o", "out", "--to", "json").exit_code == 0
    added = run("convert", path, "-o", "out", "--to", "md", "--to", "txt")
    assert added.exit_code == 0 and "md, txt is written from it" in added.stderr and len(reader.pages) == 1
    assert Path("out/a/a.md").read_text() == "<!-- page 1 -->\n\n# Head\n\nsaid once\n\n"
    files = {path.name for path in Path("out/a").iterdir()}
    assert files == {"a.json", "a.md", "a.txt", "manifest.json"}, "those that were there are of the same pages"
    manifest = json.loads(Path("out/a/manifest.json").read_text())
    assert manifest["job"]["to"] == ["json", "md", "txt"] and "a.txt" in manifest["files"]
    assert "written" not in run("convert", path, "-o", "out", "--to", "txt").stderr and len(reader.pages) == 1


@pytest.mark.parametrize("to", ["html", "hocr"])
def test_a_form_that_needs_words_is_read_for_unless_the_json_has_them(run, tmp_path, reader, to: str) -> None:
    path = write_image(tmp_path / "a.png")
    run("convert", path, "-o", "out", "--to", "json")
    run("convert", path, "-o", "out", "--to", to)
    assert len(reader.pages) == 2 and Path(f"out/a/a.{to}").exists()
    run("convert", path, "-o", "words", "--to", "json", "--words")
    assert run("convert", path, "-o", "words", "--to", to).exit_code == 0
    assert len(reader.pages) == 3 and Path(f"words/a/a.{to}").exists()


@pytest.mark.parametrize("damage", ["[]", "{", None])
def test_a_file_is_read_again_where_its_json_says_nothing(run, tmp_path, reader, damage: str | None) -> None:
    path = write_image(tmp_path / "a.png")
    run("convert", path, "-o", "out", "--to", "json")
    Path("out/a/a.json").unlink() if damage is None else Path("out/a/a.json").write_text(damage)
    assert run("convert", path, "-o", "out", "--to", "md").exit_code == 0
    assert len(reader.pages) == 2


def test_the_text_layer_alone_needs_no_model(run, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("sokdok.reading.load", lambda *names, **options: pytest.fail("the model was loaded"))
    result = run("convert", write_lines(tmp_path / "a.pdf", 2), "-o", "out", "--source", "text-layer")
    assert result.exit_code == 0 and "2 from the text layer" in result.stderr
    assert Path("out/a/a.md").read_text().count(LINE) == 8


def test_json_tells_everything_about_each_document(run, tmp_path, reader) -> None:
    reader.answers = ["one", {"status": "failed", "error": "no"}]
    result = run("convert", write_lines(tmp_path / "a.pdf", 2), "-o", "out", "--json", "--source", "reader")
    row = json.loads(result.stdout)
    assert row["status"] == "PARTIAL" and row["pages"] == 2 and row["incomplete"] == [2] and row["folder"] == "out/a"
    assert [page["number"] for page in row["read"]] == [1, 2] and "text tokens" in row["read"][0]["mode_reason"]
    assert result.exit_code == 1 and "page 2: FAILURE: no" in result.stderr


def test_standard_input_becomes_a_document_of_its_own(run, tmp_path, reader) -> None:
    data = write_image(tmp_path / "a.png").read_bytes()
    assert run("convert", "-", "-o", "out", stdin=data).stdout == "out/stdin/stdin.md\n"
    assert run("convert", "-", "-o", "out", stdin=data).stdout == "out/stdin-2/stdin-2.md\n"


@pytest.mark.skipif(sys.platform != "linux", reason="other file systems refuse such names")
def test_names_that_are_no_utf8_are_read_and_written(run, tmp_path, reader) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    write_image(tmp_path / name)
    result = run("convert", name, "-o", "out", "--json")
    assert result.exit_code == 0 and json.loads(result.stdout)["folder"] == "out/caf�"
    assert json.loads(Path("out/caf�/caf�.json").read_text())["source"] == "caf�.png"


@pytest.fixture
def with_figure(run, tmp_path, reader, monkeypatch) -> Callable[[Callable[..., object]], tuple[str, str]]:
    """Converts a page with a figure, which is parsed so; what is written of it, and the page."""

    def convert(parse: Callable[..., object]) -> tuple[str, str]:
        monkeypatch.setattr("sokdok.cli.convert.parse_figure", parse)
        reader.answers = ["<|ref|>chart<|/ref|><|det|>[[0, 0, 500, 500]]<|/det|>"]
        assert run("convert", write_image(tmp_path / "a.png"), "-o", "out", "--figures").exit_code == 0
        return Path("out/a/images/page-0001-1.json").read_text(), Path("out/a/a.md").read_text()

    return convert


@pytest.mark.parametrize("kind", ["handwriting", "table"])
def test_letters_on_a_picture_are_no_figure(with_figure, kind: str) -> None:
    figure, page = with_figure(lambda figure, reader: Figure(kind, 0.9, "SALE", Transcript("SALE")))
    written = json.loads(figure)
    assert written["kind"] == "picture" and not written["result"]["valid"] and "SALE" not in page


def test_what_is_found_in_figures_goes_beside_them(with_figure) -> None:
    found = {"kind": "chart", "text": "\ud800", "result": {"html": "<table><tr><td>7</td></tr></table>"}}
    result = SimpleNamespace(kind="chart", result=SimpleNamespace(valid=True), to_dict=lambda: found)
    figure, page = with_figure(lambda figure, reader: result)
    assert json.loads(figure) == found, "half a character is kept as an escape"
    assert "<td>7</td>" in page


def test_a_figure_that_breaks_its_parser_breaks_no_page(with_figure) -> None:
    def broken(figure: Image.Image, reader: object) -> None:
        raise RuntimeError("a bug")

    assert "a bug" in with_figure(broken)[0]
