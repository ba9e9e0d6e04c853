"""Forms and receipts: texts found whole, words in raster order, answers beside their questions, boxes of words.

- A text is found by its letters and digits, in lower case: it begins and ends where a run of letters or of digits does,
  so that 9.50 is found in `RM9.50` and not in `19.50`.
- An answer is beside its question if the output goes on with it: in its text, or down a column of one of its tables.
  Several answers of one question follow it one after the other, in raster order.
- A word's box is right at an IoU of .5 or more, one for one; F1 of both sides (as for detection of text).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate

import numpy as np

from sokdok_lab.bench.metrics.geometry import Score, matched
from sokdok_lab.bench.metrics.html_tables import html_tables, spread

Box = Sequence[float]  # left, top, right, bottom
Placed = tuple[str, Box]  # A word, or the text of a line, and where it stands.
Answers = Sequence[tuple[str, Sequence[str]]]  # Questions of a form, each with its answers in raster order.
BOX_IOU = 0.5  # IoU from which two boxes are one.
_RUN = re.compile(r"[^\W\d_]+|\d+")  # of letters, of digits


class Signs:
    """Letters and digits of a text, to find others in."""

    def __init__(self, text: str) -> None:
        runs = _RUN.findall(text.lower())
        self.signs, self._borders = "".join(runs), set(accumulate(map(len, runs), initial=0))

    def has(self, text: str) -> bool:
        """Tell whether a text stands here, from the border of a run to that of another."""
        wanted = Signs(text).signs
        at = self.signs.find(wanted)
        while at >= 0 and not {at, at + len(wanted)} <= self._borders:
            at = self.signs.find(wanted, at + 1)
        return at >= 0


def raster(placed: Iterable[Placed]) -> str:
    """Return texts line by line, each from left to right; those whose middle is above the first one's foot are one."""
    lines: list[list[Placed]] = []
    for piece in sorted(placed, key=_middle):
        if lines and _middle(piece) < lines[-1][0][1][3]:
            lines[-1].append(piece)
        else:
            lines.append([piece])
    return "\n".join(" ".join(text for text, _ in sorted(line, key=lambda piece: piece[1][0])) for line in lines)


def answered(form: Answers, text: str, markdown: str) -> list[bool]:
    """Tell of each answer whether it stands beside its question; texts without letters and digits are left out."""
    columns = (column for table in html_tables(markdown) for column in zip(*spread(table), strict=True))
    places = [Signs(text), *(Signs("\n".join(column)) for column in columns)]
    found = []
    for question, answers in form:
        said = [answer for answer in answers if Signs(answer).signs] if Signs(question).signs else []
        chains = (" ".join([question, *said[: count + 1]]) for count in range(len(said)))
        found += [any(place.has(chain) for place in places) for chain in chains]
    return found


def box_f1(truth: Sequence[Box], read: Sequence[Box]) -> float:
    """Return the F1 of boxes, paired one for one."""
    if not truth or not read:
        return float(not truth and not read)
    one, other = np.asarray(truth, float)[:, None], np.asarray(read, float)[None]
    sides = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    common = np.clip(sides, 0, None).prod(-1)
    areas = ((boxes[..., 2:] - boxes[..., :2]).prod(-1) for boxes in (one, other))
    hits = matched(common / np.maximum(sum(areas) - common, 1e-9), BOX_IOU)
    return Score(hits / len(read), hits / len(truth)).f1


def _middle(piece: Placed) -> float:
    return (piece[1][1] + piece[1][3]) / 2
