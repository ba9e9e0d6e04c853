"""`sokdok parse`: results on stdout, complaints on stderr, files in a folder, and what a user can get wrong."""

import json
from pathlib import Path

import pytest
from PIL import Image

from fakes.commands import write_image
from fakes.hostile.pdfs import form_in_itself, pages_claimed
from fakes.pdf import Text, write_pdf

TABLE = "<table><tr><td>a</td><td>b|c</td></tr><tr><td>d</td><td>2</td></tr></table>"
QUESTION = ("what?", "--dry-run", "--model", "gpt-4o")
FORMS = ("auto", "pages", "text")  # that ask sends files in


@pytest.fixture
def figure(tmp_path: Path) -> Path:
    return write_image(tmp_path / "그림.png")


def test_a_table_in_every_format(run, figure, reader) -> None:
    for form, expected in (("html", TABLE), ("markdown", "| a | b\\|c |"), ("csv", "a,b|c")):
        reader.answers = [TABLE] * 2
        result = run("parse", figure, "--as", "table", "--format", form)
        assert run("parse", figure, "--as", "chart", "--format", form).stdout == result.stdout
        assert result.exit_code == 0 and result.stdout.splitlines()[0] == expected
        assert "1 figure in" in result.stderr


def test_a_molecule_tells_its_formula_and_groups(run, figure, reader) -> None:
    pytest.importorskip("rdkit")
    reader.answers = ["OC(=O)c1ccccc1"]
    lines = run("parse", figure, "--as", "molecule").stdout.splitlines()
    assert lines[:3] == ["O=C(O)c1ccccc1", "C7H6O2", "WPYMKLBDIGXBTP-UHFFFAOYSA-N"]
    assert "contains a benzene ring" in lines
    reader.answers = ["OC(=O)c1ccccc1"]
    assert "벤젠 고리 포함" in run("parse", figure, "--as", "molecule", "--lang", "ko").stdout.splitlines()


def test_handwriting_is_printed_as_it_is_and_low_confidence_is_said(run, figure, reader) -> None:
    reader.answers = [" 안녕\nthere  ", {"text": TABLE, "mean_logprob": -2.0}]
    assert run("parse", figure, "--as", "handwriting").stdout == "안녕\nthere\n"
    result = run("parse", figure, "--as", "table")
    assert result.exit_code == 0 and "low confidence (0.14)" in result.stderr


def test_several_figures_are_headed_and_bad_ones_named(run, tmp_path, reader) -> None:
    reader.answers = [TABLE, "no table"]
    good, bad = write_image(tmp_path / "good.png"), write_image(tmp_path / "bad.png")
    result = run("parse", good, bad, "missing.png", "--as", "table")
    assert result.exit_code == 1
    assert result.stdout == f"==> {good} <==\n{TABLE}\n==> {bad} <==\n"
    assert f"{bad}: FAILURE: the text holds no table" in result.stderr and "missing.png: no such file" in result.stderr
    assert "2 figures in" in result.stderr and "1 not valid, 1 not opened" in result.stderr


def test_json_has_a_line_per_figure(run, tmp_path, reader) -> None:
    reader.answers = [TABLE, {"text": "<table><tr><td>x", "status": "truncated"}]
    result = run("parse", write_image(tmp_path / "a.png"), write_image(tmp_path / "b.png"), "--as", "table", "--json")
    first, second = map(json.loads, result.stdout.splitlines())
    assert first["result"]["html"] == TABLE and first["page"] == 1 and first["source"].endswith("a.png")
    assert "broken off at the length limit" in second["result"]["warnings"][0] and second["status"] == "PARTIAL"
    assert result.exit_code == 1 and "2 figures in" in result.stderr and "1 PARTIAL" in result.stderr


def test_whatever_one_figure_raises_is_its_line_and_the_others_are_parsed(run, tmp_path, reader) -> None:
    reader.answers = ["one", IndexError("index 4999 is out of bounds\nfor axis 0"), "two", "three"]
    files = [write_image(tmp_path / name) for name in ("a.png", "b.png", "c" * 250 + ".png", "d.png")]
    result = run("parse", *files, "--as", "handwriting", "-o", "out")
    assert result.exit_code == 1 and [line for line in result.stdout.splitlines() if not line.startswith("==>")] == [
        "one",
        "two",
        "three",
    ]
    assert f"sokdok: {files[1]}: IndexError: index 4999 is out of bounds for axis 0\n" in result.stderr
    assert "3 figures in" in result.stderr and "1 failed" in result.stderr and "Traceback" not in result.stderr
    assert len(list((tmp_path / "out").glob("*.txt"))) == 3
    assert run("parse", files[1], "--as", "handwriting").exit_code == 1


def test_a_file_that_breaks_its_decoder_stops_no_other(run, tmp_path, reader, monkeypatch) -> None:
    import sokdok.pages

    whole = sokdok.pages.files.open_pages

    def open_pages(path, **options):
        if path.name == "b.png":
            raise RuntimeError("decoder is broken")
        return whole(path, **options)

    monkeypatch.setattr("sokdok.cli.ui.options.open_pages", open_pages)
    reader.answers = ["one", "two"]
    files = [write_image(tmp_path / name) for name in ("a.png", "b.png", "c.png")]
    for command in (["parse", "--as", "handwriting"], ["read"]):
        result = run(*command, *files)
        assert result.exit_code == 1 and "b.png: RuntimeError: decoder is broken" in result.stderr
    assert run("read", files[1]).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.png"], "missing.png: no such file"),
        (["."], "is a folder"),
        (["empty.png"], "is empty (0 bytes)"),
        (["notes.txt"], "looks like text"),
        (["broken.png"], "no image that can be opened"),
        (["huge.png"], "more than 120 million pixels"),
        (["good.png", "--as", "graph"], "unknown kind 'graph'"),
        (["good.png", "--format", "pdf"], "unknown format 'pdf'"),
        (["good.png", "--lang", "fr"], "unknown language 'fr'"),
        (["good.png", "-o", "notes.txt"], "notes.txt can't be a folder"),
    ],
)
def test_what_a_user_gets_wrong_is_one_line(run, tmp_path, arguments: list[str], message: str) -> None:
    write_image(tmp_path / "good.png")
    (tmp_path / "empty.png").touch()
    (tmp_path / "notes.txt").write_text("just text\n")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    if "huge.png" in arguments:  # it takes a second to make
        Image.new("1", (12_000, 12_000)).save(tmp_path / "huge.png")
    result = run("parse", *arguments)
    assert result.exit_code == 2 and result.stdout == ""
    assert message in result.stderr and result.stderr.count("\n") == 1 and "Traceback" not in result.output


@pytest.mark.process
def test_a_bomb_is_a_line_and_the_next_figure_is_parsed(run, tmp_path, reader) -> None:
    (tmp_path / "m.pdf").write_bytes(form_in_itself())
    for name in ("a.png", "z.png"):
        write_image(tmp_path / name)
    reader.answers = ["one", "two"]
    result = run("parse", "a.png", "m.pdf", "z.png", "--as", "handwriting", "--limit", "seconds=2")
    assert result.exit_code == 1 and "one\n" in result.stdout and "two\n" in result.stdout
    assert "m.pdf: the page can't be drawn: it was not done after 2 s" in result.stderr


@pytest.mark.process
def test_limits_pages_and_passwords_are_options(run, tmp_path, reader) -> None:
    (tmp_path / "many.pdf").write_bytes(pages_claimed(3))
    for asked in (["parse", "many.pdf"], *(["ask", "many.pdf", *QUESTION, "--as", form] for form in FORMS)):
        refused = run(*asked, "--limit", "pages=2")
        assert refused.exit_code == 2 and "3 pages and at most 2 are read" in refused.stderr
    write_pdf(tmp_path / "a.pdf", [[Text(20, 30, "one")], [Text(20, 30, "two")]], (100, 100), password="sesame")
    reader.answers = ["two"]
    result = run("parse", "a.pdf", "--password", "sesame", "--pages", "2", "--as", "handwriting", "--json")
    assert result.exit_code == 0 and '"page": 2' in result.stdout


@pytest.mark.process
@pytest.mark.parametrize("form", FORMS)
def test_a_bomb_is_not_sent(run, tmp_path, form: str) -> None:
    (tmp_path / "m.pdf").write_bytes(form_in_itself())
    result = run("ask", "m.pdf", *QUESTION, "--as", form, "--limit", "seconds=1")
    assert result.exit_code == 2 and "m.pdf" in result.stderr and "Traceback" not in result.stderr
