"""The parts of a view: what each shows, of which turns, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sokdok.memory.forgetting.levels import Step
    from sokdok.memory.forgetting.page_book import Picture
    from sokdok.memory.store.images import TurnImage

Kind = Literal["legend", "page", "abridged", "factsheet", "recalled", "turn"]
"""abridged: a step that is shown as text; recalled: a turn from further back, sharp again"""


@dataclass(frozen=True)
class Part:
    """One piece of a view."""

    kind: Kind
    tokens: int
    """with its share of the message around it"""
    first_turn: int = 0
    last_turn: int = 0
    text: str = ""
    """what is written on it, of a page too"""
    role: str = "user"
    step: Step | None = None
    level: int = 0
    """of the step: 0 is the sharpest"""
    key: bool = False
    """whether it shows the key stream: important turns and headings"""
    picture: Picture | None = None
    images: tuple[tuple[TurnImage, bytes], ...] = ()
    """of a turn"""


def total(parts: Sequence[Part]) -> int:
    """Tokens of parts."""
    return sum(part.tokens for part in parts)
