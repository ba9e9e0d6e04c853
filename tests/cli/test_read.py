"""`sokdok read`: texts in page order, page breaks, numbers on stderr, and what happens to bad pages."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from fakes.jobs import stay_in_process
from sokdok.imaging.box import Box
from sokdok.layout.text_line import TextLine
from sokdok.pages import pdf


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    return image(tmp_path / "scan.png")


def image(path: Path) -> Path:
    Image.new("RGB", (60, 40), "white").save(path)
    return path


def make_pdf(path: Path, pages: int) -> Path:
    from pypdfium2 import PdfDocument

    document = PdfDocument.new()
    for _ in range(pages):
        document.new_page(72, 72)
    document.save(path)
    document.close()
    return path


def test_an_image_becomes_its_text_and_a_last_newline(run, scan, reader) -> None:
    reader.answers = ["한글 text"]
    result = run("read", scan)
    assert result.exit_code == 0 and result.stdout == "한글 text\n"
    assert "1 page in" in result.stderr and "pages/s" in result.stderr and "symbols/s" in result.stderr
    assert "100 vision tokens (111 in the sequence)" in result.stderr
    assert "autoregressive decoder (it finds its own way over any page)" in result.stderr


def test_pages_of_a_pdf_are_set_apart_by_form_feeds(run, tmp_path, reader) -> None:
    reader.answers = ["one", "two\n", "three"]
    result = run("read", make_pdf(tmp_path / "a.pdf", 3))
    assert result.stdout == "one\n\ftwo\n\fthree\n"


def test_documents_are_set_apart_too(run, tmp_path, reader) -> None:
    reader.answers = ["one", "two"]
    assert run("read", image(tmp_path / "a.png"), image(tmp_path / "b.png")).stdout == "one\n\ftwo\n"


def test_pages_of_one_drawn_text_are_joined_and_nothing_is_added(run, reader) -> None:
    run("compress", "-", "-o", "d", stdin=b"word " * 5000)
    reader.answers = ["wor", "d word"]
    assert run("read", "d/stdin-001.png", "d/stdin-002.png").stdout == "word word"


def test_drawn_pages_out_of_order_are_set_apart(run, reader) -> None:
    run("compress", "-", "-o", "d", stdin=b"word " * 5000)
    reader.answers = ["b", "a", "c"]
    assert run("read", "d/stdin-002.png", "d/stdin-001.png", "d/stdin-001.png").stdout == "b\n\fa\n\fc"


def test_standard_input_may_be_an_image(run, scan, reader) -> None:
    reader.answers = ["from a pipe"]
    assert run("read", "-", stdin=scan.read_bytes()).stdout == "from a pipe\n"
    assert reader.pages[0].source == "standard input"


def test_json_lines(run, tmp_path, reader) -> None:
    reader.answers = ["one", {"text": "two", "mean_logprob": float("nan")}]
    result = run("read", make_pdf(tmp_path / "a.pdf", 2), "--json")
    first, second = map(json.loads, result.stdout.splitlines())
    assert (first["text"], first["page"], first["status"]) == ("one", 1, "ok")
    assert (second["text"], second["page"]) == ("two", 2)
    assert first["source"].endswith("a.pdf") and second["mean_logprob"] is None


def test_a_file_gets_its_name_when_it_is_complete(run, scan, reader, tmp_path) -> None:
    reader.answers = ["text"]
    result = run("read", scan, "-o", "out.txt")
    assert result.stdout == "" and Path("out.txt").read_bytes() == b"text\n"
    assert not list(tmp_path.glob("*.tmp"))


def test_a_hyphen_is_standard_output(run, scan, reader, tmp_path) -> None:
    reader.answers = ["text", "text"]
    assert run("read", scan, "-o", "-").stdout == "text\n"
    assert run("convert", scan, "-o", "-", "--to", "txt").stdout.strip() == "text"
    assert [path.name for path in tmp_path.iterdir()] == ["scan.png"]


def test_a_file_of_markdown_gets_markdown_and_one_of_a_document_is_convert_s(run, scan, reader, tmp_path) -> None:
    reader.abilities = replace(reader.abilities, tasks=("markdown",))
    reader.answers = ["<|ref|>title<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\n연간 보고서"]
    assert run("read", scan, "-o", "a.md").exit_code == 0
    assert (tmp_path / "a.md").read_text() == "# 연간 보고서\n"
    for form in ("docx", "html", "pdf", "xlsx"):
        result = run("read", scan, "-o", f"a.{form}")
        assert result.exit_code == 2 and f"a.{form} is a document: sokdok convert … -o a.{form}" in result.stderr
        assert not (tmp_path / f"a.{form}").exists()


def test_words_that_a_reader_of_pages_reads_are_printed_as_they_stand_there(run, scan, reader, tmp_path) -> None:
    reader.abilities = replace(reader.abilities, prompts=False, tasks=("free", "markdown"))
    reader.answers = ["File 'a.py', in <module>\n\x1b[2Jstd::vector<int> [x](y) <b>"] * 2
    assert run("read", scan).stdout == "File 'a.py', in <module>\n\ufffd[2Jstd::vector<int> [x](y) <b>\n"
    run("read", scan, "--task", "free", "-o", "a.md")
    assert "vector&lt;int> " in (tmp_path / "a.md").read_text()


def test_what_a_model_writes_is_printed_as_harmless_markdown(run, scan, reader) -> None:
    pipes = "| 항목 | 금액 |\n|---|---:|\n| 노트북 | 1 < 2 |"
    code = "```cpp\nstd::vector<int> v;\n```"
    reader.answers = [
        f"# 표\n\n{pipes}\n\n<table onload=x><tr><td onclick=y>a <script>b</script></td></tr></table>\n\n"
        f"{code}\n\n<img src=x> \\(a<b\\)"
    ]
    printed = run("read", scan).stdout
    table = "<table><tr><td>a </td></tr></table>"
    assert printed == f"# 표\n\n{pipes}\n\n{table}\n\n{code}\n\n&lt;img src=x> $a< b$\n"


def test_what_was_read_before_a_crash_is_kept(run, tmp_path, reader, monkeypatch) -> None:
    def crash(*arguments: object) -> None:
        raise KeyboardInterrupt

    reader.answers = ["one", "two"]
    document = make_pdf(tmp_path / "a.pdf", 3)
    monkeypatch.setattr("sokdok.cli.read.command.Tally.add", crash)
    result = run("read", document, "-o", "out.txt")
    assert result.exit_code == 130 and "what there is so far is in out.txt.tmp" in result.stderr
    assert Path("out.txt.tmp").read_text() == "one" and not Path("out.txt").exists()


def test_options_reach_the_reader(run, scan, reader) -> None:
    result = run("read", scan, "--decoder", "parallel", "--mode", "tiny", "--batch", "3")
    assert reader.options == {"decoder": "parallel", "mode": "tiny", "batch_size": 3}
    assert "autoregressive decoder (the reader's choice)" in result.stderr


def test_auto_leaves_the_mode_to_the_reader(run, scan, reader) -> None:
    run("read", scan)
    assert reader.options == {"batch_size": 8}


def test_both_decoders_are_named_with_their_pages(run, tmp_path, reader) -> None:
    reader.answers = ["a", {"decoder": "parallel"}, "c"]
    stderr = run("read", make_pdf(tmp_path / "a.pdf", 3)).stderr
    assert "autoregressive decoder on 2 (" in stderr and "parallel decoder on 1 (" in stderr


def test_pages_are_opened_as_batches_need_them(run, tmp_path, reader, monkeypatch) -> None:
    drawn: list[int] = []
    draw = pdf._draw
    stay_in_process(monkeypatch)
    monkeypatch.setattr(pdf, "_draw", lambda document, index, dpi: drawn.append(index) or draw(document, index, dpi))
    seen: list[int] = []
    monkeypatch.setattr("sokdok.cli.read.command.Text.add", lambda self, page, reading: seen.append(len(drawn)))
    run("read", make_pdf(tmp_path / "a.pdf", 6), "--batch", "2")
    assert seen == [2, 2, 4, 4, 6, 6]


def test_a_bad_page_is_named_and_the_others_are_kept(run, tmp_path, reader, monkeypatch) -> None:
    draw = pdf._draw

    def failing(document, index, dpi):
        if index in (0, 2, 3):
            raise RuntimeError("Failed to load page.")
        return draw(document, index, dpi)

    stay_in_process(monkeypatch)
    monkeypatch.setattr(pdf, "_draw", failing)
    reader.answers = ["two", "five"]
    result = run("read", make_pdf(tmp_path / "a.pdf", 5))
    assert result.exit_code == 1 and result.stdout == "two\n\ffive\n"
    named = [line for line in result.stderr.splitlines() if "Failed to load page" in line]
    assert [line.split(", page ")[1][0] for line in named] == ["1", "3", "4"]
    assert "3 failed" in result.stderr.splitlines()[-1]


def test_bad_pages_keep_their_place_in_json(run, tmp_path, reader, monkeypatch) -> None:
    draw = pdf._draw

    def failing(document, index, dpi):
        if index != 1:
            raise RuntimeError("Failed to load page.")
        return draw(document, index, dpi)

    stay_in_process(monkeypatch)
    monkeypatch.setattr(pdf, "_draw", failing)
    reader.answers = ["two"]
    rows = list(map(json.loads, run("read", make_pdf(tmp_path / "a.pdf", 3), "--json").stdout.splitlines()))
    assert [row["page"] for row in rows] == [1, 2, 3]
    assert [row["status"] for row in rows] == ["failed", "ok", "failed"]
    assert "Failed to load page" in rows[0]["error"]


def test_pages_that_the_reader_failed_on_are_named(run, tmp_path, reader) -> None:
    reader.answers = ["one", {"status": "failed", "error": "broken"}, {"text": "thr", "status": "truncated"}]
    result = run("read", make_pdf(tmp_path / "a.pdf", 3))
    assert result.exit_code == 1 and result.stdout == "one\n\fthr\n"
    assert "page 2: failed: broken" in result.stderr
    assert "page 3: truncated: broken off at the length limit" in result.stderr


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        ("looped", "", "broken off in a repetition"),
        ("truncated", "", "broken off at the length limit"),
        ("incomplete", "3 of 3,200 cells differ", "3 of 3,200 cells differ"),
    ],
)
def test_a_page_that_was_not_read_whole_is_printed_and_the_exit_code_says_so(
    run, scan, reader, status: str, error: str, said: str
) -> None:
    reader.answers = [{"text": "la la", "status": status, "error": error}]
    result = run("read", scan)
    assert result.exit_code == 1 and result.stdout == "la la\n"
    assert f"{status}: {said}" in result.stderr and f"1 {status}" in result.stderr


def test_pages_read_with_little_confidence_are_pointed_out(run, scan, reader) -> None:
    reader.answers = [{"text": "???", "mean_logprob": -1.2}]
    result = run("read", scan)
    assert result.exit_code == 1 and result.stdout == "???\n"
    assert f"{scan}, page 1: hardly legible (confidence 0.30): check what stands there" in result.stderr
    reader.answers = [{"text": "sure", "mean_logprob": -0.04}]
    result = run("read", scan)
    assert result.exit_code == 0 and "legible" not in result.stderr


def test_noise_is_not_printed(run, tmp_path, reader) -> None:
    line = TextLine(Box(0, 0, 9, 9), "∌ c∠∧/2ce/Z", 0.07)
    reader.answers = ["one", {"text": line.text, "mean_logprob": -0.8, "lines": (line,)}, "three"]
    result = run("read", make_pdf(tmp_path / "a.pdf", 3))
    assert result.exit_code == 1 and result.stdout == "one\n\fthree\n"
    assert "page 2: not legible (confidence 0.07)" in result.stderr and "1 not legible" in result.stderr


@pytest.mark.parametrize("name", ["out.txt", "out.md", "rows.jsonl"])
def test_what_counts_as_a_file(run, scan, reader, tmp_path, name: str) -> None:
    reader.answers = ["text"]
    assert run("read", scan, "-o", name).exit_code == 0
    assert (tmp_path / name).read_text() == "text\n"


def test_pages_are_chosen(run, tmp_path, reader) -> None:
    reader.answers = ["two", "three"]
    assert run("read", make_pdf(tmp_path / "a.pdf", 5), "--pages", "2-3").stdout == "two\n\fthree\n"
