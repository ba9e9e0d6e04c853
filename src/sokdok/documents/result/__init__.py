"""What Python code gets of a file: a document that writes itself, with its tables and figures at hand."""

from __future__ import annotations

from sokdok.documents.result.convert import convert
from sokdok.documents.result.document import Document, from_json

__all__ = ["Document", "convert", "from_json"]
