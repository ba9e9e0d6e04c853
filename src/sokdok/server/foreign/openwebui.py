"""What Open WebUI's external loader is answered."""

from __future__ import annotations

from pydantic import BaseModel


class Metadata(BaseModel):
    """What is known of a document beside its text."""

    file_name: str
    pages: int
    pages_failed: int
    reader: str


class Loaded(BaseModel):
    """A document as LangChain has them."""

    page_content: str
    """Markdown"""
    metadata: Metadata
