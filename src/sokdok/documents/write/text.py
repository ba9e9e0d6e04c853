"""A document as plain text, page by page."""

from __future__ import annotations

from typing import TextIO

from sokdok.documents.document import Document, DocumentPage
from sokdok.documents.sanitize import terminal_text
from sokdok.documents.write.markdown import plain_text

PAGE_BREAK = "\n\f"  # between two pages


class TextWriter:
    """Writes the text of every block, headers and footers too, to an open file; control characters are replaced."""

    def __init__(self, file: TextIO, head: Document) -> None:
        self.file, self.between = file, ""

    def add(self, page: DocumentPage) -> None:
        """Write the page, behind a form feed if it is not the first."""
        self.file.write(self.between + terminal_text(plain_text(page)))
        self.between = PAGE_BREAK

    def close(self, errors: tuple[str, ...] = ()) -> None:
        """Nothing is left to write: plain text holds no notes."""
