"""A page: an image and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

    from sokdok.pages.layout import Layout


@dataclass(frozen=True)
class Page:
    image: Image.Image
    """RGB, origin top left"""
    source: str
    """file name, or `text` for a page that sokdok drew"""
    index: int = 0
    """position in its source, from 0"""
    layout: Layout | None = None
    """where each character stands, for a page that sokdok drew"""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.image.size
