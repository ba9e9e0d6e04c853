"""A document as a tree of blocks, and the register that gives each of its words a number of its own.

Engines set a word in the colour that its number stands for, so that a page says by itself where each word went.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sokdok.layout.structure.network import ROLE

FIGURE = -2
Look = dict[str, float | str]


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
    """A node of a document. `kind` is a role, or `list`, `table`, `figure`, `box`, `side`, `group`, `columns`, `typed`,
    `break`, `rule`.

    Its `look` is what differs from its grammar's (`accents` and `PLAIN`): lengths are em of the document's text.
    """

    kind: str
    text: str = ""
    level: int = 1
    marker: str = ""
    children: list[Block] = field(default_factory=list)
    cells: list[list[Cell | None]] = field(default_factory=list)
    """of a table, row by row; None where a cell from the left or from above reaches"""
    note: str = ""
    """text of a footnote at the block's end"""
    look: Look = field(default_factory=dict)


@dataclass
class Document:
    """Blocks in the order of reading, and what stands on every page."""

    blocks: list[Block]
    language: str
    family: str
    grammar: int
    running: dict[str, str] = field(default_factory=dict)
    """text by place: `top left` … `bottom right`; # stands for the page's number, @ for the number of pages"""
    columns: int = 1
    frame: bool = False  # a rectangle round each page
    numbered: int = 0  # every how many lines have their number in the margin; 0 for none


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
    marker: bool = False


class Register:
    """Words and units of one document, numbered as they are read. Word 0 is none."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.words: list[Spoken] = [Spoken("", -1)]
        self.units: list[Unit] = []
        self.tables = 0
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
        return self.unit("caption", caption={"table": behind, "figure": FIGURE}.get(str(block.look["of"]), -1))

    def speak(self, unit: int, text: str, marker: bool = False) -> list[list[tuple[int, str, int]]]:
        """Lines of (number, word, spaces before it) for a unit's text."""
        lines = []
        for line in text.split("\n"):
            spoken: list[tuple[int, str, int]] = []
            for spaces, word in _split(line, self.language):
                self.words.append(Spoken(word, unit, marker))
                spoken.append((len(self.words) - 1, word, spaces))
            lines.append(spoken)
        return lines

    def table(self) -> int:
        """Number of a new table."""
        self.tables += 1
        return self.tables - 1

    @contextmanager
    def apart(self, yes: bool) -> Iterator[None]:
        """Where `yes`, the units of the block are a flow of their own: what stands beside the text."""
        before = self.flow
        if yes:
            self.flow, self.flows = self.flows, self.flows + 1
        yield
        self.flow = before

    def cell(self, table: int, y: int, x: int, cell: Cell) -> int:
        """Number of a new unit for a cell that begins in a row and column."""
        place = (y, y + cell.rows - 1, x, x + cell.columns - 1)
        return self.unit("cell", table=table, place=place, header=cell.header)

    def marked(
        self,
        unit: int,
        text: str,
        look: Look | None,
        marker: bool,
        word: Callable[[int, str], str],
        wraps: Mapping[str, str],
        space: str,
    ) -> list[str]:
        """Markup of each line of a text; `wraps` are templates of `accents`, `space` is one that stays."""
        lines: list[str] = []
        for at, spoken in enumerate(self.speak(unit, text, marker)):
            out = ""
            for index, (number, shown, spaces) in enumerate(spoken):
                made, gap = word(number, shown), " " * (min(1, spaces) if index else 0)
                gap += space * (spaces - 1 if index else spaces)
                for sign in accents(look or {}, at, index):
                    if sign == "U":
                        made, gap = gap + made, ""
                    made = wraps[sign.lower()].format(made)
                out += gap + made
            lines.append(out)
        return lines


def _split(line: str, language: str) -> list[tuple[int, str]]:
    """Words with the number of spaces before each; Japanese is cut every few letters."""
    out: list[tuple[int, str]] = []
    for spaces, word in re.findall(r"(\s*)(\S+)", line):
        parts = re.findall(r"[\x21-\x7e]+|[^\x21-\x7e]{1,5}", word) if language == "ja" else [word]
        out += [(0 if index else len(spaces), part) for index, part in enumerate(parts)]
    return out


PLAIN = frozenset({"left", "right", "first", "above", "below", "size", "bold", "italic", "mono", "align", "ground"})
"""looks of a block of text: indents, space, size in em, and what stands behind it: fill, box, rule, over, bar"""


def accents(look: Mapping[str, float | str], line: int, index: int) -> str:
    """How a word of a block is set: b bold, m fixed pitch, s small, u underlined, U underlined as the one before.

    The number of a line of code is n, or h where it hangs at the left of the line.
    """
    out = "b" if line == 0 and index <= float(look.get("lead", 0)) > 0 else ""
    every = int(float(look.get("code", 0)))
    out += "m" if every and index % every == every - 1 else ""
    out += "s" if line == 0 and "kicker" in look else ""
    out += " nh"[int(look["numbered"])] if index == 0 and "numbered" in look else ""
    if "under" in look:
        first, last = map(int, str(look["under"]).split("-"))
        out += "u" if index == first else "U" if first < index <= last else ""
    return out


def color(number: int) -> str:
    """The colour of a word: seven bits a channel, dark enough for any ground here."""
    return f"#{number >> 14 & 127:02x}{number >> 7 & 127:02x}{number & 127:02x}"


def number(red: int, green: int, blue: int) -> int:
    """The word of a colour, 0 if none can have it."""
    return red << 14 | green << 7 | blue if max(red, green, blue) < 128 else 0
