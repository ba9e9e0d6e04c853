"""Levels of forgetting: the ways in which a span of the past can be shown, each cheaper than the one before.

- The stream is cut into equal *chunks*. A level says on what page, in what glyphs, how many chunks are drawn together.
- A level is *whole* if it keeps every word, or *abridged*: whole sentences only, those that tell most.
- A level without a page size shows text instead of a picture.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sokdok.pages.glyphs import GlyphSize

if TYPE_CHECKING:
    from sokdok.tokens.models import VisionModel

CELLS_PER_TOKEN = 4.0  # Cells of English text for a token, about; Korean has 2 to 3.
RESERVED_CELLS = 28  # Cells of a page for the header of a turn that goes on from the page before, and for the end mark.


@dataclass(frozen=True)
class Consumer:
    """The model that is shown a conversation: what it can read, and what text costs it."""

    model: VisionModel
    legible: tuple[GlyphSize, ...]  # Glyph sizes that it reads, largest first.
    cells_per_token: float = CELLS_PER_TOKEN  # Cells of the conversation for a token of its text, as the model counts.
    alphabet: Collection[int] | None = None  # Code points that a page may show as themselves; None: any.


@dataclass(frozen=True)
class Level:
    """One way to show a span of the past."""

    chunks: int  # Chunks shown together, a power of two.
    tokens: int  # Tokens of one page; of a level that is text, at most.
    capacity: int  # Cells that fit.
    size: tuple[int, int] | None  # (width, height) of the page in pixels; None if it is shown as text.
    glyph: GlyphSize | None
    abridged: bool = False

    @property
    def price(self) -> float:
        """Tokens per chunk."""
        return self.tokens / self.chunks

    @property
    def name(self) -> str:
        """Page and glyph: `640x640 8x8`, `abridged 512x512 4x8`, `abridged text`."""
        drawn = f"{self.size[0]}x{self.size[1]} {self.glyph}" if self.size else "text"
        return f"abridged {drawn}" if self.abridged else drawn


@dataclass(frozen=True)
class RetentionPlan:
    """Levels from sharp to faded, for chunks of one length."""

    chunk_cells: int
    levels: tuple[Level, ...]

    @property
    def tokens(self) -> int:
        """Tokens of one page on every level."""
        return sum(level.tokens for level in self.levels)


def capacity(size: tuple[int, int], glyph: GlyphSize) -> int:
    """Return the cells of a page that text can count on: a wide glyph may leave the last cell of every row empty."""
    columns, rows = glyph.grid(size)
    return columns * rows - rows - RESERVED_CELLS
