"""Sources of pages: text drawn as pages, and PDF and image files taken in as pages."""

from __future__ import annotations

from sokdok.pages.cells import CELLS, Cell
from sokdok.pages.draw import render
from sokdok.pages.layout import Layout, lay_out, plan, text_of
from sokdok.pages.page import Page

__all__ = ["CELLS", "Cell", "Layout", "Page", "lay_out", "plan", "render", "text_of"]
