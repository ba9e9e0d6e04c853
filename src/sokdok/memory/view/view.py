"""A view: what a model is shown of a conversation, oldest first, within a budget of tokens that is never exceeded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sokdok.memory.view.messages import to_messages
from sokdok.memory.view.part import Part, total


@dataclass(frozen=True, repr=False)
class View:
    """A view of a conversation, as `Memory.view` returns it."""

    conversation: str
    model: str
    budget: int
    turns: int
    """Turns of the whole conversation."""
    exact_count: bool
    """Whether text tokens were counted with the model's own tokenizer; else by an estimate that errs high."""
    parts: tuple[Part, ...]

    @property
    def tokens(self) -> int:
        """Tokens of all parts, at most `budget`."""
        return total(self.parts)

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
        shown = [
            part.first_turn for part in self.parts if part.kind in ("page", "abridged", "turn") and not part.pinned
        ]
        return min(shown, default=0)

    def messages(self, style: Literal["openai", "anthropic"] = "openai") -> list[dict[str, object]]:
        """Return chat messages for the provider's API; put your own instructions before them."""
        return to_messages(self.parts, style)

    def __repr__(self) -> str:
        shown = f"{len(self.pages):,} of {len(self.parts):,} parts are pages"
        turns = f"{self.turns:,} turn" + "s" * (self.turns != 1)
        return f"View({self.conversation!r}, {turns}, {self.tokens:,} of {self.budget:,} tokens, {shown})"
