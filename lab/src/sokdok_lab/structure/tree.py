"""A document as a tree of blocks, and the register that gives each of its words a number of its own.

Engines set a word in the colour that its number stands for, so that a page says by itself where each word went.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sokdok_lab.structure.network import ROLE

FIGURE = -2


@dataclass
class Cell:
    """A cell of a table; its lines are parted by line feeds."""

    text: str
    rows: int = 1
    columns: int = 1
    header: bool = False
    align: str = "left"


@dataclass
class Block:
    """A node of a document. `kind` is a role, or `list`, `table`, `figure`, `box`, `side`, `group`, `break`, `rule`."""

    kind: str
    text: str = ""
    level: int = 1
    marker: str = ""
    children: list[Block] = field(default_factory=list)
    cells: list[list[Cell | None]] = field(default_factory=list)
    """of a table, row by row; None where a cell from the left or from above reaches"""
    note: str = ""
    """text of a footnote at the block's end"""
    look: dict[str, float | str] = field(default_factory=dict)


@dataclass
class Document:
    """Blocks in the order of reading, and what stands on every page."""

    blocks: list[Block]
    language: str
    family: str
    grammar: int
    running: dict[str, str] = field(default_factory=dict)
    """text by place: `top left` … `bottom right`; # stands for the page's number, @ for the number of pages"""


@dataclass
class Unit:
    """What is true of a block of text: its numbers are those of units, -1 for none."""

    role: int
    level: int = 0
    parent: int = -1  # item that holds this one
    caption: int = -1  # table that this one names, FIGURE for a figure: the nearest picture or drawing
    table: int = -1
    place: tuple[int, int, int, int] = (-1, -1, -1, -1)  # first row, last row, first column, last column
    header: bool = False
    flow: int = 0  # texts that run on by themselves: 0 the body, 1 footnotes, from 2 on boxes


@dataclass
class Spoken:
    """A word as it was given to the engine."""

    text: str
    unit: int
    glued: bool = False  # no space stands before it
    line: int = 0  # of the unit: lines that the text itself parts
    marker: bool = False


class Register:
    """Words and units of one document, numbered as they are read. Word 0 is none."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.words: list[Spoken] = [Spoken("", -1)]
        self.units: list[Unit] = []
        self.tables = 0
        self.figures: list[tuple[str, int]] = []
        self.flow = 0
        self.flows = 2

    def unit(self, role: str, **values: object) -> int:
        """Number of a new unit of a role."""
        self.units.append(Unit(ROLE[role], flow=self.flow))
        for name, value in values.items():
            setattr(self.units[-1], name, value)
        return len(self.units) - 1

    def caption(self, block: Block) -> int:
        """Number of a new unit for a caption, which names the table before or behind it or a figure."""
        behind = self.tables if block.look["above"] else self.tables - 1
        return self.unit("caption", caption=behind if block.look["of"] == "table" else FIGURE)

    def speak(self, unit: int, text: str, marker: bool = False) -> list[list[tuple[int, str, bool]]]:
        """Lines of (number, word, whether it is glued to the one before) for a unit's text."""
        lines = []
        for at, line in enumerate(text.split("\n")):
            spoken = []
            for glued, word in _split(line, self.language):
                self.words.append(Spoken(word, unit, glued, at, marker))
                spoken.append((len(self.words) - 1, word, glued))
            lines.append(spoken)
        return lines


def _split(line: str, language: str) -> list[tuple[bool, str]]:
    """Words with whether they are glued; Japanese is cut every few letters."""
    out: list[tuple[bool, str]] = []
    for word in line.split():
        parts = re.findall(r"[\x21-\x7e]+|[^\x21-\x7e]{1,5}", word) if language == "ja" else [word]
        out += [(index > 0, part) for index, part in enumerate(parts)]
    return out


def color(number: int) -> str:
    """The colour of a word: seven bits a channel, dark enough for any ground here."""
    return f"#{number >> 14 & 127:02x}{number >> 7 & 127:02x}{number & 127:02x}"


def number(red: int, green: int, blue: int) -> int:
    """The word of a colour, 0 if none can have it."""
    return red << 14 | green << 7 | blue if max(red, green, blue) < 128 else 0
