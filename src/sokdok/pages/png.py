"""sokdok's own page files: PNGs of black and white pixels that explain themselves.

A text chunk `sokdok` says how the page was drawn, e.g. `cell=8x16 size=640x640 page=1/3`, so that a reader knows the
grid and in which order pages belong together. Nothing in the file but its pixels gives the text away. The size is there
so that a note which survived resizing or cropping in an editor is recognised as stale.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sokdok.files import replacing
from sokdok.pages.cells import CELLS, Cell
from sokdok.pages.page import Page

if TYPE_CHECKING:
    from PIL import Image

KEY = "sokdok"
_NOTE = re.compile(r"cell=(?P<cell>\d+x\d+) size=(?P<size>\d+x\d+) page=(?P<page>[1-9]\d{0,8})/(?P<pages>[1-9]\d{0,8})")


def save_page(page: Page, path: Path) -> None:
    """Write a drawn page as PNG; equal pages become equal bytes, and a killed run leaves no half-written file."""
    from PIL import Image, PngImagePlugin

    if page.cell is None:
        raise ValueError(f"{page.source}, page {page.index + 1}, was not drawn by sokdok")
    number, count = page.part or (1, 1)
    width, height = page.size
    info = PngImagePlugin.PngInfo()
    info.add_text(KEY, f"cell={page.cell} size={width}x{height} page={number}/{count}")
    with replacing(path) as temporary:
        page.image.convert("1", dither=Image.Dither.NONE).save(temporary, "PNG", pnginfo=info)


def drawn_as(image: Image.Image) -> tuple[Cell | None, tuple[int, int] | None]:
    """Cell and part of a page that `save_page` wrote; (None, None) for any other image."""
    note = image.info.get(KEY)
    match = _NOTE.fullmatch(note) if isinstance(note, str) else None
    if not match or match["cell"] not in CELLS or match["size"] != f"{image.width}x{image.height}":
        return None, None
    part = int(match["page"]), int(match["pages"])
    return CELLS[match["cell"]], part if part[0] <= part[1] else None


def is_drawn(path: Path) -> bool:
    """Whether a file is a page that `save_page` wrote, by its first bytes."""
    with path.open("rb") as file:
        return f"{KEY}\0cell=".encode() in file.read(1024)
