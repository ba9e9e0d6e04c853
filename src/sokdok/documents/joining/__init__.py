"""What a page's end cuts, and what repeats on every page, found by the text: page by page."""

from __future__ import annotations

from sokdok.documents.joining.furniture import REACH
from sokdok.documents.joining.stream import Wholes, joined_pages, whole_pages

__all__ = ["REACH", "Wholes", "joined_pages", "whole_pages"]
