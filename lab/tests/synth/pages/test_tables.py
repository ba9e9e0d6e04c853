"""Tables: the HTML, the cells and the ink say the same."""

from __future__ import annotations

import random

import numpy as np
import pytest

from fakes.synth import LATIN, Words
from sokdok_lab.bench.metrics.html_tables import grid_of
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.tables import Grid, Slot, SyntheticTable, TableMaker, _ruling_lines, draw_table, set_table
from sokdok_lab.synth.pages.typeset import Canvas, TextStyle
from sokdok_lab.synth.pages.words import Phrases

SEEDS = range(40)


@pytest.fixture(scope="module")
def tables(book: FontBook) -> list[SyntheticTable]:
    maker = TableMaker(book, Words(), {"en": 1, "ko": 1}, damage=0)
    return [maker.table(seed) for seed in SEEDS]


@pytest.fixture
def phrases() -> Phrases:
    return Phrases(Words(), "en", frozenset(map(ord, LATIN)), lambda char: True, random.Random(1))


def test_the_html_fills_a_rectangle_and_says_what_the_cells_say(tables: list[SyntheticTable]) -> None:
    for table in tables:
        rows = grid_of(table.html)
        assert len({len(row) for row in rows}) == 1
        for cell in table.blocks[0].cells:
            text = " ".join(table.symbols[cell.start : cell.stop].split())
            covered = [row[cell.column : cell.column + cell.columns] for row in rows[cell.row : cell.row + cell.rows]]
            assert covered[0][0] == text and sum(map(len, covered)) == cell.rows * cell.columns


def test_columns_of_marks_have_one_sign_in_each_cell(book: FontBook) -> None:
    rows = grid_of(TableMaker(book, Words(), {"en": 1}, damage=0, marks=1.0).table(1).html)[2:]
    assert rows and max(len(cell) for row in rows for cell in row[1:]) == 1


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
