"""Run unit tests of a page, as olmOCR-bench states them (allenai/olmocr, olmocr/bench): facts a machine can check.

- `present`, `absent`: a text is there or not, with at most `max_diffs` errors, in the first or last `first_n`, `last_n`
  characters if these are named. `order`: one text comes before the other.
- `table`: a table has a cell, and where they are named its neighbours (up, down, left, right) and headings.
- `math` compares formulas as a browser renders them, which we don't: such a test is not run, neither passed nor failed.
- Texts are compared after white space is collapsed, Markdown emphasis dropped, and quotes and dashes made plain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rapidfuzz import fuzz

from sokdok.bench.metrics.html_tables import Grid, html_tables, spread

_PLAIN = str.maketrans("‘’‚“”„–—−‑‒\u00a0", "'''\"\"\"----- ")
_CELL_SIMILARITY = 0.8
"""Similarity from which two cells have the same text."""
_NEIGHBOURS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


def run_test(test: Mapping[str, Any], page: str) -> bool | None:
    """Tell whether a page passes (Markdown, tables as HTML or Markdown); None for a kind that is not run here."""
    kind = test.get("type")
    if kind == "present":
        return _present(test, page)
    if kind == "absent":
        return not _present(test, page)
    if kind == "order":
        return _in_order(test, page)
    return _table(test, page) if kind == "table" else None


def plain(text: str) -> str:
    """Return a text as tests compare it."""
    text = re.sub(r"(\*\*|__|\*|_)(\S.*?)\1", r"\2", text.translate(_PLAIN))
    return " ".join(text.split())


def _present(test: Mapping[str, Any], page: str) -> bool:
    wanted, text = plain(test["text"]), plain(page)
    if not test.get("case_sensitive", True):
        wanted, text = wanted.lower(), text.lower()
    places = [text[: test["first_n"]]] if test.get("first_n") else []
    places += [text[-test["last_n"] :]] if test.get("last_n") else []
    return any(_find(wanted, place, test.get("max_diffs", 0)) >= 0 for place in places or [text])


def _find(wanted: str, text: str, max_diffs: int, start: int = 0) -> int:
    """Return the position of a text, with at most `max_diffs` errors; -1 if nowhere."""
    exact = text.find(wanted, start)
    if exact >= 0 or not max_diffs or not wanted:
        return exact
    found = fuzz.partial_ratio_alignment(wanted, text[start:])
    enough = 1 - max_diffs / len(wanted)
    return start + found.dest_start if found and found.score / 100 >= enough else -1


def _in_order(test: Mapping[str, Any], page: str) -> bool:
    text, errors = plain(page), test.get("max_diffs", 0)
    first = _find(plain(test["before"]), text, errors)
    return first >= 0 and _find(plain(test["after"]), text, errors, first + 1) >= 0


def _table(test: Mapping[str, Any], page: str) -> bool:
    return any(_table_fits(test, grid) for grid in page_grids(page))


def page_grids(page: str) -> list[Grid]:
    """Return all tables of a page, HTML first, then Markdown."""
    return [spread(table) for table in html_tables(page)] + _markdown_grids(page)


def _markdown_grids(page: str) -> list[Grid]:
    grids: list[Grid] = [[]]
    for line in page.splitlines():
        if line.strip().startswith("|"):
            grids[-1].append([cell.strip() for cell in line.strip().strip("|").split("|")])
        elif grids[-1]:
            grids.append([])
    return [[row for row in grid if not all(re.fullmatch(r":?-+:?", cell) for cell in row)] for grid in grids if grid]


def _table_fits(test: Mapping[str, Any], grid: Grid) -> bool:
    places = [(y, x) for y, row in enumerate(grid) for x, cell in enumerate(row) if _same(test["cell"], cell)]
    return any(_neighbours_fit(test, grid, y, x) for y, x in places)


def _neighbours_fit(test: Mapping[str, Any], grid: Grid, y: int, x: int) -> bool:
    beside = all(
        _same(test[name], _at(grid, y + down, x + right))
        for name, (down, right) in _NEIGHBOURS.items()
        if test.get(name)
    )
    above, before = [_at(grid, row, x) for row in range(y)], grid[y][:x]
    return beside and _heading(test.get("top_heading"), above) and _heading(test.get("left_heading"), before)


def _heading(wanted: str | None, cells: list[str]) -> bool:
    return not wanted or any(_same(wanted, cell) for cell in cells)


def _at(grid: Grid, row: int, column: int) -> str:
    return grid[row][column] if 0 <= row < len(grid) and 0 <= column < len(grid[row]) else ""


def _same(wanted: str, cell: str) -> bool:
    return bool(cell.strip()) and fuzz.ratio(plain(wanted), plain(cell)) / 100 >= _CELL_SIMILARITY
