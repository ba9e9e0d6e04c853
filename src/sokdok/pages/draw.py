"""Draw text as pages: one gather from the glyph tiles a page, deterministic to the byte."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from sokdok.pages.cells import Cell, slot
from sokdok.pages.layout import Layout, plan
from sokdok.pages.page import Page


def draw(layout: Layout) -> np.ndarray:
    """Pixels (height, width) uint8 of one page: 0 is ink, 255 paper."""
    width, height = layout.size
    cell, glyphs = layout.cell, layout.cell.glyphs
    columns, rows = width // cell.width, height // cell.height
    grid = np.zeros((rows, columns), np.int64)
    index = slot(layout.symbols)
    first = glyphs.first_tile[index]
    grid[layout.rows, layout.columns] = first
    wide = glyphs.widths[index] == 2
    grid[layout.rows[wide], layout.columns[wide] + 1] = first[wide] + 1
    bits = glyphs.tiles[grid].swapaxes(1, 2)  # (rows, height, columns): a byte is a row of a tile's pixels
    ink = np.unpackbits(bits[..., None], axis=-1, count=cell.width).reshape(rows * cell.height, columns * cell.width)
    page = np.full((height, width), 255, np.uint8)
    page[: rows * cell.height, : columns * cell.width] -= 255 * ink
    return page


def render(
    text: str, size: tuple[int, int] = (640, 640), cell: Cell | None = None, alphabet: Collection[int] | None = None
) -> list[Page]:
    """Draw `text` as pages of `size` (width, height) pixels.

    `cell` is the character grid; by default the largest with which the text fits on one page. `alphabet` holds the
    code points that the reader knows; others are drawn as escapes, as are those that the font lacks.
    """
    return list(draw_pages(plan(text, size, cell, alphabet)))


def draw_pages(layouts: Sequence[Layout]) -> Iterator[Page]:
    """Draw the layouts of one text, a page at a time: a long text's pixels need not fit into memory."""
    from PIL import Image

    for index, layout in enumerate(layouts):
        image = Image.fromarray(draw(layout)).convert("RGB")
        yield Page(image, "text", index, layout, part=(index + 1, len(layouts)))
