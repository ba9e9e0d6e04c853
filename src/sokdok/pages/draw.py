"""Draw text as pages: one gather from the glyph tiles a page, deterministic to the byte.

- A page is a grid of one of the atlases' own cells (8x16, 8x8, 4x8), drawn pixel by pixel.
- In other glyph sizes, from sharp to barely legible, the atlas is scaled with antialiasing. The page is a grid of such
  characters all the same, so that what fits on it is known before it is drawn. How small a reader can go is measured,
  not assumed (`sokdok probe`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sokdok.errors import InputError, require_choice
from sokdok.pages.cells import CELLS, RETURN, Cell, slot
from sokdok.pages.layout import Layout, lay_out, plan, symbols_of
from sokdok.pages.page import Page


def draw(layout: Layout) -> np.ndarray:
    """Pixels (height, width) uint8 of one page: 0 is ink, 255 paper."""
    return 255 * (1 - np.unpackbits(draw_ink(layout), axis=1, count=layout.size[0]))


def draw_ink(layout: Layout) -> np.ndarray:
    """The same as bits, (height, width / 8) uint8: 1 is ink, the leftmost pixel of a byte its highest bit."""
    width, height = layout.size
    cell, glyphs = layout.cell, layout.cell.glyphs
    per_byte = 8 // cell.width  # cells
    rows, columns = height // cell.height, -(-width // 8) * per_byte
    grid = np.zeros((rows, columns), np.int64)
    index = slot(layout.symbols)
    first = glyphs.first_tile[index]
    grid[layout.rows, layout.columns] = first
    wide = glyphs.widths[index] == 2
    grid[layout.rows[wide], layout.columns[wide] + 1] = first[wide] + 1
    tiles = glyphs.tiles[grid[:, ::per_byte]]  # (rows, columns, height): a byte is a row of a tile's pixels
    if per_byte == 2:
        tiles = tiles & 0xF0 | glyphs.tiles[grid[:, 1::2]] >> 4
    ink = np.zeros((height, tiles.shape[1]), np.uint8)
    ink[: rows * cell.height] = tiles.swapaxes(1, 2).reshape(rows * cell.height, -1)
    return ink


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


@dataclass(frozen=True)
class GlyphSize:
    """A half-width character of `width` by `height` pixels; a Hangul syllable takes two, in `8x8` one."""

    width: int
    height: int
    cell: Cell  # whose atlas is drawn, scaled if its size is another

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def area(self) -> int:
        """Pixels."""
        return self.width * self.height

    def grid(self, size: tuple[int, int]) -> tuple[int, int]:
        """(columns, rows) of characters on a page of `size` (width, height) pixels."""
        return size[0] // self.width, size[1] // self.height

    def atlas_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """(width, height) of that grid in pixels of the atlas."""
        columns, rows = self.grid(size)
        return columns * self.cell.width, rows * self.cell.height


_TALL, _SQUARE, _SMALL = CELLS["8x16"], CELLS["8x8"], CELLS["4x8"]
_SCALED = [GlyphSize(width, 2 * width, _TALL) for width in (16, 12, 10, 8, 6, 5)]
_OTHERS = [GlyphSize(8, 8, _SQUARE), GlyphSize(4, 8, _SMALL), GlyphSize(3, 6, _SMALL)]
GLYPH_SIZES = tuple(sorted([*_SCALED, *_OTHERS], key=lambda size: -size.area))  # largest first


def get_glyph_size(name: str) -> GlyphSize:
    """Look a glyph size up by name, e.g. `10x20`."""
    known = {str(size): size for size in GLYPH_SIZES}
    require_choice("glyph size", name, known)
    return known[name]


def draw_text_page(
    text: str,
    glyph: GlyphSize,
    size: tuple[int, int],
    alphabet: Collection[int] | None = None,
    source: str = "text",
    headings: Sequence[int] = (),
) -> Page:
    """Draw `text` on one page of `size` (width, height) pixels; equal arguments give equal pixels.

    Lines end where the text's do if there is room for that, else with a mark in the row (`pages.layout`). `alphabet`
    holds the code points that the reader knows, `headings` the characters at which headings open that no text can make
    (`pages.layout.symbols_of`). Raises InputError if the text needs more than one page.
    """
    from PIL import Image

    layout = lay_out_page(symbols_of(text, glyph.cell, alphabet, headings), glyph, size)
    image = Image.fromarray(draw(layout))
    if layout.size != size:
        columns, rows = glyph.grid(size)
        image = image.resize((columns * glyph.width, rows * glyph.height), Image.Resampling.LANCZOS)
        page = Image.new("L", size, 255)
        page.paste(image)
        image = page
    return Page(image.convert("RGB"), source, 0, layout if layout.size == size else None)


def lay_out_page(symbols: np.ndarray, glyph: GlyphSize, size: tuple[int, int]) -> Layout:
    """The symbols (N,) of a text on the grid of a page, in pixels of the atlas. Raises InputError if it needs more."""
    (columns, rows), cell = glyph.grid(size), glyph.cell
    for breaks in (True, False):
        if breaks:  # if every line begins a row; a wide glyph that goes to the next row may make it more
            begins = np.append(0, np.cumsum(cell.glyphs.widths[slot(symbols)], dtype=np.int64))  # cells before each
            ends = np.append(np.flatnonzero(symbols == RETURN) + 1, len(symbols))
            if (-(-np.diff(begins[ends], prepend=0) // columns)).sum() > rows:
                continue
        layouts = lay_out(symbols, cell, glyph.atlas_size(size), breaks=breaks)
        if len(layouts) == 1:
            return layouts[0]
    raise InputError(f"the text needs {len(layouts):,} pages of {size[0]}x{size[1]} pixels in {glyph} glyphs, not one")
