"""Cells and their glyphs: a page is a grid of equal cells, and a glyph fills one cell or two side by side.

- Three cells, named width×height in pixels: `8x16` (Unifont; Hangul 16×16), `8x8` (Galmuri7; everything one
  cell) and `4x8` (GalmuriMono7; Hangul 8×8). All divide 64, the side of a vision token, so that no character
  straddles two tokens.
- Within a cell no two characters share a bitmap, so a page can be read back exactly.
- *Marks* say what plain glyphs can't: a hard line end, a tab, the end of the text, the filler before a
  two-cell glyph that doesn't fit in its row, and the hexadecimal digits of a code point the font lacks. They are
  drawn white on black. Inside the program they are code points of private plane 15, which text never
  reaches the page with (it would be escaped).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import resources

import numpy as np

from sokdok.errors import require_choice

BREAK = 0xF0000  # line end; the rest of the row is unused
RETURN = 0xF0001  # line end; the text goes on in the next cell
TAB = 0xF0002
END = 0xF0003  # the text ends here
FILL = 0xF0004  # last cell of a row, before a two-cell glyph
HEX = 0xF0010  # HEX + d is the hexadecimal digit d of an escaped code point
HEX_END = 0xF0020  # closes an escaped code point; without digits, line ends are CR LF from here on, or LF again

MARKS = {BREAK: "/", RETURN: "|", TAB: ">", END: "#", FILL: "-", HEX_END: ";"} | {HEX + d: f"{d:X}" for d in range(16)}
"""each mark and the ASCII character it is the negative of"""


@dataclass(frozen=True)
class Cell:
    """One place of the grid, named `width`x`height`."""

    width: int  # pixels
    height: int  # pixels

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @cached_property
    def glyphs(self) -> Glyphs:
        """Which glyphs there are; what they look like is loaded when one is drawn."""
        chars, wide = _atlas(self, "chars", "wide")
        counts = 1 + wide.astype(int)
        first_tile = np.full(_SLOTS, -1, np.int32)
        first_tile[chars] = 1 + np.cumsum(counts) - counts
        first_tile[slot(np.array(list(MARKS)))] = 1 + counts.sum() + np.arange(len(MARKS))
        widths = np.ones(_SLOTS, np.int8)
        widths[chars] = counts
        return Glyphs(self, first_tile, widths)


CELLS = {str(cell): cell for cell in (Cell(8, 16), Cell(8, 8), Cell(4, 8))}  # largest first


def get_cell(name: str) -> Cell:
    """Look a cell up by name."""
    require_choice("cell", name, CELLS)
    return CELLS[name]


@dataclass(frozen=True)
class Glyphs:
    """The glyph atlas of one cell, cut into cell-sized tiles."""

    cell: Cell
    first_tile: np.ndarray  # (0x10000 + marks,) int32: first tile of a symbol's slot, -1 if the font lacks it
    widths: np.ndarray  # (0x10000 + marks,) int8: cells a symbol covers

    @cached_property
    def tiles(self) -> np.ndarray:
        """(T, height) uint8: pixels of each row as bits, the leftmost highest, 1 is ink; tile 0 is blank."""
        chars, wide, bits = _atlas(self.cell, "chars", "wide", "bits")
        starts = self.first_tile[chars]
        count = 1 + len(chars) + int(wide.sum())
        tiles = np.zeros((count + len(MARKS), self.cell.height), np.uint8)
        tiles[starts] = bits[..., 0]  # (N, height), left-aligned
        tiles[starts[wide] + 1] = bits[wide, :, 1] if bits.shape[2] == 2 else bits[wide, :, 0] << 4
        for i, char in enumerate(MARKS.values()):
            tiles[count + i] = ~tiles[self.first_tile[ord(char)]]
        return tiles

    def has(self, chars: np.ndarray) -> np.ndarray:
        """Which code points (N,) the font can draw."""
        return self.first_tile[slot(chars)] >= 0


_BMP = 0x10000
_SLOTS = _BMP + 0x40


def slot(symbols: np.ndarray) -> np.ndarray:
    """Index (N,) int64 of symbols (N,) in the atlas tables: code points of the basic plane, then the marks.

    Anything else goes to U+FFFF, which is no character and no font draws.
    """
    symbols = np.asarray(symbols, np.int64)
    marks = (symbols >= BREAK) & (symbols <= HEX_END)
    return np.where(symbols < _BMP, symbols, np.where(marks, symbols - BREAK + _BMP, 0xFFFF))


def _atlas(cell: Cell, *names: str) -> list[np.ndarray]:
    with (resources.files("sokdok.pages") / "fonts" / f"{cell}.npz").open("rb") as file:
        atlas = np.load(file)
        return [atlas[name] for name in names]
