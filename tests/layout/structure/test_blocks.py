"""Blocks hold all of a page whatever a network says, and grids that are drawn in full are never given up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from sokdok.imaging.box import Box
from sokdok.layout.blocks import block_of, rows_of
from sokdok.layout.structure.blocks import Group, StructuredPage, _levelled, _parts_rows, place_of
from sokdok.layout.structure.network import LINKS, ROLE, ROLES, WINDOW, Found, Net, windows
from sokdok.layout.structure.nodes import Array, Drawn, cuts, page_nodes
from sokdok.layout.tables.grids import Cell, cells_of, grids_of
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Rule, Word

WIDTH = 8  # of a net's nodes


def piece(text: str, x: float, y: float) -> TextLine:
    box = Box(x, y - 8, x + 6 * len(text), y + 2)
    return TextLine(box, text, em=10.0, source="layer", words=(Word(text, box, 10.0, y),))


def random_net(seed: int, role: str = "") -> Net:
    """A network that says anything, but that all is of one role where that is given."""
    random = np.random.default_rng(seed)

    def page(_: None, given: Mapping[str, Array]) -> list[Array]:
        count = given["place"].shape[1]
        sizes = (len(ROLES), 5, 2, 3, WIDTH)
        heads = [random.normal(0, 3, (1, count, size)).astype(np.float32) for size in sizes]
        if role:
            heads[0][..., ROLE[role]] += 30
        return [*heads, random.normal(0, 4, (1, len(LINKS), count, count)).astype(np.float32)]

    def tables(_: None, given: Mapping[str, Array]) -> list[Array]:
        count = given["place"].shape[1]
        return [random.normal(0, 4, (1, 2, count, count)).astype(np.float32)]

    return Net(page, tables)


def structured(pieces: list[TextLine], net: Net, rules: list[Rule] | None = None) -> StructuredPage:
    arrays = page_nodes([piece.words for piece in pieces], Drawn((600, 800), rules=rules or []))
    return StructuredPage(pieces, net(arrays, False), net, grids_of(rules or []))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("role", ["", "cell", "item"])
def test_every_piece_is_in_one_block_whatever_the_network_says(seed: int, role: str) -> None:
    random = np.random.default_rng(seed)
    pieces = [piece(f"p{at}", float(x), float(y)) for at, (x, y) in enumerate(random.integers(20, 560, (40, 2)))]
    blocks = structured(pieces, random_net(seed, role)).blocks()
    assert Counter(line.text for block in blocks for line in block.lines) == Counter(one.text for one in pieces)
    for block in blocks:
        reach = [(range(cell.top, cell.bottom + 1), range(cell.left, cell.right + 1)) for cell in block.cells]
        taken = Counter(place for down, right in reach for place in product(down, right))
        assert all(count == 1 for count in taken.values()), "a grid has no place twice"
        rows, columns = ({place[axis] for place in taken} for axis in (0, 1))
        assert taken.keys() == {(row, column) for row in rows for column in columns}, "and no hole"


def test_a_value_that_is_read_behind_its_label_is_so_if_it_stands_next_to_it() -> None:
    texts = [("Name:", 20, 20, "label"), ("Ann Lee", 150, 20, "value"), ("Date", 20, 60, "label"),
             ("Town", 300, 60, "label"), ("5 May", 20, 74, "value"), ("far", 300, 200, "value"), ("R", 9, 300, "text"),
             ("here", 150, 396, "value"), ("Two", 20, 400, "label"), ("lines", 20, 412, "label")]  # fmt: skip

    def form(_: None, given: Mapping[str, Array]) -> list[Array]:
        heads = [*random_net(1).page(None, given)]
        heads[0][0, range(len(texts)), [ROLE[role] for *_, role in texts]] += 30
        heads[-1][:], heads[-1][0, LINKS.index("unit"), [8, 9], [9, 8]] = -9, 9
        heads[3][:], heads[-1][0, LINKS.index("successor"), [0, 2, 3, 8, 9], [1, 4, 5, 9, 7]] = -9, 9
        return [*heads]

    page = structured([piece(text, x, y) for text, x, y, _ in texts], Net(form, random_net(1).tables))
    found = {block.text: (block.kind, block.label) for block in page.blocks()}
    assert [found[text][1] for text in ("Name:\nAnn Lee", "Date\n5 May", "Two\nlines\nhere")] == [1, 1, 2]
    assert all(found[text] == ("text", 0) for text in ("Town", "far", "R"))


@pytest.mark.parametrize(("role", "blocks"), [("text", [[0, 1], [2]]), ("cell", [[0], [1], [2]])])
def test_words_close_on_a_line_are_of_one_block_unless_they_are_cells(role: str, blocks: list[list[int]]) -> None:
    place = np.array([(0, 0, 3, 1, 1), (3.8, 0, 6, 1, 1), (7.5, 0, 9, 1, 1)], np.float32)
    roles, few = np.eye(len(ROLES))[[ROLE[role]] * 3], np.full((3, 3), 0.1)
    links = {**dict.fromkeys(LINKS, few), "line": few + 0.87}
    found = Found(roles, few[0].astype(int), few[0], few[0], links, place, place, place[:, :4])
    assert [unit.tolist() for unit in found.units()] == blocks


@pytest.mark.parametrize(("between", "blocks"), [(0.9, [[0], [1], [2]]), (0.1, [[0, 2], [1]])])
def test_a_block_is_parted_where_others_are_read_between_its_texts(between: float, blocks: list[list[int]]) -> None:
    place = np.array([(0, 0, 9, 1, 1), (0, 1.2, 9, 2.2, 1), (0, 2.4, 9, 3.4, 1)], np.float32)
    roles, few, after, unit = np.eye(len(ROLES))[[0] * 3], np.zeros((3, 3)), np.zeros((3, 3)), np.zeros((3, 3))
    after[[0, 1], [1, 2]], unit[[0, 2], [2, 0]] = between, 0.9
    links = {**dict.fromkeys(LINKS, few), "successor": after, "unit": unit}
    found = Found(roles, few[0].astype(int), few[0], few[0], links, place, place, place[:, :4])
    assert sorted(part.tolist() for part in found.units()) == blocks


def test_dots_that_lead_on_keep_a_line_together() -> None:
    places = [("2.3", 0), ("Floats", 40), (".", 88), (".", 96), (".", 104), ("7", 122), ("8", 160)]
    assert cuts([piece(text, x, 0).words[0] for text, x in places]) == [1, 6]


def test_lines_of_a_listing_stay_whole_though_they_look_like_columns() -> None:
    places = [(x, y) for y in range(60, 130, 12) for x in (60, 90, 120)]
    found = [piece(f"{x},{y}", x, y) for x, y in places]
    mono = [replace(one, words=tuple(replace(word, mono=True) for word in one.words)) for one in found]
    above, left = [*range(9)], [9, 10, 12, 13, 15, 16]  # three lines, and what lies below two of three columns
    groups = [Group("table", [2, 11, 14, 17]), Group("code", above[:2] + above[3:]), Group("contents", left)]
    (whole,) = structured(mono, random_net(1))._rewoven(groups)
    assert sorted(whole.pieces) == [*range(18)] and whole.role == "code"
    beside = [Group("code", [*range(0, 18, 3)]), Group("code", [*range(2, 18, 3)])]
    assert structured(mono, random_net(1))._rewoven(beside) == beside


def test_a_place_in_the_order_is_as_sure_as_that_no_other_text_follows() -> None:
    page = structured([piece(text, 20, 20 + 12 * at) for at, text in enumerate("abcdef")], random_net(1))
    after = np.zeros((6, 6))
    after[[0, 0, 1, 1, 2, 3, 4], [1, 3, 2, 5, 4, 2, 5]] = 0.9, 0.1, 0.6, 0.3, 0.5, 0.8, 1.0
    page.found.links["successor"] = after
    groups = [Group("text", [0, 1]), Group("code", [2, 3, 4]), Group("header", [5])]
    assert page._in_place(groups).tolist() == pytest.approx([0.9, 0.7, 1, 1, 0, 1])


def test_windows_show_each_node_best_once() -> None:
    place = np.zeros((3 * WINDOW + 17, 5), np.float32)
    place[:, 1] = np.random.default_rng(0).permutation(len(place))
    shown = np.concatenate([window[middle] for window, middle in windows(place)])
    assert sorted(shown.tolist()) == list(range(len(place)))
    assert max(len(window) for window, _ in windows(place)) == WINDOW


def rules(xs: list[float], ys: list[float]) -> list[Rule]:
    across = [Rule(True, y, xs[0], xs[-1], 0.5) for y in ys]
    return across + [Rule(False, x, ys[0], ys[-1], 0.5) for x in xs]


@pytest.mark.parametrize(("role", "tables"), [("cell", 2), ("code", 2), ("figure text", 0)])  # lines of a chart
def test_two_grids_are_two_tables_with_the_cells_that_they_show(role: str, tables: int) -> None:
    texts = [("a", 110, 115), ("b", 210, 115), ("c", 110, 145), ("d", 210, 145)]
    pieces = [piece(text + name, x, y + down) for down, name in ((0, "1"), (200, "2")) for text, x, y in texts]
    drawn = rules([100, 200, 300], [100, 130, 160]) + rules([100, 200, 300], [300, 330, 360])

    def agreed(_: None, given: Mapping[str, Array]) -> list[Array]:
        heads = [*random_net(1, role).page(None, given)]
        heads[-1][:, LINKS.index("table")], heads[-1][:, LINKS.index("unit")] = 9, -9
        return [*heads]

    def grid(_: None, given: Mapping[str, Array]) -> list[Array]:
        x, y = given["place"][0, :, 0].round(), given["place"][0, :, 3].round()
        return [np.where(np.stack([y[:, None] == y, x[:, None] == x]), 6.0, -6.0)[None].astype(np.float32)]

    page = structured(pieces, Net(agreed, grid), drawn)
    page.turned = [replace(piece("down", 220, 125), turned=90.0)]
    found = [[[one.text for one in cell.pieces] for cell in block.cells] for block in page.blocks() if block.cells]
    assert sorted(found) == [[["a1"], ["b1", "down"], ["c1"], ["d1"]], [["a2"], ["b2"], ["c2"], ["d2"]]][:tables]


@pytest.mark.parametrize(("drawn", "parted"), [("22", 0), ("11 22", 0), ("11 22 11", 1), ("11 12 12", 1)])
def test_rows_that_go_on_through_all_cells_are_not_parted_by_lines(drawn: str, parted: int) -> None:
    """`drawn`: how many rows of text stand in each cell of each drawn row."""
    cells = []
    for top, row in enumerate(drawn.split()):
        for at, count in enumerate(row):
            cells.append(Cell(top, at, top, at, [piece("event", 40 * at, 12 * line) for line in range(int(count))]))
    begins = {id(one): 10 * cell.top + line for cell in cells for line, one in enumerate(cell.pieces)}
    assert _parts_rows(cells, begins) == parted


def test_what_is_above_in_a_column_is_not_read_behind_what_is_below() -> None:
    page = structured([piece("above", 50, 20), piece("below", 60, 90), piece("beside", 300, 20)], random_net(0))
    page.found.links["successor"][:] = [[0, 0.5, 0], [0.9, 0, 0.6], [0, 0, 0]]
    assert page._order([Group("text", [at]) for at in range(3)]) == [0, 1, 2]


def test_notes_at_the_foot_of_columns_are_read_behind_both_and_those_of_tables_behind_these() -> None:
    page = structured([piece(*one) for one in (("left", 50, 20), ("right", 300, 20), ("note", 50, 90))], random_net(0))
    page.found.links["successor"][:] = 0
    for cells, order in (((), [0, 1, 2]), ((Cell(0, 0, 0, 1),), [0, 2, 1])):
        assert page._order([Group("text", [0], cells), Group("text", [1]), Group("footnote", [2])]) == order


def test_items_that_begin_at_one_place_with_marks_of_one_kind_are_of_one_level() -> None:
    items = [("1.", 0, 1), ("가.", 20, 3), ("나.", 20, 2), ("다.", 20, 3), ("-", 40, 3), ("10.", 0, 2), ("□", 20, 1)]
    blocks = [block_of("list", rows_of([piece(mark, left, 20 * at)])) for at, (mark, left, _) in enumerate(items)]
    found = [replace(block, mark=mark, level=level) for block, (mark, _, level) in zip(blocks, items, strict=True)]
    assert [block.level for block in _levelled(found)] == [1, 2, 2, 2, 3, 1, 1]


def test_cells_that_no_line_parts_are_one() -> None:
    outer = [rule for rule in rules([0, 200], [0, 50, 100]) if rule.at or rule.horizontal]
    sides = [Rule(False, 0, lost, 100, 0.5) for lost in (15, 30)]  # on a scan a part of a side may be lost
    (grid,), (torn,) = (grids_of([*outer, side, Rule(False, 100, 50, 100, 0.5)]) for side in sides)
    cells = cells_of(grid, [piece("wide", 120, 30), piece("left", 10, 80)])
    assert grid.full and not torn.full
    assert [(cell.top, cell.left, cell.right, [one.text for one in cell.pieces]) for cell in cells] == [
        (0, 0, 1, ["wide"]), (1, 0, 0, ["left"]), (1, 1, 1, []),
    ]  # fmt: skip


def test_tables_that_stand_on_each_other_are_a_grid_each_and_the_parts_of_a_form_are_one() -> None:
    items, part = [0.0, 90, 110, 200, 300], [0.0, 60, 200, 300]
    for lower, feet in ((items, [40, 80]), (part, [80])):
        drawn = [*rules([0, 60, 140, 300], [0, 20, 40]), *rules(lower, [40, 60, 80])]
        assert [(grid.box.bottom, grid.full) for grid in grids_of(drawn)] == [(foot, True) for foot in feet]


def test_cells_between_lines_that_meet_are_one_table() -> None:
    cells = [piece("cell", x, y) for x, y in product((20, 120, 220), (30, 80))]
    drawn = [Rule(True, y, 0, 300, 0.5) for y in (0, 50, 100)] + [Rule(False, x, 0, 100, 0.5) for x in (100, 200, 210)]
    page = structured(cells, random_net(0, "cell"), drawn)
    page.found.links["table"][:] = 0.1
    assert not page.full and structured(cells[2:4], random_net(0, "cell"), drawn).full  # nothing stands beyond those
    assert page._by_table([np.array([at]) for at in range(6)]) == [[*range(6)]]  # though the network says no


def test_a_picture_stands_before_what_is_below_it() -> None:
    boxes = [(0.0, 0.0, 100.0, 10.0), (200.0, 50.0, 300.0, 60.0), (0.0, 90.0, 100.0, 99.0)]
    assert place_of((0, 40, 90, 80), boxes) == 1 and place_of((400, 0, 500, 9), boxes) == 3
    assert place_of((0, 40, 90, 80), boxes, np.array([0.9, 0.1, 0.5, 0.9])) == 2  # where the text leads, if that may be
