"""`sokdok convert` without a folder: what goes to stdout, which form a file has, and what is said meanwhile."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

import sokdok
from fakes.commands import LINE, write_lines
from fakes.converting import SEEN
from fakes.pdf import Text, write_pdf
from sokdok.cli.convert import ConvertTally, PageReport, folder_forms, is_folder, single_form
from sokdok.documents.document import DocumentPage

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
    assert (single_form(None, None, False), single_form(None, None, True), single_form("a.TXT", None, True)) == (
        "md",
        "json",
        "txt",
    )
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
    assert (
        result.exit_code == 2 and said in result.stderr and {path.name for path in Path().iterdir()} == {"report.pdf"}
    )


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


def test_ctrl_c_says_what_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), ConvertTally() as tally, PageReport(tally, verbose=False).kept():
        raise KeyboardInterrupt
    assert capsys.readouterr().err == "", "nothing is"
    with pytest.raises(KeyboardInterrupt), ConvertTally() as tally, tally.kept(5):
        report = PageReport(tally, verbose=False)
        tally.statuses["SUCCESS"] += 3
        with report.kept():
            report.begin("a.pdf", 4, 1)
            report.page(DocumentPage(2, 10, 10))
            raise KeyboardInterrupt
    said = capsys.readouterr().err
    assert "a.pdf: 2 of 4 pages are kept; the same command goes on" in said and "3 of 5 files are done" in said


def test_a_page_is_told_with_its_confidence_and_grade(capsys: pytest.CaptureFixture[str]) -> None:
    with ConvertTally() as tally:
        report = PageReport(tally, verbose=True)
        report.page(DocumentPage(2, 10, 10, reader="nano", confidence=0.943))
        report.page(DocumentPage(3, 10, 10, reader="nano"))
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("confidence 0.94, good") and "confidence" not in second
    assert [row["grade"] for row in report.rows] == ["good", None]
