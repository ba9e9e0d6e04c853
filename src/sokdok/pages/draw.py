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

from sokdok.errors import InputError
from sokdok.pages.cells import CELLS, RETURN, Cell, slot
from sokdok.pages.layout import Layout, lay_out, plan, symbols_of
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

    @property
    def native(self) -> bool:
        """Whether the atlas is drawn as it is: black and white, exact."""
        return (self.width, self.height) == (self.cell.width, self.cell.height)

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
    for size in GLYPH_SIZES:
        if str(size) == name:
            return size
    raise InputError(f"unknown glyph size {name!r}; choose one of {', '.join(map(str, GLYPH_SIZES))}")


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

    layout = _one_page(symbols_of(text, glyph.cell, alphabet, headings), glyph, size)
    image = Image.fromarray(draw(layout))
    if layout.size != size:
        columns, rows = glyph.grid(size)
        if not glyph.native:
            image = image.resize((columns * glyph.width, rows * glyph.height), Image.Resampling.LANCZOS)
        page = Image.new("L", size, 255)
        page.paste(image)
        image = page
    return Page(image.convert("RGB"), source, 0, layout if layout.size == size else None)


def _one_page(symbols: np.ndarray, glyph: GlyphSize, size: tuple[int, int]) -> Layout:
    """The symbols (N,) of a text on the grid of a page, in pixels of the atlas."""
    columns, rows = glyph.grid(size)
    cell = glyph.cell
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
