"""Profiles: what counts as legible, where they are kept, and what is no profile."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from sokdok.compress.legibility import SCRIPTS, Legibility, LegibilityRow, load_profile, save_profile
from sokdok.errors import InputError


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


def test_home_stands_in_for_the_configuration_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert save_profile(profile(g8x16=1.0)).parent == tmp_path / ".config" / "sokdok" / "legibility"


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
        ("[]", "Expected `object`, got `array`"),
        ('{"reader": "x"}', "missing required field `date`"),
        (broken(page=[640]), "$.page"),
        (broken(rows=[]), "it has no rows"),
        (broken(rows=[row()]), "digits in 8x16"),
        (broken(rows=[row(glyph="9x9")]), "unknown glyph size '9x9'"),
        (broken(rows=[row(script="runes")]), "Invalid enum value 'runes' - at `$.rows[0].script`"),
        (broken(rows=[row(exact=1.5)]), "Expected `float` <= 1.0 - at `$.rows[0].exact`"),
        (broken(rows=[row(characters="most")]), "Expected `float`, got `str` - at `$.rows[0].characters`"),
        (broken(rows=[row(strings=0)]), "Expected `int` >= 1 - at `$.rows[0].strings`"),
        (broken(pages=2), "unknown field `pages`"),
        (broken(rows=[row(exactly=1)]), "unknown field `exactly` - at `$.rows[0]`"),
        (broken(rows=[{"glyph": "8x16"}]), "missing required field `script`"),
        (broken(rows=[row(glyph="9" * 500_000)]), "unknown glyph size '999"),
        ('{"rows":' * 50_000, "Expected `array`, got `object`"),
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
