"""`sokdok probe`, with a reader that reads what is drawn in its atlas's own size and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from sokdok.asking.legibility import load_profile
from sokdok.model.preprocess import MODES
from sokdok.pages import Page, text_of
from sokdok.reading import Abilities, Reading


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
def reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> NativeReader:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    reader = NativeReader()
    monkeypatch.setattr("sokdok.reading.load", lambda name="nano", **options: reader)
    return reader


def test_table(reader, run) -> None:
    result = run("probe", "--strings", "10", "--glyph", "8x8", "--glyph", "10x20", "--glyph", "8x16")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "fake, 10 random strings of each script, 640x640 pixels a page"
    assert [line.split()[0] for line in lines[3:6]] == ["10x20", "8x16", "8x8"]
    assert "0.0% (0.0-27.8)" in lines[3] and "legible" not in lines[3]
    assert "100.0% (72.2-100.0)" in lines[4] and lines[4].rstrip().endswith("  legible")
    assert lines[5].rstrip().endswith("< smallest legible")
    assert lines[-1] == "smallest legible glyph: 8x8 (at least 90% of the characters right in every script)"
    assert "fake reads 9 pages of 640x640 pixels" in result.stderr
    assert load_profile("fake") is None


def test_json_and_saving_under_a_name(reader, run) -> None:
    options = ["--strings", "5", "--glyph", "8x16", "--page", "320x160", "--profile-name", "gpt-4o"]
    result = run("probe", *options, "--save", "--json")
    value = json.loads(result.stdout)
    assert value["legible"] == ["8x16"] and value["page"] == [320, 160] and len(value["rows"]) == 3
    assert value["rows"][0]["interval"][1] == 1
    saved = load_profile("gpt-4o")
    assert saved is not None and [row.exact for row in saved.rows] == [1, 1, 1]
    assert "legibility/gpt-4o.json" in result.stderr.replace("\n", "")


@pytest.mark.parametrize(
    ("family", "page", "asked", "around"),
    [
        (None, "640x640", ("", None), "{}"),
        ("deepseek-ocr", "640x640", ("<image>\nFree OCR.", "small"), "{}"),
        ("deepseek-ocr", "640x320", ("<image>\nFree OCR.", None), "{}"),
        ("deepseek-ocr-2", "640x640", ("<image>\nFree OCR.", None), "{}"),
        (
            "unlimited-ocr",
            "512x512",
            ("<image>document parsing.", "tiny"),
            "<|ref|>text<|/ref|><|det|>[[0, 0, 999, 999]]<|/det|>\n{}\n",
        ),
    ],
)
def test_a_published_model_is_asked_for_text_in_the_mode_of_the_page(reader, run, family, page, asked, around) -> None:
    reader.abilities, reader.around = Abilities(family=family, modes=tuple(MODES)), around
    result = run("probe", "--strings", "5", "--glyph", "8x16", "--page", page, "--json")
    assert reader.asked == asked
    assert {(row["exact"], row["characters"]) for row in json.loads(result.stdout)["rows"]} == {(1, 1)}


def test_pages_that_fail_are_told_and_no_profile_is_kept(reader, run) -> None:
    reader.fails = True
    result = run("probe", "--strings", "5", "--glyph", "8x16", "--save")
    assert result.exit_code == 1
    assert "latin in 8x16: failed: no answer" in result.stderr
    assert "3 of 3 pages failed: the profile is not saved" in result.stderr
    assert "no glyph is legible" in result.stdout
    assert load_profile("fake") is None


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--page", "wide"], 2, "a page is its width and height in pixels, e.g. 640x640, not 'wide'"),
        (["--page", "20x20"], 2, "has no room for 8 characters"),
        (["--glyph", "9x9"], 2, "unknown glyph size '9x9'"),
    ],
)
def test_bad_options(reader, run, options: list[str], code: int, message: str) -> None:
    result = run("probe", *options)
    assert result.exit_code == code
    assert message in result.stderr
    assert result.stdout == ""
