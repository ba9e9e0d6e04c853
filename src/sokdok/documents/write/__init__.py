"""Documents as Markdown, HTML, JSON and plain text: whole, or page by page in bounded memory, with the same result."""

from __future__ import annotations

from io import StringIO

from sokdok.documents.document import Document
from sokdok.documents.write.forms import FORMS, TEXTS, is_text, open_writer, require_form
from sokdok.documents.write.json_file import from_json
from sokdok.documents.write.writer import PageWriter, Pictures, Wanted

__all__ = [
    "FORMS",
    "PageWriter",
    "Pictures",
    "Wanted",
    "from_json",
    "is_text",
    "open_writer",
    "require_form",
    "to_html",
    "to_json",
    "to_markdown",
    "to_text",
]


def to_markdown(document: Document, *, keep_furniture: bool = False) -> str:
    """Write a document as Markdown: tables as HTML, formulas as LaTeX; headers, footers, page numbers on demand."""
    return _written(document, "md", keep_furniture)


def to_html(document: Document, *, keep_furniture: bool = False) -> str:
    """Write a document as one page of HTML without scripts; headers, footers and page numbers on demand."""
    return _written(document, "html", keep_furniture)


def to_json(document: Document) -> str:
    """Write everything that is known of a document, its words too; `from_json` gives it back."""
    return _written(document, "json")


def to_text(document: Document) -> str:
    """Write a document as plain text, headers and footers too; a form feed between pages."""
    return _written(document, "txt")


def _written(document: Document, form: str, keep_furniture: bool = False) -> str:
    file = StringIO()
    writer = TEXTS[form](file, document, Wanted(furniture=keep_furniture, words=True))
    for page in document.pages:
        writer.add(page)
    writer.close(document.errors)
    return file.getvalue()
