from __future__ import annotations

import pytest

from sokdok_lab.bench.metrics.html_tables import html_tables
from sokdok_lab.bench.metrics.teds import teds

TABLE = "<table><tr><td>abcd</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>"  # 6 nodes: 2 rows, 4 cells


@pytest.mark.parametrize(
    ("read", "likeness", "structure"),
    [
        (TABLE, 1.0, 1.0),
        (TABLE.replace("abcd", "abcx"), 1 - 0.25 / 6, 1.0),  # one letter of four
        (TABLE.replace("<td>d</td>", ""), 1 - 1 / 6, 1 - 1 / 6),  # a cell is gone
        (TABLE.replace("<td>b", "<td colspan='2'>b"), 1 - 1 / 6, 1 - 1 / 6),  # another span costs a whole cell
        ("<table><tr><td>abcd</td><td>b</td></tr></table>", 0.5, 0.5),  # a row and its two cells
        (TABLE.replace("<td>", "<th>").replace("</td>", "</th>"), 1.0, 1.0),  # th is td
        (f"text <b>before</b> {TABLE.replace('</td>', '').replace('</tr>', '')}", 1.0, 1.0),  # end tags left out
        ("<table></table>", 0.0, 0.0),
        ("no table at all", 0.0, 0.0),
    ],
)
def test_teds_by_hand(read: str, likeness: float, structure: float) -> None:
    assert teds(TABLE, read) == pytest.approx(likeness)
    assert teds(TABLE, read, structure_only=True) == pytest.approx(structure)


def test_without_any_table_nothing_is_lost() -> None:
    assert teds("", "nothing") == teds("<table></table>", "<table></table>") == 1.0


def test_a_nested_table_is_a_table_of_its_own_and_text_of_its_cell() -> None:
    outer, inner = html_tables("<table><tr><td>a<table><tr><td>b</td></tr></table></td><td>c</td></tr></table>")
    assert [[cell.text for cell in row] for row in outer] == [["ab", "c"]]
    assert [[cell.text for cell in row] for row in inner] == [["b"]]


def test_absurd_spans_are_bounded() -> None:
    (table,) = html_tables('<table><tr><td colspan="999999999" rowspan="x">a</td></tr></table>')
    assert table[0][0].columns == 100 and table[0][0].rows == 1
