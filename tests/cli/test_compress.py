"""`sokdok compress`: page files, the ratio, and the check; `sokdok demo` does it with two texts."""

import json
from pathlib import Path

import pytest

from sokdok.demo import demo_text
from sokdok.pages import open_pages, save_page
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
    tokens = count_text(TEXT)
    assert lines["text tokens"].strip() == str(tokens)
    assert lines["vision tokens"] == "100 (111 in the sequence)"
    assert lines["ratio"].strip() == f"{tokens / 100:.1f}x"
    assert "8x16 pixels, the largest that fits one page" in lines["cell"]
    (page,) = open_pages(Path("notes.pages/notes-001.png"))
    assert page.size == (640, 640) and str(page.cell) == "8x16"


def test_json_has_all_numbers(run, notes) -> None:
    result = run("compress", notes, "--json", "--mode", "tiny")
    row = json.loads(result.stdout)
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
    result = run("compress", notes, "--check").stdout
    assert "line 1         expected  Received 14 crates, 2.5 t" in result
    assert "               read      Received 41 crates, 2.5 t" in result
    assert "line 21        expected  Signed\\tby the clerk.\\r\\n\n" in result
    row = json.loads(run("compress", notes, "--check", "--json").stdout)["check"]
    assert row["differences"][0]["line"] == 1 and row["differences"][0]["read"] == ""
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
