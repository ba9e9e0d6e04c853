"""What all writers of documents have in common."""

from __future__ import annotations

from typing import Protocol

from sokdok.documents.document import DocumentPage


class PageWriter(Protocol):
    """Writes a document page by page; made from an open file and the document's head, which needs no pages."""

    def add(self, page: DocumentPage) -> None:
        """Write the next page."""

    def close(self, errors: tuple[str, ...] = ()) -> None:
        """Write what belongs at the end; the file stays open."""
