"""Profiles are found, kept and checked; the probe is held against readers whose mistakes are known."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from sokdok.compress.legibility import (
    SCRIPTS,
    Legibility,
    LegibilityRow,
    Sheet,
    load_profile,
    plan_sheets,
    probe,
    save_profile,
)
from sokdok.errors import InputError
from sokdok.pages import Page
from sokdok.pages.draw import get_glyph_size
from sokdok.pages.hangul import KS_X_1001
from sokdok.reading import Abilities, Reading


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "sokdok" / "legibility"


def profile(reader: str = "some/model", **hangul: float) -> Legibility:
    """Latin and digits read without a mistake; Hangul, by glyph (`g8x16`), that well."""
    rows = [
        LegibilityRow(glyph[1:], script, 100, 0.5, share if script == "hangul" else 1.0)
        for glyph, share in hangul.items()
        for script in SCRIPTS
    ]
    return Legibility(reader, "2026-01-02", tuple(rows))


def names(measured: Legibility, least: float) -> list[str]:
    return [str(glyph) for glyph in measured.legible(least)]


def test_the_worst_script_decides_and_larger_glyphs_come_first() -> None:
    measured = profile(g4x8=0.9, g16x32=0.2, g8x16=0.97)
    assert names(measured, 0.9) == ["8x16", "4x8"]
    assert names(measured, 0.95) == ["8x16"]
    assert names(measured, 0.99) == []
    assert [str(glyph) for glyph in measured.glyphs] == ["16x32", "8x16", "4x8"]


@pytest.mark.parametrize(
    ("strings", "exact", "low", "high"),
    [(10, 0.5, 0.2366, 0.7634), (100, 0.9, 0.8256, 0.9448), (100, 1.0, 0.9630, 1.0), (100, 0.0, 0.0, 0.0370)],
)
def test_interval(strings: int, exact: float, low: float, high: float) -> None:
    interval = LegibilityRow("8x16", "latin", strings, exact, 1.0).interval
    assert interval == pytest.approx((low, high), abs=1e-4)
    assert interval[0] <= exact <= interval[1]


def test_a_saved_profile_comes_back_and_leaves_nothing_beside_it(config: Path) -> None:
    measured = replace(profile(g8x16=0.97), page=(512, 1024))
    path = save_profile(measured)
    assert path.parent == config and list(config.iterdir()) == [path]
    assert load_profile("some/model") == measured
    save_profile(replace(measured, date="2026-03-04"))
    assert load_profile("some/model") == replace(measured, date="2026-03-04")


def test_a_profile_is_found_under_every_name_of_its_model() -> None:
    measured = profile("openai/gpt-4o-2024-11-20", g8x16=0.97)
    save_profile(measured)
    assert load_profile("gpt-4o") == measured
    assert load_profile("gpt-4o-mini") is None


def test_nano_has_a_profile_until_the_user_measures_his_own() -> None:
    shipped = load_profile("nano")
    assert shipped is not None and shipped.reader == "nano"
    assert {row.strings >= 100 for row in shipped.rows} == {True}
    assert names(shipped, 0.9) == ["8x16", "8x8", "4x8"]
    own = profile("nano", g8x16=0.97)
    save_profile(own)
    assert load_profile("nano") == own


def broken(**changes: Any) -> str:
    return json.dumps(msgspec.to_builtins(profile(g8x16=1.0)) | changes)


def row(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.to_builtins(LegibilityRow("8x16", "latin", 10, 0.5, 0.5))
    return values | changes


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "truncated"),
        ('{"reader": "x"}', "missing required field `date`"),
        (broken(rows=[]), "it has no rows"),
        (broken(rows=[row()]), "digits in 8x16"),
        (broken(rows=[row(glyph="9x9")]), "unknown glyph size '9x9'"),
        (broken(rows=[row(script="runes")]), "Invalid enum value 'runes' - at `$.rows[0].script`"),
        (broken(rows=[row(characters="most")]), "Expected `float`, got `str` - at `$.rows[0].characters`"),
        (broken(pages=2), "unknown field `pages`"),
        (broken(rows=[{"glyph": "8x16"}]), "missing required field `script`"),
        (broken(rows=[row(glyph="9" * 500_000)]), "unknown glyph size '999"),
        ('{"rows":' + "[" * 50_000, "Expected `object`, got `array`"),
        (" " * (2**20 + 1), "more than 1,048,576 bytes"),
    ],
)
def test_what_is_no_profile_is_named(config: Path, text: str, reason: str) -> None:
    config.mkdir(parents=True)
    path = config / "other.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_profile("other")
    assert str(path) in str(error.value) and reason in str(error.value)
    assert len(str(error.value)) < 700


GLYPHS = [get_glyph_size(name) for name in ("10x20", "8x16", "8x8", "3x6")]


@dataclass
class KnowingReader:
    """Knows the sheets and gives each one's strings line by line, after `misread(sheet, lines)`."""

    sheets: list[Sheet]
    misread: Callable[[Sheet, list[str]], list[str]] = lambda sheet, lines: lines
    failing: set[int] = field(default_factory=set)  # pages
    name: str = "knowing"
    abilities: Abilities = Abilities()
    sizes: list[tuple[int, int]] = field(default_factory=list)

    def read(self, pages: Iterable[Page], prompt: str = "", **options: Any) -> Iterator[Reading]:
        for index, (page, sheet) in enumerate(zip(pages, self.sheets, strict=True)):
            self.sizes.append(page.size)
            if index in self.failing:
                yield Reading(index, page.source, "failed", "", error="no luck")
                continue
            lines = [" ".join(sheet.strings[start : start + 5]) for start in range(0, len(sheet.strings), 5)]
            yield Reading(index, page.source, "ok", "\n".join(self.misread(sheet, lines)))


def shares(measured: Legibility, glyph: str) -> list[tuple[float, float]]:
    """(exact, characters) of each script."""
    rows = [measured.row(get_glyph_size(glyph), script) for script in SCRIPTS]
    return [(row.exact, row.characters) for row in rows]


def test_sheets_hold_full_rows_of_one_script() -> None:
    sheets = plan_sheets(GLYPHS, (256, 192), strings=40)
    assert sheets == plan_sheets(GLYPHS, (256, 192), strings=40)
    assert sheets != plan_sheets(GLYPHS, (256, 192), strings=40, seed=1)
    for glyph in GLYPHS:
        columns, rows = glyph.grid((256, 192))
        for script in SCRIPTS:
            own = [sheet for sheet in sheets if (sheet.glyph, sheet.script) == (glyph, script)]
            assert sum(len(sheet.strings) for sheet in own) == 40
            for sheet in own:
                widths = glyph.cell.glyphs.widths[np.array([ord(char) for char in sheet.text])]
                assert widths.sum() % columns == 0 and widths.sum() <= columns * rows
                assert tuple(sheet.text.split()) == sheet.strings
                assert sheet.text.endswith(" ")
                assert sheet.draw(None).size == (256, 192)
    assert {len(string) for sheet in sheets if sheet.script != "hangul" for string in sheet.strings} == {8}
    syllables = "".join(string for sheet in sheets if sheet.script == "hangul" for string in sheet.strings)
    assert set(syllables) <= set(KS_X_1001)


def test_a_page_without_room_for_a_string_is_refused() -> None:
    with pytest.raises(InputError, match="a page of 80x80 pixels has no room for 8 characters in 10x20 glyphs"):
        plan_sheets(GLYPHS, (80, 80))


def test_known_misreadings_come_out_as_numbers() -> None:
    sheets = plan_sheets(GLYPHS, strings=200)

    def misread(sheet: Sheet, lines: list[str]) -> list[str]:
        if sheet.glyph.area < 8 * 8:
            return []
        if sheet.glyph.area < 8 * 16:  # one character in the first string of every line
            return ["?" + line[1:] for line in lines]
        return lines

    measured = probe(KnowingReader(sheets, misread), sheets)
    assert measured.reader == "knowing" and measured.page == (640, 640)
    assert shares(measured, "10x20") == shares(measured, "8x16") == [(1, 1)] * 3
    one_in_40, one_in_20 = pytest.approx(1 - 1 / 40), pytest.approx(1 - 1 / 20)
    assert shares(measured, "8x8") == [(0.8, one_in_40), (0.8, one_in_40), (0.8, one_in_20)]
    assert shares(measured, "3x6") == [(0, 0)] * 3
    assert [str(glyph) for glyph in measured.legible(0.96)] == ["10x20", "8x16"]
    assert {row.strings for row in measured.rows} == {200}


@pytest.mark.parametrize(
    ("misread", "exact", "characters"),
    [
        (lambda sheet, lines: lines[1:], 0.95, 0.95),  # a line lost at the top, the others as they were
        (lambda sheet, lines: [lines[0], *lines], 1.0, 0.95),  # one read twice
        (lambda sheet, lines: ["Here is the text:", *lines], 1.0, 1 - 14 / 800),
        (lambda sheet, lines: random.Random(0).sample(lines, len(lines)), 1.0, None),  # columns, say
        (lambda sheet, lines: ["?" * 5000], 0.0, 0.0),  # a loop is no worse than nothing
    ],
)
def test_a_line_spoils_itself_only(misread, exact, characters) -> None:
    sheets = plan_sheets([get_glyph_size("8x16")], strings=100)[:1]
    (row,) = probe(KnowingReader(sheets, misread), sheets).rows
    assert row.exact == pytest.approx(exact)
    assert characters is None or row.characters == pytest.approx(characters)


def test_failed_pages_count_as_read_wrong_and_are_told() -> None:
    sheets = plan_sheets([get_glyph_size("16x32")], strings=100)
    assert [len(sheet.strings) for sheet in sheets[:2]] == [80, 20]
    heard = []
    reader = KnowingReader(sheets, failing={1})
    measured = probe(reader, sheets, report=lambda sheet, reading: heard.append((sheet.script, reading.status)))
    assert [(row.script, row.exact, row.failed) for row in measured.rows] == [
        ("latin", 0.8, 1),
        ("digits", 1, 0),
        ("hangul", 1, 0),
    ]
    assert measured.rows[0].characters == pytest.approx(0.8)
    assert heard[:2] == [("latin", "ok"), ("latin", "failed")]
