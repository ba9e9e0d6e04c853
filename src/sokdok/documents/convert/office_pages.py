"""Pages of office documents: what their file told of them, as pages of a `Document`."""

from __future__ import annotations

from sokdok.documents.build import failed_page
from sokdok.documents.document import Block, DocumentPage
from sokdok.documents.textblocks import list_text
from sokdok.office.file import OfficeFile
from sokdok.office.flow import Piece
from sokdok.pages.page import PageError

READER = "file"  # who read a page that says its words itself
_MARKDOWN = ("\\(", "`")  # begin a formula in the text of an office file, and what is set as code


def office_page(file: OfficeFile, index: int) -> DocumentPage:
    """Page `index` of a file, from 0: it has no pixels, and its blocks have no boxes. A failed one says why."""
    part = file.part(index)
    if isinstance(part, PageError):
        return failed_page(index + 1, part.message)
    said = "1 word that can't be seen is" if part.unseen == 1 else f"{part.unseen:,} words that can't be seen are"
    unseen = f"{said} left out" if part.unseen else ""
    return DocumentPage(
        index + 1,
        0,
        0,
        tuple(block_of(piece, file.kind == "markdown") for piece in part.pieces),
        "PARTIAL" if part.error else "SUCCESS",
        (*part.warnings, *filter(None, (unseen, file.remark))),
        part.error,
        READER,
        source="file",
        evidence="exact",
        evidence_reason="the file says its words itself",
    )


def block_of(piece: Piece, markdown: bool = False) -> Block:
    """A piece as a block of a page; `markdown`: its file is one of Markdown."""
    text = list_text(piece.items) if piece.kind == "list" else piece.text
    return Block(piece.kind, None, text, piece.html, plain=not (markdown or any(sign in text for sign in _MARKDOWN)))
