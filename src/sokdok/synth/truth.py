"""What a drawn page says, symbol by symbol: the exact truth a reader is trained on and measured with."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

import numpy as np

KINDS = (
    *("title", "heading", "paragraph", "list", "code", "table", "caption", "footnote"),
    *("header", "footer", "page number"),
)


@dataclass(frozen=True)
class Cell:
    """A table cell: its place in the grid and its symbols on the page."""

    row: int
    column: int
    columns: int
    """how many it spans"""
    start: int
    stop: int


@dataclass(frozen=True)
class Block:
    """Symbols start..stop of a page."""

    kind: str
    """one of KINDS"""
    start: int
    stop: int
    cells: tuple[Cell, ...] = ()
    """of a table, row by row"""


@dataclass(frozen=True, eq=False)  # arrays have no equality: a page equals itself alone
class SyntheticPage:
    """A page and its truth, in reading order."""

    pixels: np.ndarray
    """(H, W) uint8 grey"""
    symbols: str
    """N characters; a line feed closes every line of a block and every line of a table cell"""
    boxes: np.ndarray
    """(N, 4) float32 left, top, right, bottom in page pixels; see `canvas.symbol_boxes`"""
    blocks: tuple[Block, ...]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @cached_property
    def text(self) -> str:
        """Plain text: blocks parted by a blank line, cells by a tab."""
        return "\n\n".join(self.block_text(block) for block in self.blocks)

    def block_text(self, block: Block) -> str:
        """The lines of a block, or a table's rows."""
        if not block.cells:
            return self.symbols[block.start : block.stop].removesuffix("\n")
        return "\n".join("\t".join(map(self._cell_text, row)) for row in rows_of(block))

    def table_html(self, block: Block) -> str:
        """A table block as HTML without attributes but `colspan`."""
        rows = ("".join(map(self._cell_html, row)) for row in rows_of(block))
        return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"

    def block_box(self, block: Block) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in page pixels."""
        boxes = self.boxes[block.start : block.stop]
        (left, top), (right, bottom) = boxes[:, :2].min(0).tolist(), boxes[:, 2:].max(0).tolist()
        return left, top, right, bottom

    def with_pixels(self, pixels: np.ndarray, boxes: np.ndarray) -> SyntheticPage:
        """The same page as another picture."""
        return replace(self, pixels=pixels, boxes=boxes.astype(np.float32))

    def _cell_text(self, cell: Cell) -> str:
        return self.symbols[cell.start : cell.stop].replace("\n", " ").strip()

    def _cell_html(self, cell: Cell) -> str:
        span = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
        return f"<td{span}>{html.escape(self._cell_text(cell), quote=False)}</td>"


def rows_of(table: Block) -> list[list[Cell]]:
    """The cells of a table, row by row."""
    return [list(row) for _, row in groupby(table.cells, key=lambda cell: cell.row)]
