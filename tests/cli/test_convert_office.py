"""`sokdok convert` of office files and texts: the same command, the same outputs, pages without pixels."""

import io
from pathlib import Path

import openpyxl
import pptx
import pytest
from pptx.util import Inches

from fakes.office import docx, png, related

DRAWING = "<w:drawing><a:blip r:embed='a'/></w:drawing>"


def word(path: Path, words: str = "속독", extra: str = "") -> Path:
    body = f"<w:p><w:pPr><w:outlineLvl w:val='0'/></w:pPr><w:r><w:t>{words}</w:t></w:r></w:p>"
    return docx(path, f"{body}<w:p><w:r>{DRAWING}</w:r></w:p>{extra}", {"a.png": png()}, related("a", "a.png"))


def workbook(path: Path, sheets: int = 3) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number in range(sheets):
        book.create_sheet(f"S{number + 1}").append(["a", number])
    book.save(path)
    return path


def test_pages_are_sheets_and_slides(run, tmp_path: Path) -> None:
    result = run("convert", str(workbook(tmp_path / "a.xlsx")), "--pages", "2-3")
    assert "S1" not in result.stdout and "<!-- page 2 -->\n\n## S2" in result.stdout and "## S3" in result.stdout
    assert "has 3 pages, and none that was asked for" in run("convert", str(tmp_path / "a.xlsx"), "--pages", "4").stderr
    show = pptx.Presentation()
    for words in ("가", "나"):
        slide = show.slides.add_slide(show.slide_layouts[6])
        slide.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = words
        slide.shapes.add_picture(io.BytesIO(png()), Inches(1), Inches(2))
    show.save(tmp_path / "a.pptx")
    assert run("convert", str(tmp_path / "a.pptx"), "-o", str(tmp_path / "out/")).exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out/a/images").iterdir()) == ["page-0001-1.png", "page-0002-1.png"]


@pytest.mark.parametrize(
    "options", [["--source", "reader"], ["--source", "text-layer"], ["--page-images", "--to", "html"]]
)
def test_what_needs_pixels_is_refused_by_name(run, tmp_path: Path, options: list[str]) -> None:
    result = run("convert", str(word(tmp_path / "a.docx")), *options)
    assert result.exit_code == 2
    assert "has no pixels: leave out --" in result.stderr


def test_one_hostile_file_does_not_end_the_batch(run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    word(folder / "a.docx")
    word(folder / "b.docx", extra="<!DOCTYPE a [<!ENTITY b 'c'>]>")
    docx(folder / "c.docx", " " * (130 << 20))
    (folder / "d.docx").write_bytes(b"PK\x03\x04 and no more")
    (folder / "e.hwp").write_bytes(b"HWP Document File V3.00 \x1a\1\2\3\4\5")
    word(folder / "f.docx", "끝")
    (folder / "x.zip").write_bytes(b"PK\x03\x04")
    result = run("convert", str(folder), "-o", str(tmp_path / "out"), "--limit", "megabytes=512")
    assert result.exit_code == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a", "b", "f"]  # b is there as failed
    for words in ("c.docx unpacks to more than 128 MB", "d.docx is damaged", "HWP 3: save it as HWPX", "1 file is no"):
        assert words in result.stderr


def test_stdin_may_be_a_document(run, tmp_path: Path) -> None:
    assert "# 속독" in run("convert", "-", stdin=word(tmp_path / "a.docx").read_bytes()).stdout
    assert "# 속독" in run("convert", "-", stdin="<!doctype html><h1>속독</h1>".encode()).stdout


def test_a_missing_extra_is_named(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sokdok.office.kinds.LIBRARIES", ("no_such_library",))
    result = run("convert", str(word(tmp_path / "a.docx")))
    assert result.exit_code == 4
    assert "needs the extra 'office': pip install 'sokdok[office]'" in result.stderr
    (tmp_path / "b.csv").write_text("a,b\n1,2\n")
    result = run("convert", str(tmp_path))  # other files go on
    assert result.exit_code == 1 and "<td>1</td>" in result.stdout and "the extra 'office'" in result.stderr
