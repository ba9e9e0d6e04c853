"""`sokdok convert -o FOLDER`: a folder for each document, what is said about it, and with which exit code it ends."""

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from fakes.commands import LINE, write_image, write_lines
from sokdok.figures.parse import Figure, Transcript


def test_each_document_gets_a_folder_and_its_path_goes_to_stdout(run, tmp_path, reader) -> None:
    reader.answers = ["one", "two", "three"]
    result = run(
        "convert", write_image(tmp_path / "a.png"), write_image(tmp_path / "b.png"), "-o", "out", "--source", "reader"
    )
    assert result.exit_code == 0 and result.stdout == "out/a/a.md\nout/b/b.md\n"
    assert Path("out/b/b.md").read_text() == "<!-- page 1 -->\n\ntwo\n\n"
    assert {path.name for path in Path("out/a").iterdir()} == {"a.md", "a.json", "a.html", "manifest.json"}
    assert "2 pages in" in result.stderr and "pages/s" in result.stderr and "2 SUCCESS" in result.stderr


def test_folders_are_searched_in_order_by_what_files_are(run, tmp_path, reader) -> None:
    for name in ("in/b.png", "in/a/z.png", "in/a/y.png"):
        write_image(tmp_path / name)
    Path("in/a/z.png").rename("in/a/z.dat")
    Path("in/notes.py").write_text("no document")
    result = run("convert", "in", "-o", "in/out")
    assert result.stdout.split() == ["in/out/y/y.md", "in/out/z/z.md", "in/out/b/b.md"]
    again = run("convert", "in", "-o", "in/out")
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


@pytest.mark.parametrize("kind", ["handwriting", "table"])
def test_letters_on_a_picture_are_no_figure(run, tmp_path, reader, monkeypatch, kind: str) -> None:
    banner = Figure(kind, 0.9, "SALE", Transcript("SALE"))
    monkeypatch.setattr("sokdok.cli.convert.parse_figure", lambda figure, reader: banner)
    reader.answers = [PICTURE]
    assert run("convert", write_image(tmp_path / "a.png"), "-o", "out", "--figures").exit_code == 0
    written = json.loads(Path("out/a/images/page-0001-1.json").read_text())
    assert written["kind"] == "picture" and not written["result"]["valid"]
    assert "SALE" not in Path("out/a/a.md").read_text()


PICTURE = "<|ref|>chart<|/ref|><|det|>[[0, 0, 500, 500]]<|/det|>"


def test_what_is_found_in_figures_goes_beside_them(run, tmp_path, reader, monkeypatch) -> None:
    found = SimpleNamespace(
        kind="chart",
        result=SimpleNamespace(valid=True),
        to_dict=lambda: {"kind": "chart", "text": "\ud800", "result": {"html": "<table><tr><td>7</td></tr></table>"}},
    )
    monkeypatch.setattr("sokdok.cli.convert.parse_figure", lambda figure, reader: found)
    reader.answers = [PICTURE]
    assert run("convert", write_image(tmp_path / "a.png"), "-o", "out", "--figures").exit_code == 0
    written = json.loads(Path("out/a/images/page-0001-1.json").read_text())
    assert written["kind"] == "chart" and written["text"] == "\ud800", "half a character is kept as an escape"
    assert "<td>7</td>" in Path("out/a/a.md").read_text()


def test_a_figure_that_breaks_its_parser_breaks_no_page(run, tmp_path, reader, monkeypatch) -> None:
    def broken(figure: Image.Image, reader: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("sokdok.cli.convert.parse_figure", broken)
    reader.answers = [PICTURE]
    assert run("convert", write_image(tmp_path / "a.png"), "-o", "out", "--figures").exit_code == 0
    assert "a bug" in Path("out/a/images/page-0001-1.json").read_text()
