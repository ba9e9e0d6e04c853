"""`sokdok read`: texts in page order, page breaks, numbers on stderr, and what happens to bad pages."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fakes.commands import write_image
from fakes.converting import FakeReader
from fakes.pdf import Text, write_pdf
from sokdok.cli import app
from sokdok.imaging.box import Box
from sokdok.layout.text_line import TextLine
from sokdok.pages import pdf
from sokdok.reading import Abilities


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    return write_image(tmp_path / "scan.png")


def make_pdf(path: Path, pages: int) -> Path:
    return write_pdf(path, [[]] * pages, (72, 72))


def test_an_image_becomes_its_text_and_a_last_newline(run, scan, reader) -> None:
    reader.answers = ["한글 text", "from a pipe"]
    result = run("read", scan)
    assert result.exit_code == 0 and result.stdout == "한글 text\n"
    assert "1 page in" in result.stderr and "pages/s" in result.stderr
    assert "100 vision tokens (111 in the sequence), 1 by the autoregressive decoder" in result.stderr
    assert run("read", "-", stdin=scan.read_bytes()).stdout == "from a pipe\n"
    assert reader.pages[1].source == "standard input"


def test_pages_of_one_drawn_text_are_joined_and_nothing_is_added(run, reader) -> None:
    run("compress", "-", "-o", "d", stdin=b"word " * 5000)
    reader.answers = ["wor", "d word"]
    assert run("read", "d/stdin-001.png", "d/stdin-002.png").stdout == "word word"


def test_json_lines(run, tmp_path, reader) -> None:
    reader.answers = ["one", {"text": "two", "mean_logprob": float("nan")}]
    result = run("read", make_pdf(tmp_path / "a.pdf", 2), "--json")
    first, second = map(json.loads, result.stdout.splitlines())
    assert (first["text"], first["page"], first["status"]) == ("one", 1, "ok")
    assert (second["text"], second["page"]) == ("two", 2)
    assert first["source"].endswith("a.pdf") and second["mean_logprob"] is None


def test_what_a_model_writes_is_printed_as_harmless_markdown(run, scan, reader) -> None:
    reader.abilities = replace(reader.abilities, layout_task=None)
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
    monkeypatch.setattr("sokdok.cli.read.ReadTally.add", crash)
    result = run("read", document, "-o", "out.txt")
    assert result.exit_code == 130 and "what there is so far is in out.txt.tmp" in result.stderr
    assert Path("out.txt.tmp").read_text() == "one" and not Path("out.txt").exists()


def test_options_reach_the_reader(run, scan, reader) -> None:
    run("read", scan, "--set", "decoder=parallel", "--set", "mode=tiny", "--set", "batch=3")
    assert reader.options == {"decoder": "parallel", "mode": "tiny", "batch_size": 3}
    run("read", scan)
    assert reader.options == {"batch_size": 8}, "auto leaves the mode to the reader"


def test_a_bad_page_is_named_and_the_others_are_kept(run, tmp_path, reader, monkeypatch) -> None:
    draw = pdf._draw

    def failing(document, index, dpi):
        if index in (0, 2, 3):
            raise RuntimeError("Failed to load page.")
        return draw(document, index, dpi)

    monkeypatch.setattr(pdf, "_draw", failing)
    reader.answers = ["two", "five"]
    result = run("read", make_pdf(tmp_path / "a.pdf", 5))
    assert result.exit_code == 1 and result.stdout == "two\n\ffive\n"
    named = [line for line in result.stderr.splitlines() if "Failed to load page" in line]
    assert [line.split(", page ")[1][0] for line in named] == ["1", "3", "4"]
    assert "3 failed" in result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        ("looped", "", "broken off in a repetition"),
        ("truncated", "", "broken off at the length limit"),
        ("incomplete", "3 of 3,200 cells differ", "3 of 3,200 cells differ"),
        ("failed", "broken", "broken"),
    ],
)
def test_a_page_that_was_not_read_whole_is_named_and_the_exit_code_says_so(
    run, tmp_path, reader, status: str, error: str, said: str
) -> None:
    reader.answers = ["one", {"text": "la la", "status": status, "error": error}, "three\n"]
    result = run("read", make_pdf(tmp_path / "a.pdf", 3), "-o", "out.txt")
    printed = "" if status == "failed" else "la la\n\f"
    assert result.exit_code == 1 and Path("out.txt").read_text() == f"one\n\f{printed}three\n" and not result.stdout
    assert f"page 2: {status}: {said}" in result.stderr and f"1 {status}" in result.stderr
    assert not list(tmp_path.glob("*.tmp"))


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


def test_documents_are_convert_s(run, scan, reader) -> None:
    for form in ("docx", "html", "pdf", "xlsx"):
        result = run("read", scan, "-o", f"a.{form}")
        assert result.exit_code == 2 and f"a.{form} is a document: sokdok convert … -o a.{form}" in result.stderr


def test_what_is_neither_drawn_nor_asked_of_a_model_is_converted_to_text(run, tmp_path, reader) -> None:
    reader.abilities = replace(reader.abilities, prompts=False)
    path = write_pdf(tmp_path / "a.pdf", [[Text(20, 30, "A line.")], [Text(20, 30, "Another.")]], (300, 200))
    result = run("read", path, path)
    assert result.stdout == run("convert", path, path, "--to", "txt").stdout and "A line.\n\fAnother." in result.stdout
    assert run("read", path, "-o", "-").stdout == run("read", "-", stdin=path.read_bytes()).stdout
    assert not reader.pages, "the text layer says it all"
    reader.answers = ["by pixels"]
    assert run("read", path, "--raw", "--pages", "1").stdout == "by pixels\n"


def test_words_of_pages_are_printed_as_they_stand_there(run, scan, reader) -> None:
    reader.abilities = replace(reader.abilities, prompts=False, tasks=("free", "markdown"), layout_task=None)
    reader.answers = ["File 'a.py', in <module>\n\x1b[2Jstd::vector<int> [x](y) <b>"]
    printed = run("read", scan, "--task", "free").stdout
    assert printed == "File 'a.py', in <module>\n\ufffd[2Jstd::vector<int> [x](y) <b>\n"


MARKED = (
    "<|ref|>title<|/ref|><|det|>[[0, 0, 999, 99]]<|/det|>\n# 제목\n\n"
    "<|ref|>text<|/ref|><|det|>[[0, 500, 999, 999]]<|/det|>\nA line.\n"
)


@pytest.fixture
def published(reader: FakeReader) -> FakeReader:
    """A reader of the family: takes a prompt, samples, has no decoder to choose."""
    reader.name, reader.answers, reader.usual = "deepseek-ocr", None, {}
    reader.says = {1: {"text": MARKED}}
    reader.abilities = Abilities(
        family="deepseek-ocr", layout_task="markdown", modes=("tiny", "base"), sampling=True, max_tokens=True
    )
    return reader


def test_markup_becomes_markdown_or_blocks_or_stays(run, scan, published) -> None:
    assert run("read", scan).stdout == "# 제목\n\nA line.\n"
    assert published.prompts[-1] == "<image>\n<|grounding|>Convert the document to markdown."
    assert run("read", scan, "--raw").stdout == MARKED
    line = json.loads(run("read", scan, "--json").stdout)
    assert line["text"] == MARKED and line["warnings"] == []
    assert line["blocks"] == [
        {"kind": "title", "boxes": [[0, 0, 60, 3]], "text": "# 제목"},
        {"kind": "text", "boxes": [[0, 20, 60, 40]], "text": "A line."},
    ]


@pytest.mark.parametrize(
    ("options", "prompt"),
    [
        (["--task", "free"], "<image>\nFree OCR."),
        (["--task", "figure"], "<image>\nParse the figure."),
        (["--task", "locate", "--find", "합계"], "<image>\nLocate <|ref|>합계<|/ref|> in the image."),
        (["--find", "Total"], "<image>\nLocate <|ref|>Total<|/ref|> in the image."),
        (["--prompt", "Read it."], "Read it."),
    ],
)
def test_tasks_and_prompts(run, scan, published, options: list[str], prompt: str) -> None:
    assert run("read", scan, *options).exit_code == 0
    assert published.prompts[-1] == prompt


def test_sampling_and_length_reach_the_reader(run, scan, published) -> None:
    run("read", scan, "--set", "temperature=0.3", "--set", "top_p=0.9", "--set", "max_tokens=50", "--set", "mode=base")
    sampling = published.options["sampling"]
    assert (sampling.temperature, sampling.top_p) == (0.3, 0.9)
    assert (published.options["max_tokens"], published.options["mode"]) == (50, "base")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--set", "decoder=parallel"], "deepseek-ocr takes no decoder"),
        (["--task", "markdwon"], "markdown"),
        (["--task", "free", "--find", "x"], "free"),
        (["--task", "locate"], "locate"),
        (["--prompt", "x", "--task", "free"], "leave out --task and --find"),
        (["--set", "top_p=0"], "top_p"),
    ],
)
def test_what_can_not_be_asked(run, scan, published, options: list[str], message: str) -> None:
    result = run("read", scan, *options)
    assert result.exit_code == 2 and len(result.stderr.strip().splitlines()) == 1
    assert message in result.stderr


def test_nano_says_what_it_does_not_do(scan, subtests: pytest.Subtests) -> None:
    for options, message in (
        (["--set", "temperature=1"], "nano takes no sampling"),
        (["--set", "max_tokens=9"], "nano takes no max_tokens"),
        (["--task", "figure"], "nano knows no --task figure: `sokdok parse` reads figures"),
        (["--task", "describe"], "needs a published checkpoint"),
    ):
        with subtests.test(options=options):
            result = CliRunner().invoke(app, ["read", str(scan), *options])
            assert result.exit_code == 2 and message in result.stderr


@pytest.mark.parametrize(
    ("model", "code", "message"),
    [
        ("deepseek-ai/DeepSeek-OCR", 3, "sokdok models fetch deepseek-ai/DeepSeek-OCR"),
        ("no-such-folder", 3, "no-such-folder"),
        ("http://127.0.0.1:9/v1", 5, "127.0.0.1:9"),
    ],
)
def test_models_that_are_not_there(scan, tmp_path: Path, monkeypatch, model: str, code: int, message: str) -> None:
    pytest.importorskip("httpx")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    result = CliRunner().invoke(app, ["read", str(scan), "--model", model])
    assert result.exit_code == code and message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
