"""All tables of a document as one workbook: a sheet each, in reading order, charts' tables too.

A sheet is called by its page and the table's number there; the caption next to the table is above it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import BinaryIO

from sokdok.documents.document import DocumentPage, Head
from sokdok.documents.write.writer import Wanted
from sokdok.tables.parse import parse_table
from sokdok.tables.workbook import Workbook

CAPTIONS = {"table_caption", "image_caption"}  # kinds of block that say what a table is, right before or behind it


class Writer:
    """Collects the tables of pages as they come; the file is written at the end."""

    def __init__(self, file: BinaryIO, head: Head, wanted: Wanted) -> None:
        self.file = file
        self.book = Workbook()

    def add(self, page: DocumentPage) -> None:
        """A sheet for each table of the page."""
        number = 0
        for at, block in enumerate(page.blocks):
            if not block.html or self.book.full:
                continue
            table = parse_table(block.html)
            if not table.valid:
                continue
            number += 1
            caption = table.caption or _caption(page, at)
            self.book.add(replace(table, caption=caption), f"page {page.number} table {number}")

    def close(self, errors: tuple[str, ...] = ()) -> None:
        """Write the workbook."""
        self.book.save(self.file)


def _caption(page: DocumentPage, at: int) -> str:
    """The caption before a block, else the one behind it."""
    near = (page.blocks[place] for place in (at - 1, at + 1) if 0 <= place < len(page.blocks))
    return next((block.text for block in near if block.kind in CAPTIONS), "")
