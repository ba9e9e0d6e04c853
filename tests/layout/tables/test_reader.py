"""A table's structure from rules and gaps, on pictures whose texts are bars of ink and whose lines are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sokdok.imaging.arrays import color_sums
from sokdok.imaging.box import Box
from sokdok.layout.tables.reader import read_table, table_text
from sokdok.layout.tables.ruling_lines import erased, find_ruling
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Word


class Sheet:
    """White paper with bars for words, 12 pixels high, and rules."""

    def __init__(self, width: int = 400, height: int = 240) -> None:
        self.pixels = np.full((height, width, 3), 255, np.uint8)
        self.lines: list[TextLine] = []

    def text(self, x: int, y: int, text: str) -> None:
        width = 8 * len(text)
        for index, symbol in enumerate(text):
            if symbol != " ":
                self.pixels[y : y + 12 : 2, x + 8 * index : x + 8 * index + 6] = 0
        self.lines.append(TextLine(Box(x, y, x + width, y + 12), text, 0.9))

    def row(self, y: int, texts: dict[int, str]) -> None:
        for x, text in texts.items():
            self.text(x, y, text)

    def horizontal(self, y: int, start: int = 10, end: int = 390) -> None:
        self.pixels[y : y + 2, start:end] = 0

    def vertical(self, x: int, start: int, end: int) -> None:
        self.pixels[start:end, x : x + 2] = 0

    @property
    def html(self) -> str:
        return read_table(self.pixels, self.lines)[0]


def rows(*lines: str) -> str:
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def cells(*texts: str) -> str:
    return "".join(f"<td>{text}</td>" for text in texts)


def grid() -> Sheet:
    """Three columns, a heading over two, a label beside two rows."""
    sheet = Sheet()
    for y in (10, 50, 90, 170):
        sheet.horizontal(y)
    sheet.horizontal(130, 130)
    for x in (10, 388):
        sheet.vertical(x, 10, 172)
    sheet.vertical(130, 10, 172)
    sheet.vertical(260, 50, 172)
    sheet.row(24, {20: "name", 220: "results"})
    sheet.row(64, {20: "city", 150: "one", 280: "two"})
    sheet.row(104, {20: "seoul", 150: "11", 280: "12"})
    sheet.row(144, {150: "21", 280: "22"})
    return sheet


def test_rules_say_where_cells_join() -> None:
    assert grid().html == rows(
        '<td>name</td><td colspan="2">results</td>',
        cells("city", "one", "two"),
        '<td rowspan="2">seoul</td><td>11</td><td>12</td>',
        cells("21", "22"),
    )


def test_rules_are_found_and_painted_over() -> None:
    sheet = grid()
    rules = find_ruling(color_sums(sheet.pixels), sheet.lines)
    assert [round(rule.at) for rule in rules.horizontal] == [11, 51, 91, 131, 171]
    assert [round(rule.at) for rule in rules.vertical] == [11, 131, 261, 389]
    clean = erased(sheet.pixels, rules)
    assert (clean[50:52, 15:120] == 255).all() and (clean[104:116] == sheet.pixels[104:116])[:, 140:200].all()


def test_letters_are_no_rules() -> None:
    sheet = Sheet()
    sheet.pixels[100:102, 50:150] = 0  # a dash as wide as its line
    sheet.lines.append(TextLine(Box(50, 94, 150, 108), "————", 0.9))
    assert find_ruling(color_sums(sheet.pixels), sheet.lines).horizontal == ()


def test_white_gaps_are_columns_and_a_centred_heading_spans() -> None:
    sheet = Sheet()
    sheet.row(10, {20: "name", 236: "results"})
    sheet.row(40, {20: "city", 200: "one", 300: "two"})
    for i in range(5):
        sheet.row(70 + 30 * i, {20: f"place{i}", 200: f"{i}1", 300: f"{i}2"})
    assert sheet.html == rows(
        '<td>name</td><td colspan="2">results</td>',
        cells("city", "one", "two"),
        *(cells(f"place{i}", f"{i}1", f"{i}2") for i in range(5)),
    )


def test_lines_of_one_cell_stand_closer_than_rows() -> None:
    sheet = Sheet()
    for i in range(4):
        sheet.row(10 + 55 * i, {20: f"first{i}", 200: f"{i}1", 300: f"{i}2"})
        sheet.text(20, 26 + 55 * i, "more")
    assert sheet.html == rows(*(cells(f"first{i} more", f"{i}1", f"{i}2") for i in range(4)))


def test_rows_at_one_distance_stay_rows() -> None:
    sheet = Sheet()
    for i in range(9):
        sheet.row(10 + 18 * i + 20 * (i > 3), {20: f"row{i}", 200: f"{i}1"})
    assert sheet.html.count("<tr>") == 9


def test_a_line_that_runs_through_columns_is_cut_at_its_gaps() -> None:
    sheet = grid()
    kept = [line for line in sheet.lines if line.box.top != 64]
    whole = TextLine(Box(20, 64, 304, 76), "city one two", 0.9)
    assert cells("city", "one", "two") in read_table(sheet.pixels, [*kept, whole])[0]


def test_what_is_hardly_a_table_has_little_confidence() -> None:
    sheet = Sheet()
    sheet.text(20, 10, "just a line")
    html, confidence = read_table(sheet.pixels, sheet.lines)
    assert html == rows(cells("just a line")) and confidence < 0.3
    assert read_table(*[grid().pixels, grid().lines])[1] == pytest.approx(0.9)
    assert read_table(sheet.pixels, []) == ("", 0.0)
    assert read_table(sheet.pixels, [TextLine(Box(1, 1, 9, 9), "  ", 1.0)]) == ("", 0.0)


def test_a_table_s_text_is_its_rows() -> None:
    html = '<table><tr><td colspan="2">A &amp; B</td></tr><tr><td>1</td><td></td></tr><tr><td></td></tr></table>'
    assert table_text(html) == "A & B\n1"


def test_texts_are_escaped() -> None:
    sheet = Sheet()
    sheet.row(10, {20: "<script>", 200: "a&b"})
    assert sheet.html == rows(cells("&lt;script&gt;", "a&amp;b"))


BOXES = st.tuples(st.floats(-9, 90), st.floats(-9, 90), st.floats(1, 60), st.floats(1, 40))


@example([((0.0, 0.0, 1.0, 1.0), ""), ((-2.0, 0.0, 1.0, 1.0), "0"), ((-2.0, 0.0, 1.0, 1.0), "0")], 0)
@given(st.lists(st.tuples(BOXES, st.text(max_size=9)), max_size=12), st.integers(0, 99))
def test_any_lines_on_any_picture_give_a_table(lines: list[tuple[tuple[float, ...], str]], seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (40 + seed, 60, 3), np.uint8)
    found = [TextLine(Box(x, y, x + width, y + height), text, 0.5) for (x, y, width, height), text in lines]
    html, confidence = read_table(pixels, found)
    assert 0 <= confidence <= 1 and html.startswith("<table>" if any(line.text.strip() for line in found) else "")


def test_rows_between_lines_that_part_sections_are_rows_and_columns_that_only_the_head_rules_go_on() -> None:
    sheet = Sheet(400, 260)
    for y in (10, 40, 215, 245):
        sheet.horizontal(y)
    for x in (10, 130, 260, 388):
        sheet.vertical(x, 10, 42)
    sheet.vertical(10, 10, 247)
    sheet.vertical(388, 10, 247)
    sheet.row(20, {20: "name", 150: "one", 280: "two"})
    for at in range(6):
        sheet.row(52 + 28 * at, {20: f"place{at}", 150: f"{at}1", 280: f"{at}2"})
    sheet.row(225, {20: "all", 150: "15", 280: "75"})
    body = [cells(f"place{at}", f"{at}1", f"{at}2") for at in range(6)]
    assert sheet.html == rows(cells("name", "one", "two"), *body, cells("all", "15", "75"))


def test_lines_that_end_flush_right_are_rows_where_both_columns_have_one() -> None:
    sheet = Sheet(400, 300)
    texts = ["men of the fleet", "women", "boys who sail", "men ashore", "women ashore", "girls"]
    for at, text in enumerate(texts):
        y = 20 + 20 * at + 30 * (at // 3)
        sheet.row(y, {20: text, 380 - 8 * len(text): text})
    sheet.lines = [with_words(line) for line in sheet.lines]
    assert sheet.html == rows(*(cells(text, text) for text in texts))


def with_words(line: TextLine) -> TextLine:
    """A line whose words have places."""
    words: list[Word] = []
    x = line.box.left
    for text in line.text.split():
        words.append(Word(text, line.box._replace(left=x, right=x + 8 * len(text)), 12, line.box.bottom))
        x += 8 * len(text) + 8
    return replace(line, words=tuple(words))
