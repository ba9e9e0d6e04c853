"""`sokdok demo`: what was read comes first, then the table, and the pages are there to be looked at."""

from __future__ import annotations

import json
from pathlib import Path

from sokdok.demo import demo_text
from sokdok.pages import open_pages


def test_texts_are_read_back_and_compared(run, reader) -> None:
    reader.answers = [demo_text("demo_en"), demo_text("demo_ko")[:-100]]
    result = run("demo")
    assert result.exit_code == 0, result.output
    assert "    How to fit a page into a hundred tokens" in result.stdout
    assert "    백 개의 토큰에 한 쪽을 담는 법" in result.stdout
    head, english, korean = result.stdout.splitlines()[-3:]
    assert head.split() == ["text", "text", "tokens", "vision", "tokens", "ratio", "fidelity", "seconds", "decoder"]
    assert english.split()[0] == "English" and "1.0000" in english and "autoregressive" in english
    assert korean.split()[0] == "Korean" and "1.0000" not in korean


def test_the_pages_are_saved_and_named(run, reader) -> None:
    stdout = run("demo", "-o", "pictures").stdout
    for name in ("demo_en", "demo_ko"):
        path = Path(f"pictures/{name}-001.png")
        assert str(path) in stdout and next(iter(open_pages(path))).size == (640, 640)


def test_what_is_shown_is_what_was_read(run, reader) -> None:
    reader.answers = ["Something else entirely.", ""]
    stdout = run("demo").stdout
    assert "    Something else entirely." in stdout and "    (nothing)" in stdout
    assert "hundred tokens" not in stdout


def test_numbers_as_json(run, reader) -> None:
    reader.answers = [demo_text("demo_en"), demo_text("demo_ko")]
    english, korean = json.loads(run("demo", "--json", "--mode", "tiny").stdout)
    assert (english["text"], korean["text"]) == ("English", "Korean")
    assert english["vision_tokens"] == 64 and english["check"]["fidelity"] == 1 and english["check"]["identical"]


def test_the_texts_hold_nothing_that_nano_does_not_know(run) -> None:
    assert [row["escaped_characters"] for row in json.loads(run("demo", "--json").stdout)] == [0, 0]
