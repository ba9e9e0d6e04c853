"""The layout of a page that is known by its pixels and the lines a recogniser has read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

import numpy as np

from sokdok.imaging.box import Box
from sokdok.layout.analyse import analyse
from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.open_tables import open_tables
from sokdok.layout.pictures import find_pictures
from sokdok.layout.ruled_tables import ruled_tables
from sokdok.layout.tables.reader import read_table
from sokdok.layout.tables.ruling_lines import Ruling, erased, find_ruling
from sokdok.layout.text_line import TextLine
from sokdok.layout.typeset.seen import set_lines

PAD_EM = 0.5
"""of paper around a table that is cut out"""


def analyse_image(pixels: np.ndarray, lines: Sequence[TextLine]) -> list[LayoutBlock]:
    """Arrange the lines of a page (H, W, 3) uint8 RGB in blocks, its tables and pictures among them.

    Boxes are in pixels of the page; tables have their HTML.
    """
    ruling = find_ruling(pixels, lines) if lines else Ruling()
    gray, unruled = (picture.mean(2).astype(np.uint8) for picture in (pixels, erased(pixels, ruling)))
    tables = ruled_tables(ruling, lines)
    found = open_tables(ruling, lines, median([line.em for line in lines])) if lines else []
    tables += [box for box in found if not any(box.overlap(table) for table in tables)]
    found = find_pictures(gray, unruled, lines)
    pictures = [box for box in found if not any(box.share_in(table) > 0.5 for table in tables)]
    tables = [box for box in tables if not any(picture.holds(*box.middle) for picture in pictures)]
    blocks = analyse(set_lines(lines), pixels.shape[0], pictures, tables)
    return [replace(block, html=_table(pixels, block)) if block.kind == "table" else block for block in blocks]


def _table(pixels: np.ndarray, block: LayoutBlock) -> str:
    """The HTML of a table on a page (H, W, 3) uint8 RGB."""
    lines = block.lines
    box = Box.around([block.box, *(line.box for line in lines)]).grown(PAD_EM * lines[0].em)
    left, top = max(0, round(box.left)), max(0, round(box.top))
    crop = pixels[top : round(box.bottom), left : round(box.right)]
    return read_table(crop, [replace(line, box=line.box.moved(-left, -top)) for line in lines])[0]
