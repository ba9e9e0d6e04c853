"""Layout: columns, titles across them, tables, blocks."""

from __future__ import annotations

from sokdok.layout.blocks import ReadLine, layout, rows_of
from sokdok.layout.text_line import FoundLine

EM = 10.0


def line(text: str, x0: float, y: float, x1: float, kind: str = "text", em: float = EM) -> ReadLine:
    return ReadLine(FoundLine((x0, y), (x1, y), em, kind, 1.0), text, 1.0)


def column(name: str, x0: float, x1: float, count: int, top: float = 100) -> list[ReadLine]:
    return [line(f"{name}{i}", x0, top + 15 * i, x1) for i in range(count)]


def words(lines: list[ReadLine]) -> list[str]:
    return [word for block in layout(lines) for word in block.text.split()]


def test_a_column_is_read_to_its_end_before_the_next() -> None:
    page = column("a", 50, 290, 8) + column("b", 310, 550, 8)
    assert words(page[::-1]) == [f"a{i}" for i in range(8)] + [f"b{i}" for i in range(8)]


def test_three_columns() -> None:
    page = column("a", 0, 190, 6) + column("b", 210, 390, 6) + column("c", 410, 600, 6)
    assert words(page) == [f"{c}{i}" for c in "abc" for i in range(6)]


def test_what_crosses_the_columns_parts_them_into_bands() -> None:
    upper = column("a", 50, 290, 5) + column("b", 310, 550, 5)
    lower = column("c", 50, 290, 5, 300) + column("d", 310, 550, 5, 300)
    wide = [line("TOP", 60, 50, 540, "heading", 20), line("MID", 60, 240, 540)]
    order = words(upper + lower + wide)
    assert order == [
        "TOP",
        *[f"{c}{i}" for c in "ab" for i in range(5)],
        "MID",
        *[f"{c}{i}" for c in "cd" for i in range(5)],
    ]


def test_short_cells_side_by_side_are_read_row_by_row() -> None:
    page = [line(f"{r}{c}", 200 * c, 100 + 15 * r, 200 * c + 40, "table") for r in range(5) for c in range(3)]
    (block,) = layout(page)
    assert block.kind == "table"
    assert block.text.split("\n")[1] == "10 11 12"


def test_a_paragraph_ends_at_a_gap_an_indent_and_a_heading() -> None:
    page = column("a", 50, 550, 3) + column("b", 50, 550, 3, 180)
    page += [line("c0", 70, 225, 550), line("c1", 50, 240, 550), line("H", 50, 270, 200, "heading", 14)]
    assert [block.text.split()[0] for block in layout(page)] == ["a0", "b0", "c0", "H"]


def test_rows_are_told_by_their_middles() -> None:
    cells = [line("b", 200, 101, 240), line("a", 0, 99, 40), line("c", 0, 115, 40)]
    assert [[cell.text for cell in row] for row in rows_of(cells)] == [["a", "b"], ["c"]]


def test_an_empty_page_has_no_blocks() -> None:
    assert layout([]) == [] and layout([line("", 0, 0, 10)]) == []
