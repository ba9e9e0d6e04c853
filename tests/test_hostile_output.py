"""What a hostile model writes can run, load, lead or calculate nowhere: every way out of sokdok, one answer."""

import csv
import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from fakes.bulk.runs import Made, write_run
from fakes.html import Seen, harmless
from sokdok.bulk.merge import merge
from sokdok.bulk.passes import Asked
from sokdok.bulk.sources.containers import meta_of
from sokdok.bulk.sources.files import shown
from sokdok.cli import app
from sokdok.documents.build import build_page
from sokdok.pages import Page
from sokdok.reading import Reading
from sokdok.reading.reading import Abilities

RUNS = "<img src=x onerror=alert(1)><script>alert(2)</script><svg/onload=alert(3)><iframe src=//evil.example>"
LEADS = "[a](javascript:alert(4)) [b](&Tab;javascript:alert(5)) ![c](https://evil.example/spy.png)"
TABBED = "[d](" + "&Tab;" * 40 + "javascript:alert(6))"
ATTRIBUTES = "e {: onclick=alert(7) } [f](https://example.org){: onclick=alert(8) } *g*{ onclick=alert(9) }"
FORMULA = "$\\href{javascript:alert(10)}{x}$ \\(\\htmlId{top}{y}\\) \\[\\url{javascript:alert(11)}\\]"
ESCAPES = "\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b2J\x7f"
CELL = "=HYPERLINK(&quot;https://evil.example&quot;)"
TABLE = f"<table onload=x><tr><td onclick=y>{CELL}</td><td>{RUNS}@SUM(1)</td></tr></table>"
TEXT = f"{RUNS} {LEADS} {TABBED}\n{ATTRIBUTES} {FORMULA} {ESCAPES}"
LAYOUT = (
    f"<|ref|>title<|/ref|><|det|>[[0, 0, 999, 99]]<|/det|>\n# {TEXT}\n\n"
    f"<|ref|>text<|/ref|><|det|>[[0, 100, 999, 400]]<|/det|>\n{TEXT}\n\n"
    f"<|ref|>equation<|/ref|><|det|>[[0, 400, 999, 500]]<|/det|>\n\\[{FORMULA[1:-2]} {RUNS}\\]\n\n"
    f"<|ref|>x) Tj ET /JavaScript<|/ref|><|det|>[[0, 500, 999, 600]]<|/det|>\n{TEXT}\n\n"
    f"<|ref|>table<|/ref|><|det|>[[0, 600, 999, 999]]<|/det|>\n{TABLE}\n"
)
DANGEROUS = {"script", "img", "svg", "iframe", "object", "embed", "meta", "link", "form", "base", "!"}


class Hostile:
    """A reader whose answers are out for harm."""

    name = "<script>evil</script>"
    abilities = Abilities(family="deepseek-ocr", layout_task="markdown", modes=("base",))

    def read(self, pages: Iterable[Page], prompt: str = "", **options: Any) -> Iterator[Reading]:
        for place, page in enumerate(pages):
            text = LAYOUT if "grounding" in prompt else TEXT
            yield Reading(place, page.source, "ok", text, decoder="autoregressive", mode="base")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sokdok.reading.load", lambda name="nano", **options: Hostile())
    Image.new("RGB", (400, 300), "white").save("a.png")

    def invoke(*arguments: str) -> str:
        result = CliRunner().invoke(app, list(arguments))
        assert result.exit_code == 0, result.output
        return result.stdout

    return invoke


def no_escapes(text: str) -> bool:
    return not set(text) & set(map(chr, [*range(9), *range(11, 12), *range(14, 32), *range(127, 160)]))


def harmless_everywhere(markdown: str) -> None:
    """As CommonMark, and as Python-Markdown with attribute lists shows it, and no macro of MathJax that leads away."""
    harmless(markdown.replace("<!-- page 1 -->", ""))
    assert no_escapes(markdown)
    assert not any(f"\\{macro}" in markdown for macro in ("href", "url", "htmlId"))
    python_markdown = pytest.importorskip("markdown")
    for extensions in ([], ["extra"]):
        seen = Seen(python_markdown.markdown(markdown.replace("<!-- page 1 -->", ""), extensions=extensions))
        assert not seen.tags & DANGEROUS
        for name, value in seen.attributes:
            assert not name.startswith("on") and "javascript:" not in (value or "")


FREE = ("--task", "free")


@pytest.mark.parametrize(
    ("command", "options"),
    [("read", ()), ("read", FREE), ("read", ("-o", "x.md")), ("read", (*FREE, "-o", "x.md"))]
    + [("convert", ()), ("convert", ("-o", "x.md"))],
)
def test_printed_and_saved_text(run: Any, command: str, options: tuple[str, ...]) -> None:
    printed = run(command, "a.png", *options)
    harmless_everywhere(Path("x.md").read_text(encoding="utf-8") if "-o" in options else printed)


def test_plain_text_holds_no_control_characters(run: Any) -> None:
    assert no_escapes(run("convert", "a.png", "--to", "txt"))
    run("convert", "a.png", "-o", "a.txt")
    assert no_escapes(Path("a.txt").read_text(encoding="utf-8"))


def test_raw_text_is_what_the_model_wrote(run: Any) -> None:
    assert run("read", "a.png", "--raw") == f"{LAYOUT}"


def test_lines_of_json_are_json_and_hold_no_control_characters(run: Any) -> None:
    line = run("read", "a.png", "--json")
    assert json.loads(line)["text"] == LAYOUT and no_escapes(line)


def test_a_folder_of_files(run: Any) -> None:
    run("convert", "a.png", "-o", "out")
    folder = Path("out/a")
    harmless_everywhere((folder / "a.md").read_text(encoding="utf-8"))
    seen = Seen((folder / "a.html").read_text(encoding="utf-8"))
    assert seen.tags & DANGEROUS == {"meta", "!"}  # the head's own, a policy against scripts among them
    assert not any(name.startswith("on") for name, _ in seen.attributes)
    assert all(value.startswith(("#page-", "images/")) for name, value in seen.attributes if name == "src")
    assert all(value.startswith(("#page-", "https://")) for name, value in seen.attributes if name == "href")
    written = (folder / "a.json").read_text(encoding="utf-8")
    assert no_escapes(written)
    for block in json.loads(written)["pages"][0]["blocks"]:
        assert not block["html"] or Seen(block["html"]).tags <= {"table", "tr", "td"}


def test_training_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers that are out for harm, of a file whose name and notes are: as Dolma, Parquet and WebDataset."""
    pq = pytest.importorskip("pyarrow.parquet")
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (400, 300), "white").save("a.png")
    (reading,) = Hostile().read([Page(Image.open("a.png"), "a.png")], "grounding")
    page = build_page(reading, 400, 300, 1, reader=Hostile.name)
    made = Made(f"../../x{ESCAPES}/a.png", [page], {"url": RUNS + ESCAPES}, Path("a.png").read_bytes())
    write_run("out", [replace(made, path=shown(made.path), meta=meta_of(made.meta))], source=str(tmp_path))
    merge("out", Asked(to=("dolma", "parquet", "webdataset")))
    line = gzip.decompress(Path("out/data/dolma/documents/000000.jsonl.gz").read_bytes()).decode().rstrip("\n")
    harmless_everywhere(json.loads(line)["text"])
    (row,) = pq.read_table("out/data/parquet/000000.parquet").to_pylist()
    assert no_escapes(line) and row["text"] == json.loads(line)["text"] and no_escapes(row["file_path"] + row["meta"])
    with tarfile.open("out/data/webdataset/000000-000.tar") as archive:
        assert [name.partition("-")[0] for name in archive.getnames()] == [made.sha256[:32]] * 3
        texts = [archive.extractfile(name).read().decode() for name in archive.getnames() if not name.endswith("jpg")]
    assert all(map(no_escapes, texts))
    harmless_everywhere(texts[0])


def test_a_word_document_holds_nothing_that_runs_or_is_fetched(run: Any) -> None:
    pytest.importorskip("docx")
    run("convert", "a.png", "-o", "a.docx")
    with zipfile.ZipFile("a.docx") as file:
        body = file.read("word/document.xml").decode()
        outside = [name for name in file.namelist() if b'TargetMode="External"' in file.read(name)]
    assert "w:instrText" not in body and "w:fldSimple" not in body and no_escapes(body)
    assert outside == ["word/_rels/document.xml.rels"] or not outside  # links only


def test_a_searchable_pdf_has_no_actions(run: Any) -> None:
    pytest.importorskip("pikepdf")
    run("convert", "a.png", "-o", "a.pdf")
    data = Path("a.pdf").read_bytes()
    assert not any(name in data for name in (b"/JS", b"/OpenAction", b"/AA", b"/URI", b"/Launch"))


def test_hocr_is_text(run: Any) -> None:
    run("convert", "a.png", "-o", "a.hocr")
    seen = Seen(Path("a.hocr").read_text(encoding="utf-8"))
    assert seen.tags <= {"html", "head", "title", "meta", "body", "div", "p", "span", "!", "?"}
    assert no_escapes(Path("a.hocr").read_text(encoding="utf-8"))


def test_a_workbook_of_a_document_has_no_formulas(run: Any) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    run("convert", "a.png", "-o", "a.xlsx")
    sheet = openpyxl.load_workbook("a.xlsx").active
    assert [cell.data_type for cell in sheet[1]] == ["s", "s"] and sheet["A1"].quotePrefix


@pytest.mark.parametrize("kind", ["table", "chart", "handwriting", "molecule"])
@pytest.mark.parametrize("form", [("--format", "html"), ("--format", "markdown"), ("--format", "csv"), ("--json",)])
def test_printed_and_saved_figures(run: Any, kind: str, form: tuple[str, ...]) -> None:
    """Texts of pictures are data here; a table's HTML has nothing but a table's tags."""
    pytest.importorskip("rdkit")
    result = CliRunner().invoke(app, ["parse", "a.png", "--as", kind, "-o", "out", *form])
    assert no_escapes(result.stdout) and no_escapes(result.stderr)
    for path in Path("out").iterdir():
        if path.suffix in (".json", ".csv", ".md", ".html"):
            assert no_escapes(path.read_text(encoding="utf-8"))
    assert Seen(Path("out/index.html").read_text(encoding="utf-8")).tags & DANGEROUS <= {"meta", "!", "img"}


def test_cells_of_a_table_are_no_formulas(tmp_path: Path) -> None:
    from sokdok.tables.parse import parse_table
    from sokdok.tables.workbook import write_workbook

    openpyxl = pytest.importorskip("openpyxl")
    table = parse_table(TABLE)
    for row in csv.reader(io.StringIO(table.csv())):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    write_workbook(table, tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert [cell.data_type for cell in sheet[1]] == ["s", "s"] and sheet["A1"].value.startswith("=HYPERLINK")
    assert Seen(table.html()).tags <= {"table", "tr", "td"}
