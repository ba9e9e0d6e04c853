"""What a view is made of: a band of parts for each level, from faded to sharp, and for each other kind of part."""

from __future__ import annotations

from dataclasses import dataclass

from sokdok.memory.view.part import Kind, Part, total
from sokdok.memory.view.view import View


@dataclass(frozen=True)
class Band:
    """Parts of a view that belong together, in its order."""

    kind: Kind
    level: int | None
    """of pages and abridged text: 0 is the sharpest; None of any other, and of the key stream, whose levels are one"""
    parts: tuple[Part, ...]

    @property
    def name(self) -> str:
        """In a word or two."""
        if self.key:
            return "important"
        return {"factsheet": "details", "turn": "text"}.get(self.kind, self.kind if self.level is None else self.step)

    @property
    def step(self) -> str:
        """How it is shown, as the ladder calls it; empty for what stands on no step."""
        step = self.parts[0].step
        return step.name if step and not self.key else ""

    @property
    def key(self) -> bool:
        """Whether it shows the key stream."""
        return self.parts[0].key

    @property
    def tokens(self) -> int:
        """Of all its parts."""
        return total(self.parts)

    @property
    def first_turn(self) -> int:
        """The oldest turn in it; 0 if it shows none."""
        return min(part.first_turn for part in self.parts)

    @property
    def last_turn(self) -> int:
        """The newest turn in it."""
        return max(part.last_turn for part in self.parts)


def bands(view: View) -> list[Band]:
    """The bands of a view in the order of their first parts; what was said last, which may begin before, comes last."""
    found: dict[tuple[Kind, bool, int | None], list[Part]] = {}
    for part in view.parts:
        level = part.level if part.step and not part.key else None
        kind: Kind = "page" if part.key else part.kind
        found.setdefault((kind, part.key, level), []).append(part)
    made = [Band(kind, level, tuple(parts)) for (kind, _, level), parts in found.items()]
    return sorted(made, key=lambda band: band.kind == "turn")
