"""Sources of pages: text drawn as pages, and PDF and image files taken in as pages."""

from __future__ import annotations

from sokdok.files.text import read_text
from sokdok.pages.cells import CELLS, Cell, get_cell
from sokdok.pages.draw import draw_pages, render
from sokdok.pages.layout import plan, text_of
from sokdok.pages.page import Page, PageError, save_page

__all__ = [
    "CELLS",
    "Cell",
    "Page",
    "PageError",
    "draw_pages",
    "get_cell",
    "plan",
    "read_text",
    "render",
    "save_page",
    "text_of",
]
