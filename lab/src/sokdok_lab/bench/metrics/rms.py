"""RMS-F1: how well the entries of a chart's table were read (DePlot, arXiv 2212.10505, section 3).

- An entry is a value and its key, row header and column header together. Entries are paired by the similarity of their
  keys; a pair counts similarity of keys × similarity of values; precision divides the sum by the entries read, recall
  by those of the truth.
- Similarity of texts is 1 - edit distance / longer length, 0 from .5 down; of numbers 1 - relative error, 0 from 10 %.
- The prediction may be transposed: the better of both counts, as in the paper's code.
- The published code (google-research, deplot/metrics.py) appends recall to its list of F1 values; here F1 is F1.
- Numbers are read as people write them (`parse_number`): the published code compares "1,200" and "12%" as texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist
from scipy.optimize import linear_sum_assignment

from sokdok_lab.bench.metrics.html_tables import Grid

TEXT_THRESHOLD = 0.5  # Edit distance over the longer length from which two texts have nothing in common.
NUMBER_THRESHOLD = 0.1  # Relative error from which a number is wrong.
_UNITS = {"": 1.0, "k": 1e3, "m": 1e6, "bn": 1e9, "b": 1e9, "천": 1e3, "만": 1e4, "억": 1e8, "조": 1e12}
"""Factors of the units that numbers are written in."""
_NUMBER = re.compile(
    r"[$€£¥₩]?\s*([-+−]?)\s*[$€£¥₩]?\s*((?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:e[-+]?\d+)?)\s*(k|m|bn|b)?\s*(천|만|억|조)?\s*[%원]?"
)
Entry = tuple[str, str]  # Key and value.


def rms_f1(truth: Grid, read: Grid) -> float:
    """Compare tables whose first row and first column are headers."""
    target = list(entries(truth))
    transposed = [list(row) for row in zip(*_rectangle(read), strict=True)]
    return max(_compare(target, list(entries(grid))) for grid in (read, transposed))


def entries(grid: Grid) -> Iterator[Entry]:
    """Yield keys and values of a table, lower case; empty cells say nothing."""
    grid = _rectangle(grid)
    for row in grid[1:]:
        for header, value in zip(grid[0][1:], row[1:], strict=True):
            if value.strip():
                yield f"{row[0].strip()} {header.strip()}".strip().lower(), value.strip().lower()


def _rectangle(grid: Grid) -> Grid:
    """Return a grid with all rows as long as the longest."""
    width = max(map(len, grid), default=0)
    return [[*row, *[""] * (width - len(row))] for row in grid]


def _compare(truth: list[Entry], read: list[Entry]) -> float:
    """Pair entries by their keys and sum the similarity of keys and values."""
    if not truth or not read:
        return float(truth == read)
    keys = cdist(
        [key for key, _ in truth], [key for key, _ in read], scorer=Levenshtein.normalized_similarity, dtype=np.float64
    )
    keys[keys <= 1 - TEXT_THRESHOLD] = 0
    pairs = zip(*linear_sum_assignment(keys, maximize=True), strict=True)
    score = sum(float(keys[i, j]) * value_similarity(truth[i][1], read[j][1]) for i, j in pairs)
    return 2 * score / (len(read) + len(truth))  # of precision, score / entries read, and recall


def value_similarity(truth: str, read: str) -> float:
    """Compare numbers by their relative error, other texts as keys are.

    Where only one of them has a percent sign it may be either 12 or 0.12 on the other side: the better counts.
    """
    target, number = parse_number(truth), parse_number(read)
    if target is None or number is None:
        alike = Levenshtein.normalized_similarity(truth, read)
        return alike if alike > 1 - TEXT_THRESHOLD else 0.0
    similarity = number_similarity(target, number)
    if ("%" in truth) == ("%" in read):
        return similarity
    share = (target / 100, number) if "%" in truth else (target, number / 100)
    return max(similarity, number_similarity(*share))


def number_similarity(target: float, number: float) -> float:
    """Return 1 - relative error, 0 where that is 10 % or more; of a target of 0 whether it was hit."""
    if target == 0:
        return float(number == 0)
    error = abs(number - target) / abs(target)
    return 1 - error if error < NUMBER_THRESHOLD else 0.0


def parse_number(text: str) -> float | None:
    """Parse the number of a cell: signs, thousands separators, currencies, k, m, bn, 천, 만, 억, 조; None if none.

    Of a percentage it is the number before its sign.
    """
    match = _NUMBER.fullmatch(text.strip().lower())
    if match is None or not any(char.isdigit() for char in match[2]):
        return None
    unit = _UNITS[match[3] or ""] * _UNITS[match[4] or ""] * (-1 if match[1] in ("-", "−") else 1)
    return float(match[2].replace(",", "")) * unit
