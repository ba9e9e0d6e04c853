"""Pages as one Markdown text, without marks of our own."""

from __future__ import annotations

from collections.abc import Iterable

from sokdok.documents import sanitize
from sokdok.documents.document import DocumentPage
from sokdok.documents.write.markdown import page_markdown


def markdown(pages: Iterable[DocumentPage], between: str = "") -> str:
    """Pages; `between` them stands what a client wants there."""
    gap = f"\n\n{between}\n\n" if between else "\n\n"
    texts = map(markdown_of, pages)
    return gap.join(texts if between else filter(None, texts))


def markdown_of(page: DocumentPage) -> str:
    """A page as Markdown; what failed is a quotation, so that no page goes missing unseen."""
    text = page_markdown(page)
    return "\n\n".join(filter(None, (failure_of(page), text)))


def failure_of(page: DocumentPage) -> str:
    """Why a page is not whole, as a quotation; empty if it is."""
    if not page.error:
        return ""
    return f"> {sanitize.markdown_text(f'page {page.number}: ' + ' '.join(page.error.split()))}"
