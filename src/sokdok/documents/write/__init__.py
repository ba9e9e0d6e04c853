"""Documents as Markdown, HTML, JSON and plain text: whole, or page by page in bounded memory, with the same result."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import TextIO

from sokdok.documents.document import Document
from sokdok.documents.write.html import HtmlWriter
from sokdok.documents.write.json_file import JsonWriter, from_json
from sokdok.documents.write.markdown import MarkdownWriter
from sokdok.documents.write.text import TextWriter
from sokdok.documents.write.writer import PageWriter

__all__ = ["WRITERS", "PageWriter", "from_json", "to_html", "to_json", "to_markdown", "to_text"]

WRITERS: dict[str, Callable[[TextIO, Document, bool, bool], PageWriter]] = {
    "markdown": lambda file, head, furniture, words: MarkdownWriter(file, head, keep_furniture=furniture),
    "html": lambda file, head, furniture, words: HtmlWriter(file, head, keep_furniture=furniture),
    "json": lambda file, head, furniture, words: JsonWriter(file, head, words=words),
    "text": lambda file, head, furniture, words: TextWriter(file, head),
}
"""form -> writer on an open text file, from a document without pages, whether headers and footers are kept, and whether
JSON has words with their places"""


def to_markdown(document: Document, *, keep_furniture: bool = False) -> str:
    """Write a document as Markdown: tables as HTML, formulas as LaTeX; headers, footers, page numbers on demand."""
    return _written(document, "markdown", keep_furniture)


def to_html(document: Document, *, keep_furniture: bool = False) -> str:
    """Write a document as one page of HTML without scripts; headers, footers and page numbers on demand."""
    return _written(document, "html", keep_furniture)


def to_json(document: Document) -> str:
    """Write everything that is known of a document, its words too; `from_json` gives it back."""
    return _written(document, "json")


def to_text(document: Document) -> str:
    """Write a document as plain text, headers and footers too; a form feed between pages."""
    return _written(document, "text")


def _written(document: Document, form: str, keep_furniture: bool = False) -> str:
    file = StringIO()
    writer = WRITERS[form](file, document, keep_furniture, True)
    for page in document.pages:
        writer.add(page)
    writer.close(document.errors)
    return file.getvalue()
