"""`sokdok probe`, with a reader that reads what is drawn in its atlas's own size and nothing else."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from sokdok.compress.legibility import load_profile
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


def test_json_and_saving(reader, run) -> None:
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
            "<|ref|>text<|/ref|><|det|>[[0, 0, 999, 999]]<|/det|>\n{}\n",
        ),
    ],
)
def test_a_published_model_is_asked_for_text_in_the_mode_of_the_page(reader, run, family, asked, around) -> None:
    reader.abilities, reader.around = Abilities(family=family, modes=tuple(MODES)), around
    result = run("probe", "--strings", "5", "--json")
    assert reader.asked == asked
    rows = [row for row in json.loads(result.stdout)["rows"] if row["glyph"] == "8x16"]
    assert {(row["exact"], row["characters"]) for row in rows} == {(1, 1)}


def test_pages_that_fail_are_told_and_no_profile_is_kept(reader, run) -> None:
    reader.fails = True
    result = run("probe", "--strings", "5", "--save")
    assert result.exit_code == 1
    assert "latin in 8x16: failed: no answer" in result.stderr
    assert "pages failed: the profile is not saved" in result.stderr
    assert "no glyph is legible" in result.stdout
    assert load_profile("fake") is None
