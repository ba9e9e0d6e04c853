"""`sokdok convert` without a folder: what goes to stdout, which form a file has, and what was spelled otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

import sokdok
from fakes.converting import SEEN
from fakes.pdf import Text, write_pdf

LINE = "The quick brown fox jumps over the lazy dog."
LAYER = ("--source", "text-layer")


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return write_pdf(tmp_path / "report.pdf", [[Text(20, 30 + 14 * row, LINE) for row in range(4)]] * 3, (300, 200))


def test_markdown_goes_to_stdout(run, report) -> None:
    result = run("convert", report, *LAYER)
    assert result.exit_code == 0 and result.stdout.count(LINE) == 12
    assert result.stdout.startswith("<!-- page 1 -->")
    assert "3 pages in" in result.stderr and "1 SUCCESS" in result.stderr


def test_what_is_printed_is_what_is_written(run, report) -> None:
    run("convert", report, *LAYER, "-o", "out/")
    assert run("convert", report, *LAYER).stdout == Path("out/report/report.md").read_text()


@pytest.mark.parametrize("form", ["md", "html", "json", "txt"])
def test_a_file_has_the_form_of_its_suffix(run, report, form: str) -> None:
    result = run("convert", report, *LAYER, *(["--words"] if form == "json" else []), "-o", f"it.{form}")
    document = sokdok.convert(report, source="text-layer")
    assert result.exit_code == 0 and result.stdout == ""
    assert Path(f"it.{form}").read_text() == getattr(document, {"md": "markdown", "txt": "text"}.get(form, form))


def test_a_form_on_stdout(run, report) -> None:
    assert run("convert", report, *LAYER, "--to", "html").stdout.startswith("<!DOCTYPE html>\n<html")
    openpyxl = pytest.importorskip("openpyxl")
    Path("t.xlsx").write_bytes(run("convert", report, *LAYER, "--to", "xlsx").stdout_bytes)
    assert openpyxl.load_workbook("t.xlsx").sheetnames == ["no tables"]


def test_a_folder_has_the_forms_that_are_asked_for_and_no_others_of_other_pages(run, report) -> None:
    pytest.importorskip("openpyxl")
    forms = ("--to", "xlsx", "--to", "txt")
    assert run("convert", report, *LAYER, "-o", "out/", *forms).stdout == "out/report/report.txt\n"
    assert {path.name for path in Path("out/report").iterdir()} == {"manifest.json", "report.txt", "report.xlsx"}
    assert "done already" in run("convert", report, *LAYER, "-o", "out/", "--to", "txt", "--to", "xlsx").stderr
    run("convert", report, *LAYER, "-o", "out/", "--to", "md", "--pages", "1")
    assert {path.name for path in Path("out/report").iterdir()} == {"manifest.json", "report.md"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--to", "md", "--to", "html"), "stdout takes one form, not md and html"),
        (("--to", "html", "-o", "it.md"), "it.md has one form, by its suffix"),
        (("--to", "odt"), "unknown form 'odt'; choose one of md, html"),
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


def test_a_page_image_beside_its_text(run, report) -> None:
    run("convert", report, *LAYER, "--page-images", "-o", "it.html")
    assert Path("it.html").read_text().count('<div class="sheet"><img src="data:image/jpeg;base64,') == 3


def test_figures_are_inside_a_single_file(run, report, reader) -> None:
    reader.answers = [SEEN] * 3
    run("convert", report, "--source", "reader", "-o", "it.html")
    assert Path("it.html").read_text().count('<img src="data:image/png;base64,') == 3


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


def test_figures_stand_beside_markdown_saved_from_python(run, report, reader) -> None:
    reader.answers = [SEEN] * 3
    document = sokdok.convert(report, source="reader")
    document.save("py.md")
    assert Image.open("py_images/page-0001-1.png").width and "(py_images/page-0001-1.png)" in Path("py.md").read_text()
    document.save("bare.md", images=False)
    assert not Path("bare_images").exists()


def test_json_on_stdout_is_the_whole_document(run, report) -> None:
    document = sokdok.from_json(run("convert", report, *LAYER, "--json", "--words").stdout)
    assert document == sokdok.convert(report, source="text-layer") and len(document.pages) == 3


def test_documents_are_set_apart(run, report) -> None:
    assert run("convert", report, report, *LAYER).stdout.count("\f") == 1


def test_one_file_holds_one_document(run, report) -> None:
    result = run("convert", report, report, *LAYER, "-o", "it.md")
    assert result.exit_code == 2 and "name a folder" in result.stderr and not Path("it.md").exists()


def test_other_forms_are_refused(run, report) -> None:
    result = run("convert", report, *LAYER, "-o", "it.jsonl")
    assert result.exit_code == 2 and "no document is written as .jsonl" in result.stderr


def test_readers_with_a_task_for_layout_are_asked_for_it_from_python_too(run, report, reader) -> None:
    run("convert", report, "--source", "reader")
    asked = reader.prompts[-1]
    sokdok.convert(report, reader=reader, source="reader")
    assert asked == reader.prompts[-1] != ""


def test_a_file_that_cannot_be_used_stops_nothing(run, report) -> None:
    result = run("convert", "missing.pdf", report, *LAYER)
    assert result.exit_code == 1 and result.stdout.count(LINE) == 12 and "missing.pdf: no such file" in result.stderr


def test_a_failed_page_is_said_and_the_exit_code_tells(run, report, reader) -> None:
    reader.answers = ["one", {"status": "failed", "error": "broken"}, "three"]
    result = run("convert", report, "--source", "reader")
    assert result.exit_code == 1 and "> page 2: broken" in result.stdout and "1 PARTIAL" in result.stderr


def test_options_of_folders_need_one(run, report) -> None:
    result = run("convert", report, *LAYER, "--figures")
    assert result.exit_code == 2 and "--figures goes with a folder" in result.stderr


@pytest.mark.parametrize(
    "before", [("-o", "out/"), ("--output=out",), ("-oout",), ("--source", "text-layer", "-o", "out/")]
)
def test_documents_by_read_still_work_and_say_so(run, report, reader, before: tuple[str, ...]) -> None:
    result = run("read", report, *before)
    assert result.exit_code == 0 and Path("out/report/report.md").is_file()
    assert "`sokdok convert`" in result.stderr


def test_reading_text_is_not_meant(run, report, reader) -> None:
    result = run("read", report, "-o", "text.txt")
    assert "sokdok convert" not in result.stderr and Path("text.txt").read_text().count(LINE) == 12
    assert not Path("text").exists()


def test_json_rows_of_folders(run, report) -> None:
    row = json.loads(run("convert", report, *LAYER, "-o", "out/", "--json").stdout)
    assert row["status"] == "SUCCESS" and row["folder"] == "out/report"


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
