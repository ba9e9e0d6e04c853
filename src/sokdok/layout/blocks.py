"""Rows of type, the blocks that are made of them, and code as it is set."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import rows
from sokdok.layout.tables.grids import ROOM_EM, Cell
from sokdok.layout.text_line import TextLine
from sokdok.pages.hangul import OUTLINE, is_syllable

SAME_ROW = 0.3  # heights of a line that the middles of lines side by side may be apart: type is raised and lowered
NUMBER_MARK = re.compile(rf"\(?(?:\d{{1,3}}|[a-zA-Z]|[ivxIVX]{{1,5}}|[{OUTLINE}])[.)]|[①-⑳]")
DATE = re.compile(r"(?:(?:\d\d|['’])?\d\d\. ?)?(?:0?[1-9]|1[0-2])\. ?(?:0?[1-9]|[12]\d|3[01])\.(?! ?\d+\.)")
"""`12. 2.` and `2026. 12. 2.`, as people in Korea and elsewhere write them: its numbers are no marks of items"""
BULLET_MARK = re.compile(r"[•◦▪▫‣·●○■□◆◇▶▷►✓❍➢∙❖◻❑→*–—\ue000-\uf8ff\ufffd-]")  # and what has no name


@dataclass(frozen=True)
class Row:
    """Text side by side, from left to right."""

    pieces: tuple[TextLine, ...]

    @property
    def box(self) -> Box:
        return Box.around(piece.box for piece in self.pieces)

    @property
    def text(self) -> str:
        return " ".join(piece.said for piece in self.pieces)

    @property
    def em(self) -> float:
        """Size of its longest piece."""
        return max(self.pieces, key=lambda piece: len(piece.text)).em


@dataclass(frozen=True)
class LayoutBlock:
    """Rows that belong together, in reading order."""

    kind: str
    """title, sub_title, text, field (a label and its value), list, code, table, image, equation, a caption of the two,
    page_footnote; header, footer, page_number of what looks like one"""
    rows: tuple[Row, ...]
    box: Box  # of a table or picture more than its rows'
    latex: str = ""  # of a formula; empty if it is not certain
    html: str = ""  # of a table whose cells are known
    cells: tuple[Cell, ...] = ()  # of a table
    goes_on: bool = False  # whether it goes on with what stands at the foot of the column or page before
    level: int = 0  # of an item of a list, or of a paragraph that belongs to one, from 1
    outline: int = 0  # of a heading: its level in the file's outline, from 1; 0 if it is not there
    label: int = 0  # of a field: how many of its rows are its label, before what is filled in
    mark: str = ""  # of an item of a list: the bullet or number that its text begins with
    order: float = 1.0  # of its page's pieces, the mean probability that nothing else is read behind each than what is

    @property
    def lines(self) -> list[TextLine]:
        return [piece for row in self.rows for piece in row.pieces]

    @property
    def text(self) -> str:
        """Rows one below the other; pieces of one row with a space between."""
        return "\n".join(row.text for row in self.rows)

    @property
    def said(self) -> list[str]:
        """Its rows as text; "\\n" behind one of Korean with room for the next one's word, where a space belongs."""
        texts = [row.text for row in self.rows]
        for at, (row, below) in enumerate(pairwise(self.rows)):
            word = below.pieces[0].run[0]
            room = self.box.right - row.box.right - ROOM_EM * word.em
            if is_syllable(texts[at][-1:]) and is_syllable(word.text[:1]) and room > word.box.width:
                texts[at] += "\n"
        return texts


def block_of(kind: str, found: Iterable[Row], box: Box | None = None) -> LayoutBlock:
    """A block of rows; `box` if it is more than theirs."""
    found = tuple(found)
    return LayoutBlock(kind, found, box or Box.around(row.box for row in found))


def rows_of(lines: Sequence[TextLine]) -> list[Row]:
    """Lines side by side as rows, from top to bottom."""
    return [Row(tuple(row)) for row in rows(lines, lambda line: line.box, SAME_ROW)]


USUAL_WIDTH_EM = 0.6  # of a letter, where no word shows it


def code_text(block: LayoutBlock) -> str:
    """Code with its indents, blanks in its gaps, counted in widths of a letter, and 〓 for what is not legible."""
    said = [[it if it.legible else replace(it, text=it.said, words=()) for it in row.pieces] for row in block.rows]
    rows = [[word for piece in pieces for word in piece.run] for pieces in said]
    widths = [word.box.width / len(word.text) for words in rows for word in words if word.text.isascii()]
    width = median(widths) if widths else USUAL_WIDTH_EM * rows[0][0].em
    left = min(words[0].box.left for words in rows)
    steps = [b[0].baseline - a[0].baseline for a, b in pairwise(rows)]
    pitch = min((step for step in steps if step > 0), default=1.0)
    lines: list[str] = []
    for number, words in enumerate(rows):
        if number:
            lines += [""] * max(0, round(steps[number - 1] / pitch) - 1)
        text = " " * round((words[0].box.left - left) / width)
        for index, word in enumerate(words):
            if index and not word.joined:
                text += " " * max(1, round((word.box.left - words[index - 1].box.right) / width))
            text += word.text
        lines.append(text)
    return "\n".join(lines)
