"""Pages of office documents: what their file told of them, as pages of a `Document`."""

from __future__ import annotations

from sokdok.documents.build import failed_page
from sokdok.documents.document import Block, DocumentPage
from sokdok.documents.textblocks import list_text
from sokdok.office.file import OfficeFile
from sokdok.office.flow import Piece
from sokdok.pages.page import PageError

READER = "file"
"""who read a page that says its words itself"""


def office_page(file: OfficeFile, index: int) -> DocumentPage:
    """Page `index` of a file, from 0: it has no pixels, and its blocks have no boxes. A failed one says why."""
    part = file.part(index)
    if isinstance(part, PageError):
        return failed_page(index + 1, part.message)
    unseen = f"{part.unseen:,} word{'s' * (part.unseen > 1)} that can't be seen left out" if part.unseen else ""
    return DocumentPage(
        index + 1,
        0,
        0,
        tuple(map(block_of, part.pieces)),
        "PARTIAL" if part.error else "SUCCESS",
        (*part.warnings, *filter(None, (unseen, file.remark))),
        part.error,
        READER,
        source="file",
        evidence="exact",
        evidence_reason="the file says its words itself",
    )


def block_of(piece: Piece) -> Block:
    """A piece as a block of a page."""
    if piece.kind == "list":
        return Block("list", None, list_text(piece.items))
    return Block(piece.kind, None, piece.text, piece.html)
