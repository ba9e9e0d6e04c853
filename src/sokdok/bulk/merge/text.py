"""A document as quality rules and sinks see it: its text, where its pages end in it, and what is known of each page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Route = Literal["text-layer", "reader", "mixed", "file"]
"""what a page's words rest on: its text layer, a reader of pixels, both, or a file that says its words itself"""


@dataclass(frozen=True)
class PageFacts:
    """What is known of a page beside its text."""

    number: int  # from 1
    status: str = "SUCCESS"  # SUCCESS, PARTIAL or FAILURE
    error: str = ""  # why the status is not SUCCESS
    route: Route = "text-layer"
    confidence: float | None = None  # mean of its words', 0 to 1; None if nobody says
    vision_tokens: int = 0
    text_tokens: int = 0
    seconds: float = 0.0
    width: int = 0
    height: int = 0  # pixels; 0 by 0 if it could not be opened
    top: str = ""
    bottom: str = ""  # lines that were left out as a running head and foot


@dataclass(frozen=True)
class DocumentText:
    """All that was read of one document."""

    id: str  # 32 hex digits of the file's sha256
    path: str  # what people call it
    sha256: str
    meta: Mapping[str, str]  # what the source says beside the file: url, date, license …
    text: str  # Markdown, pages joined as `sokdok convert` does, furniture left out
    page_ends: tuple[int, ...]  # offset in `text` behind each page, in characters
    pages: tuple[PageFacts, ...]
    truncated: bool = False  # whether a page failed

    def page_spans(self) -> tuple[tuple[int, int], ...]:
        """Start and end of each page in `text`, in characters."""
        return tuple(zip((0, *self.page_ends), self.page_ends, strict=False))
