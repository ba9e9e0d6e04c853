"""The account of a page's text: every word that can be seen is in the document once."""

from __future__ import annotations

from dataclasses import dataclass

Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels of the source page; right and bottom are exclusive


@dataclass(frozen=True)
class Ledger:
    """Account of a page's text: every word seen is in the document once."""

    seen: int  # words that can be seen on the page, the text layer's or recognised
    placed: int  # of these: in blocks, cells and figures' texts
    furniture: int = 0  # of these: in headers, footers and page numbers
    unplaced: tuple[str, ...] = ()  # of these: words that are in no block; at most 20 are named
    unread: float = 0.0  # share of the page's ink that looks like type and was not read, 0 to 1
    unread_boxes: tuple[Box, ...] = ()  # where that is

    @property
    def present(self) -> float:
        """Share of the page's text that is in the document, 0 to 1."""
        written = (self.placed + self.furniture) / self.seen if self.seen else 1.0
        return written * (1 - self.unread)

    @property
    def balanced(self) -> bool:
        """Whether every word seen is in the document."""
        return self.seen == self.placed + self.furniture
