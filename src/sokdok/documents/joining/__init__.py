"""What a page's end cuts, put together again, and what repeats on every page, told from the text: page by page."""

from __future__ import annotations

from sokdok.documents.joining.furniture import REACH
from sokdok.documents.joining.stream import joined_pages

__all__ = ["REACH", "joined_pages"]
