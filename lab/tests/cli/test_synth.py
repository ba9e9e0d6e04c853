"""`sokdok synth`: datasets from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fakes.synth import HANGUL, LATIN, build_font
from sokdok_lab.cli import synth
from sokdok_lab.synth import samples


@pytest.fixture
def fonts(tmp_path: Path) -> Path:
    folder = tmp_path / "fonts"
    folder.mkdir()
    build_font(folder / "latin.ttf", "Plain", LATIN)
    build_font(folder / "korean.ttf", "Hangul", LATIN + HANGUL)
    return folder


def test_the_kinds_of_the_help_are_the_kinds_there_are() -> None:
    assert tuple(samples.KINDS) == synth.KINDS


def test_a_dataset_is_made_and_its_speed_is_told(run, fonts: Path) -> None:
    result = run("synth", "table", "-n", 5, "-o", "out", "--fonts", fonts, "--jobs", 1)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("out: 5 samples in 1 shards; 5 made in ") and " a second" in result.stdout
    assert Path("out/table-000000.tar").exists()


def test_what_is_there_is_not_made_again(run, fonts: Path) -> None:
    for made in (3, 0):
        result = run("synth", "table", "-n", 3, "-o", "out", "--fonts", fonts, "-j", 1, "--json")
        row = json.loads(result.stdout)
        assert (row["samples"], row["made"], row["shards"], row["folder"]) == (3, made, 1, "out")
    assert "3 of 3 samples were there already" in result.stderr


def test_text_of_a_folder_is_quoted(run, fonts: Path, tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "a.txt").write_text("zebra " * 500, encoding="utf-8")
    run("synth", "handwriting", "-n", 4, "-o", "out", "--fonts", fonts, "--text", "text", "-j", 1)
    assert b"zebra" in Path("out/handwriting-000000.tar").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["photo"], "unknown kind 'photo'; choose one of page, table, handwriting, cursive, chart, molecule, geometry"),
        (["table", "-n", "0"], "can't make 0 samples"),
        (["table", "--fonts", "nowhere"], "nowhere is not a folder"),
        (["table", "--text", "fonts", "--fonts", "fonts"], "fonts has no *.txt files"),
    ],
)
def test_a_bad_order_is_one_line(run, fonts: Path, arguments: list[str], message: str) -> None:
    result = run("synth", *arguments, "-o", "out", "-j", 1)
    assert result.exit_code == 2
    assert result.stderr.startswith("sokdok: error:") and message in result.stderr and result.stderr.count("\n") == 1
