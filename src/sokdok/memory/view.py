"""A view: what a model is shown of a conversation, oldest first, within a budget of tokens that is never exceeded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sokdok.memory.images import TurnImage
    from sokdok.memory.ladder import Step
    from sokdok.memory.pagebook import Picture

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


@dataclass(frozen=True)
class View:
    """What `Memory.view` gives back."""

    conversation: str
    model: str
    budget: int
    turns: int
    """of the whole conversation"""
    exact_count: bool
    """whether text tokens were counted with the model's own tokenizer; else by an estimate that errs high"""
    parts: tuple[Part, ...]

    @property
    def tokens(self) -> int:
        """At most `budget`."""
        return sum(part.tokens for part in self.parts)

    @property
    def pages(self) -> tuple[Part, ...]:
        """The parts that are pictures."""
        return tuple(part for part in self.parts if part.picture is not None)

    @property
    def text_from(self) -> int:
        """The first turn that is there as text to its end; 0 if none is."""
        return next((part.first_turn for part in self.parts if part.kind == "turn"), 0)

    @property
    def oldest(self) -> int:
        """The oldest turn that the view shows anything of, apart from important and recalled ones."""
        shown = [part.first_turn for part in self.parts if part.kind in ("page", "abridged", "turn") and not part.key]
        return min(shown, default=0)

    def messages(self, style: Literal["openai", "anthropic"] = "openai") -> list[dict[str, object]]:
        """Chat messages for the provider's API; put your own instructions before them."""
        from sokdok.memory.messages import to_messages

        return to_messages(self.parts, style)


def total(parts: Sequence[Part]) -> int:
    """Tokens of parts."""
    return sum(part.tokens for part in parts)
