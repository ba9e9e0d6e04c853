"""What a drawn page says, symbol by symbol: the exact truth a reader is trained on and measured with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sokdok.imaging.box import Box
from sokdok.tables import markup

KINDS = (
    *("title", "heading", "paragraph", "list", "code", "table", "caption", "footnote"),
    *("header", "footer", "page number"),
)
SIDE = 999  # of a page in the family's boxes
_LABELS = {
    "title": "title", "heading": "sub_title", "paragraph": "text", "list": "text", "code": "text", "table": "table",
    "footnote": "page_footnote", "header": "header", "footer": "footer", "page number": "page_number",
}  # fmt: skip
_MARKS = {"title": "# ", "heading": "## "}


@dataclass(frozen=True)
class TextBox:
    """A line of text in a picture of any kind."""

    box: Box  # in pixels of the picture
    text: str
    role: str
    """what it is there: one of KINDS in documents; `tick`, `axis label`, `legend`, `atom`, `point` … in figures"""


@dataclass(frozen=True)
class LineTruth:
    """A line on a page: its symbols and their boxes (N, 4) in page pixels."""

    text: str
    boxes: np.ndarray
    kind: str = ""  # of the block it belongs to


@dataclass(frozen=True)
class Cell:
    """A table cell: its place in the grid and its symbols on the page."""

    row: int
    column: int
    columns: int  # how many it spans
    start: int
    stop: int
    rows: int = 1  # how many it spans


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

    pixels: np.ndarray  # (H, W) uint8 grey, or (H, W, 3) where colour matters
    symbols: str  # N characters; a line feed closes every line of a block and every line of a table cell
    boxes: np.ndarray  # (N, 4) float32 left, top, right, bottom in page pixels; see `canvas.symbol_boxes`
    blocks: tuple[Block, ...]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @cached_property
    def text(self) -> str:
        """Plain text: blocks separated by a blank line, cells by a tab."""
        return "\n\n".join(self.block_text(block) for block in self.blocks)

    @cached_property
    def text_boxes(self) -> tuple[TextBox, ...]:
        """The lines with the boxes around them; a line's role is its block's kind."""
        return tuple(TextBox(_around(line.boxes), line.text, line.kind) for line in self.lines)

    @cached_property
    def lines(self) -> tuple[LineTruth, ...]:
        """The lines of all blocks and table cells that hold any ink, in reading order, their line feeds left out."""
        found = []
        for block in self.blocks:
            start = block.start
            for text in self.symbols[block.start : block.stop].split("\n"):
                if text.strip():
                    found.append(LineTruth(text, self.boxes[start : start + len(text)], block.kind))
                start += len(text) + 1
        return tuple(found)

    def block_text(self, block: Block) -> str:
        """Write the lines of a block, or a table's rows."""
        if not block.cells:
            return self.symbols[block.start : block.stop].removesuffix("\n")
        return "\n".join("\t".join(map(self._cell_text, row)) for row in rows_of(block))

    def table_html(self, block: Block) -> str:
        """Write a table block as HTML without attributes but `colspan` and `rowspan`."""
        cells = (markup.Cell(c.row, c.column, self._cell_text(c), c.rows, c.columns) for c in block.cells)
        return markup.html_table_of_cells(cells, len(rows_of(block)))

    def block_box(self, block: Block) -> Box:
        """Return the box of a block in page pixels."""
        return _around(self.boxes[block.start : block.stop])

    def with_pixels(self, pixels: np.ndarray, boxes: np.ndarray) -> SyntheticPage:
        """Return the same page as another picture, (H, W) or (H, W, 3) uint8, with its symbols' boxes (N, 4) there."""
        return replace(self, pixels=pixels, boxes=boxes.astype(np.float32))

    def _cell_text(self, cell: Cell) -> str:
        return self.symbols[cell.start : cell.stop].replace("\n", " ").strip()


def _around(boxes: np.ndarray) -> Box:
    return Box(*boxes[:, :2].min(0).tolist(), *boxes[:, 2:].max(0).tolist())


def rows_of(table: Block) -> list[list[Cell]]:
    """Sort the cells of a table by the row they begin in; a row that only cells from above reach into is empty."""
    rows: list[list[Cell]] = [[] for _ in range(max((cell.row + cell.rows for cell in table.cells), default=0))]
    for cell in table.cells:
        rows[cell.row].append(cell)
    return rows


def grounded_markdown(page: SyntheticPage) -> str:
    """Write a page's blocks in reading order, as the family answers `<|grounding|>Convert the document to markdown.`

    Each block is `<|ref|>label<|/ref|><|det|>[[x1, y1, x2, y2]]<|/det|>` and its text below, Markdown or an HTML table;
    boxes count 0 to 999 along each side, whatever the shape of the page (DeepSeek-OCR; see `documents.build`).
    """
    parts = []
    for block, following in zip(page.blocks, [*(block.kind for block in page.blocks[1:]), ""], strict=True):
        caption = "table_caption" if following == "table" else "image_caption"  # above tables, below figures
        label = _LABELS.get(block.kind, caption)
        text = page.table_html(block) if block.cells else page.block_text(block)
        if block.kind in _MARKS:  # a heading stands on one line, as in Markdown; paragraphs keep their lines
            text = _MARKS[block.kind] + text.replace("\n", " ")
        shares = (value / side for value, side in zip(page.block_box(block), page.size * 2, strict=True))
        box = ", ".join(str(min(max(round(share * SIDE), 0), SIDE)) for share in shares)
        parts.append(f"<|ref|>{label}<|/ref|><|det|>[[{box}]]<|/det|>\n{text}")
    return "\n\n".join(parts)
