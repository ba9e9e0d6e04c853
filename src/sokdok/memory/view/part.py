"""The parts of a view: what each shows, of which turns, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sokdok.memory.forgetting.levels import Level
    from sokdok.memory.forgetting.page_book import Picture
    from sokdok.memory.images import TurnImage

Kind = Literal["preamble", "page", "abridged", "facts", "recalled", "turn"]
"""abridged: a level that is shown as text; facts: those of illegible turns; recalled: a turn from further back."""


@dataclass(frozen=True)
class Part:
    """One piece of a view."""

    kind: Kind
    tokens: int  # Tokens, with its share of the message around it.
    first_turn: int = 0
    last_turn: int = 0
    text: str = field(default="", repr=False)  # The text on it, of a page too.
    role: str = "user"
    level: Level | None = None
    level_number: int = 0  # Number of the level; 0 is the sharpest.
    pinned: bool = False  # Whether it shows the pinned stream: important turns and headings.
    picture: Picture | None = field(default=None, repr=False)
    images: tuple[tuple[TurnImage, bytes], ...] = field(default=(), repr=False)  # Images of a turn.


def total(parts: Sequence[Part]) -> int:
    """Return the tokens of parts."""
    return sum(part.tokens for part in parts)
