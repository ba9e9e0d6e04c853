"""The outline of a PDF file: which headings begin on which page."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from sokdok.pages.textlayer.layer import Entry

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

MAX_ENTRIES = 20_000
MAX_DEPTH = 8
MAX_CHARACTERS = 500  # of a title


def read_outline(document: PdfDocument) -> dict[int, tuple[Entry, ...]]:
    """Entries by the page that they lead to, from 0, in their order; as far as the outline is whole."""
    found: dict[int, list[Entry]] = defaultdict(list)
    with suppress(Exception):  # a damaged outline is as good as none
        for bookmark in islice(document.get_toc(max_depth=MAX_DEPTH), MAX_ENTRIES):
            target = bookmark.get_dest()
            page = target.get_index() if target else None
            if page is not None:
                found[page].append(Entry(bookmark.level + 1, bookmark.get_title()[:MAX_CHARACTERS]))
    return {page: tuple(entries) for page, entries in found.items()}
