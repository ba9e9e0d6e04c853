"""The probe against readers whose mistakes are known."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from sokdok.compress.legibility import PAGE_PX, SCRIPTS, Legibility, Sheet, default_page, plan_sheets, probe
from sokdok.errors import InputError
from sokdok.pages import Page
from sokdok.pages.draw import get_glyph_size
from sokdok.pages.hangul import KS_X_1001
from sokdok.reading import Abilities, Reading, load

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


def test_markup_can_be_taken_out_first() -> None:
    sheets = plan_sheets([get_glyph_size("8x16")], strings=10)
    reader = KnowingReader(sheets, lambda sheet, lines: [f"<b>{line}</b>" for line in lines])
    marked = probe(reader, sheets)
    plain = probe(reader, sheets, plain=lambda text: text.replace("<b>", "").replace("</b>", ""))
    assert {row.exact for row in marked.rows} == {0.6}
    assert {row.exact for row in plain.rows} == {1}


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("nano", (640, 640)),
        ("deepseek-ai/DeepSeek-OCR", (640, 640)),
        ("claude-opus-4-5", (784, 392)),
        ("mine", PAGE_PX),
    ],
)
def test_default_page(name: str, page: tuple[int, int]) -> None:
    assert default_page(name) == page


def test_nano_reads_its_own_glyphs() -> None:
    sheets = plan_sheets([get_glyph_size("8x16")], strings=40)
    measured = probe(load(threads=1), sheets)
    assert [row.exact >= 0.95 for row in measured.rows] == [True] * 3
