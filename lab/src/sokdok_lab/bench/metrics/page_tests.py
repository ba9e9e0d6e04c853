"""Run unit tests of a page, as olmOCR-bench states them (allenai/olmocr, olmocr/bench): facts a machine can check.

- `present`, `absent`: a text is there or not, with at most `max_diffs` errors, in the first or last `first_n`, `last_n`
  characters if these are named. `order`: one text comes before the other.
- `table`: a table has a cell, and where they are named its neighbours (up, down, left, right) and headings, each with
  at most `max_diffs` errors; any cell above or left of it counts as a heading.
- `math` compares formulas as a browser renders them, which we don't: such a test is not run, neither passed nor failed.
- Texts are compared after white space is collapsed, emphasis and line breaks of Markdown and HTML dropped, quotes and
  dashes made plain, and letters composed with their accents.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from rapidfuzz import fuzz

from sokdok_lab.bench.metrics.html_tables import Grid, html_tables, spread

_PLAIN = str.maketrans("‘’‚“”„–—−‑‒＿\u00a0\u00b5", "'''\"\"\"-----_ \u03bc")
_LEAST_SIMILARITY = 0.5  # Similarity that two cells with the same text must have, however many errors are allowed.
_NEIGHBOURS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


def run_test(test: Mapping[str, Any], page: str) -> bool | None:
    """Tell whether a page passes (Markdown, tables as HTML or Markdown); None for a kind that is not run here."""
    kind, errors = test.get("type"), test.get("max_diffs", 0)
    if kind in ("present", "absent"):
        return _present(test, page) == (kind == "present")
    if kind == "order":
        text = plain(page)
        first = _find(plain(test["before"]), text, errors)
        return first >= 0 and _find(plain(test["after"]), text, errors, first + 1) >= 0
    if kind != "table":
        return None
    grids = [*map(spread, html_tables(page)), *_markdown_grids(page)]
    places = [(grid, y, x) for grid in grids for y, row in enumerate(grid) for x in range(len(row))]
    return any(_same(test["cell"], grid[y][x], errors) and _neighbours_fit(test, grid, y, x) for grid, y, x in places)


def plain(text: str) -> str:
    """Return a text as tests compare it."""
    text = re.sub(r"</?[bi]>", "", re.sub(r"<br ?/?>", " ", text))
    text = re.sub(r"(\*\*|__|\*|_)(\S.*?)\1", r"\2", unicodedata.normalize("NFC", text).translate(_PLAIN))
    return " ".join(text.split())


def _present(test: Mapping[str, Any], page: str) -> bool:
    wanted, text = plain(test["text"]), plain(page)
    if not test.get("case_sensitive", True):
        wanted, text = wanted.lower(), text.lower()
    ends = [text[: test["first_n"]]] if test.get("first_n") else []
    ends += [text[-test["last_n"] :]] if test.get("last_n") else []
    return _find(wanted, "".join(ends) if ends else text, test.get("max_diffs", 0)) >= 0


def _find(wanted: str, text: str, max_diffs: int, start: int = 0) -> int:
    """Return the position of a text, with at most `max_diffs` errors; -1 if nowhere."""
    exact = text.find(wanted, start)
    if exact >= 0 or not max_diffs or len(text) - start < len(wanted) - max_diffs:
        return exact
    found = fuzz.partial_ratio_alignment(wanted, text[start:])
    enough = 1 - max_diffs / len(wanted)
    return start + found.dest_start if found and found.score / 100 >= enough else -1


def _markdown_grids(page: str) -> list[Grid]:
    grids: list[Grid] = [[]]
    for line in page.splitlines():
        if line.strip().startswith("|"):
            grids[-1].append([cell.strip() for cell in line.strip().strip("|").split("|")])
        elif grids[-1]:
            grids.append([])
    return [[row for row in grid if not all(re.fullmatch(r":?-+:?", cell) for cell in row)] for grid in grids if grid]


def _neighbours_fit(test: Mapping[str, Any], grid: Grid, y: int, x: int) -> bool:
    errors = test.get("max_diffs", 0)
    beside = all(
        _same(test[name], _at(grid, y + down, x + right), errors)
        for name, (down, right) in _NEIGHBOURS.items()
        if test.get(name)
    )
    above, before = [_at(grid, row, x) for row in range(y)], grid[y][:x]
    headings = ((test.get("top_heading"), above), (test.get("left_heading"), before))
    return beside and all(
        not wanted or any(_same(wanted, cell, errors) for cell in cells) for wanted, cells in headings
    )


def _at(grid: Grid, row: int, column: int) -> str:
    return grid[row][column] if 0 <= row < len(grid) and 0 <= column < len(grid[row]) else ""


def _same(wanted: str, cell: str, max_diffs: int) -> bool:
    wanted = plain(wanted)
    enough = max(_LEAST_SIMILARITY, 1 - max_diffs / max(len(wanted), 1))
    return bool(cell.strip()) and fuzz.ratio(wanted, plain(cell)) / 100 >= enough
