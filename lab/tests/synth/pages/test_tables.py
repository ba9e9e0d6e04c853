"""Tables: the HTML, the cells and the ink say the same."""

from __future__ import annotations

import random
from html.parser import HTMLParser

import numpy as np
import pytest

from fakes.synth import LATIN, Words
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.tables import (
    RULINGS,
    Grid,
    Slot,
    SyntheticTable,
    TableMaker,
    _ruling_lines,
    draw_table,
    make_grid,
    set_table,
)
from sokdok_lab.synth.pages.typeset import Canvas, TextStyle
from sokdok_lab.synth.pages.words import Phrases

SEEDS = range(40)


class Cells(HTMLParser):
    """The cells of a table by the places they cover: {(row, column): (text, rowspan, colspan)}."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.row, self.covered, self.cells = -1, set(), {}
        self.place, self.spans, self.text = (0, 0), (1, 1), ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        spans = dict(attrs)
        if tag == "tr":
            self.row += 1
        elif tag == "td":
            column = next(c for c in range(99) if (self.row, c) not in self.covered)
            self.place, self.text = (self.row, column), ""
            self.spans = int(spans.get("rowspan", 1)), int(spans.get("colspan", 1))
            area = {(self.row + r, column + c) for r in range(self.spans[0]) for c in range(self.spans[1])}
            assert not area & self.covered
            self.covered |= area

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self.cells[self.place] = (self.text, *self.spans)


@pytest.fixture(scope="module")
def tables(book: FontBook) -> list[SyntheticTable]:
    maker = TableMaker(book, Words(), {"en": 1, "ko": 1}, damage=0)
    return [maker.table(seed) for seed in SEEDS]


@pytest.fixture
def phrases() -> Phrases:
    return Phrases(Words(), "en", frozenset(map(ord, LATIN)), lambda char: True, random.Random(1))


def test_the_html_fills_a_rectangle_and_says_what_the_cells_say(tables: list[SyntheticTable]) -> None:
    for table in tables:
        block = table.blocks[0]
        read = Cells(table.html)
        rows, columns = (1 + max(place[i] for place in read.covered) for i in (0, 1))
        assert len(read.covered) == rows * columns
        for cell in block.cells:
            text = " ".join(table.symbols[cell.start : cell.stop].split())
            assert read.cells[cell.row, cell.column] == (text, cell.rows, cell.columns)


def test_cells_join_in_both_directions(tables: list[SyntheticTable]) -> None:
    cells = [cell for table in tables for cell in table.blocks[0].cells]
    assert any(cell.rows > 1 for cell in cells) and any(cell.columns > 1 for cell in cells)
    assert any(table.symbols[cell.start : cell.stop].count("\n") > 1 for table in tables
               for cell in table.blocks[0].cells)  # fmt: skip


def test_cell_boxes_tile_the_table_and_hold_their_text(tables: list[SyntheticTable]) -> None:
    for table in tables:
        boxes = table.cell_boxes
        areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        (left, top), (right, bottom) = boxes[:, :2].min(0), boxes[:, 2:].max(0)
        assert areas.sum() == pytest.approx((right - left) * (bottom - top), rel=1e-3)
        for cell, box in zip(table.blocks[0].cells, boxes, strict=True):
            middles = table.boxes[cell.start : cell.stop].reshape(-1, 2, 2).mean(1)
            assert (middles > box[:2]).all() and (middles < box[2:]).all()


def test_a_rule_never_runs_through_a_cell() -> None:
    grid = Grid([Slot(0, 0, "a", rows=2), Slot(0, 1, "b", columns=2), Slot(1, 1, "c"), Slot(1, 2, "d")], 1)
    edges, borders = [0.0, 10, 20, 30], [0.0, 5, 10]
    rules = _ruling_lines("grid", grid, edges, borders)
    assert (10, 5, 30, 5) in rules and (0, 5, 30, 5) not in rules  # below b, not through a
    assert (20, 5, 20, 10) in rules and (20, 0, 20, 10) not in rules  # between c and d, not through b
    assert not _ruling_lines("none", grid, edges, borders)


@pytest.mark.parametrize("kind", sorted(set(RULINGS)))
def test_every_kind_of_ruling_suits_every_grid(kind: str, phrases: Phrases) -> None:
    for seed in range(20):
        grid = make_grid([8.0] * (2 + seed % 5), 1 + seed, phrases, random.Random(seed))
        columns = max(slot.column + slot.columns for slot in grid.slots)
        rules = _ruling_lines(kind, grid, list(map(float, range(columns + 1))), list(map(float, range(grid.rows + 1))))
        assert all(0 <= a <= c <= columns and 0 <= b <= d <= grid.rows for a, b, c, d in rules)


def test_a_grid_is_cut_where_no_cell_reaches_across() -> None:
    grid = Grid([Slot(0, 0, "head"), Slot(1, 0, "label", rows=3), Slot(4, 0, "last")], 1)
    assert [grid.first_rows(count).rows for count in (1, 4, 5)] == [1, 4, 5]
    assert grid.first_rows(3).rows == 1
    assert grid.first_rows(0).slots == []


def test_figures_stand_to_the_right(tables: list[SyntheticTable]) -> None:
    """Over all tables the gaps on the right of numbers are mostly equal to the padding, those on the left are not."""
    gaps = []
    for table in tables:
        for cell, box in zip(table.blocks[0].cells, table.cell_boxes, strict=True):
            text = table.symbols[cell.start : cell.stop].strip()
            if text.replace(",", "").replace(".", "").isdigit():
                symbols = table.boxes[cell.start : cell.stop - 1]
                gaps.append((symbols[:, 0].min() - box[0], box[2] - symbols[:, 2].max()))
    left, right = np.array(gaps).T
    assert len(gaps) > 50 and (right < left + 1).mean() > 0.7


def test_what_does_not_fit_is_dropped_whole(book: FontBook, phrases: Phrases) -> None:
    font = book.latin[0].style("regular")
    style = TextStyle(font, font, 10)
    for seed in range(20):
        table = set_table(5, 5, 200, 60, style, style, phrases, random.Random(seed))
        assert table.bottom <= 65
        canvas = Canvas((220, 80))
        draw_table(canvas, table)
        assert not canvas.ink[67:].any()
