"""`sokdok read --find`: places in text layers and in what nano reads; options that nano can't honour are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont
from typer.testing import CliRunner

from fakes.pdf import Text, write_pdf
from sokdok.cli import app
from sokdok.pages import render, save_page


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    image = Image.new("RGB", (300, 120), "white")
    draw = ImageDraw.Draw(image)
    draw.text((12, 16), "Report of 1999", fill="black", font=ImageFont.load_default(24))
    draw.text((12, 76), "All is well", fill="black", font=ImageFont.load_default(24))
    image.save("scan.png")
    write_pdf(tmp_path / "report.pdf", [[Text(20, 30, "Report of 1999")], [Text(20, 30, "None")]], size=(160, 80))
    return tmp_path


def run(*arguments: str, stdin: bytes | None = None) -> Any:
    return CliRunner().invoke(app, ["read", *arguments], input=stdin)


def test_nano_says_where_a_text_stands(here: Path) -> None:
    result = run("scan.png", "--find", "report")
    assert result.exit_code == 0, result.stderr
    name, box, words = result.stdout.strip().split(": ")
    left, top, right, bottom = map(int, box.split(","))
    assert (name, words) == ("scan.png, page 1", "Report")
    assert 0 <= left <= 20 and 10 <= top <= 26 and 70 <= right <= 110 and 30 <= bottom <= 52
    assert "1 place of 'report' on 1 of 1 page" in result.stderr


def test_a_line_of_json_for_each_page_of_a_text_layer(here: Path) -> None:
    result = run("report.pdf", "--find", "of 1999", "--json")
    first, second = map(json.loads, result.stdout.splitlines())
    assert (first["source"], first["page"], second["page"], second["found"]) == ("report.pdf", 1, 2, [])
    (place,) = first["found"]
    assert place["text"] == "of 1999" and len(place["boxes"]) == 1 and len(place["boxes"][0]) == 4
    assert first["width"] >= place["boxes"][0][2] > place["boxes"][0][0] > 0


def test_places_of_a_paragraph_over_two_pages_are_on_their_own_pages(here: Path) -> None:
    lines = [Text(60, 740 + 14 * row, "the fox runs over the hill and the dog looks on as it") for row in range(6)]
    more = [Text(60, 60 + 14 * row, "goes into the wood where the other fox has its den and") for row in range(6)]
    write_pdf(here / "two.pdf", [lines, more])
    first, second = map(json.loads, run("two.pdf", "--find", "fox", "--json").stdout.splitlines())
    assert (len(first["found"]), len(second["found"])) == (6, 6)
    assert "12 places of 'fox' on 2 of 2 pages" in run("two.pdf", "--find", "fox").stderr


def test_from_standard_input_and_into_a_file(here: Path) -> None:
    result = run("-", "--find", "WELL", "-o", "found.txt", stdin=Path("scan.png").read_bytes())
    assert result.exit_code == 0 and result.stdout == ""
    assert Path("found.txt").read_text().startswith("standard input, page 1: ")


def test_a_file_that_is_not_there_does_not_stop_the_others(here: Path) -> None:
    result = run("none.png", "scan.png", "--find", "well")
    assert result.exit_code == 1 and "well" in result.stdout and "none.png: no such file" in result.stderr
    assert run("none.png", "--find", "well").exit_code == 2
    assert "needs a text" in run("scan.png", "--find", " ").stderr


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--prompt", "what is the total?"), "nano follows no prompts"),
        (("--mode", "gundam"), "nano has no mode 'gundam'; choose one of tiny, small, base, large"),
        (("--find", "x", "--prompt", "y"), "nano follows no prompts"),
        (("--task", "describe"), "nano knows no --task describe"),
        (("--max-tokens", "5"), "nano takes no --max-tokens"),
    ],
)
def test_what_nano_can_not_honour_is_refused_by_name(here: Path, options: tuple[str, ...], why: str) -> None:
    result = run("scan.png", *options)
    assert result.exit_code == 2 and why in result.stderr and result.stdout == ""


def test_a_decoder_of_drawn_pages_is_refused_on_others(here: Path) -> None:
    result = run("scan.png", "--decoder", "parallel")
    assert result.exit_code == 1 and result.stdout == ""
    assert "which alone the parallel decoder reads: leave out --decoder" in result.stderr
    (page,) = render("drawn by sokdok")
    save_page(page, here / "drawn.png")
    assert run("drawn.png", "--decoder", "parallel").stdout.strip() == "drawn by sokdok"
