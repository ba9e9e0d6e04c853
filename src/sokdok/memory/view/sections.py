"""Group a view into sections: one for each level, from faded to sharp, and one for each other kind of part."""

from __future__ import annotations

from dataclasses import dataclass

from sokdok.memory.view.part import Kind, Part, total
from sokdok.memory.view.view import View

_NAMES: dict[Kind, str] = {"facts": "details", "turn": "text"}  # Names of sections that are not called by their kind.


@dataclass(frozen=True)
class Section:
    """Parts of a view that belong together, in its order."""

    kind: Kind
    level_number: int | None
    """Number of the level, 0 being the sharpest; None of other parts and of the pinned stream, whose levels are one."""
    parts: tuple[Part, ...]

    @property
    def name(self) -> str:
        """Name in a word or two."""
        if self.pinned:
            return "important"
        return _NAMES.get(self.kind, self.kind if self.level_number is None else self.level_name)

    @property
    def level_name(self) -> str:
        """Name of its level (`Level.name`); empty for what stands on none."""
        level = self.parts[0].level
        return level.name if level and not self.pinned else ""

    @property
    def pinned(self) -> bool:
        """Whether it shows the pinned stream."""
        return self.parts[0].pinned

    @property
    def tokens(self) -> int:
        """Tokens of all its parts."""
        return total(self.parts)

    @property
    def first_turn(self) -> int:
        """The oldest turn in it; 0 if it shows none."""
        return min(part.first_turn for part in self.parts)

    @property
    def last_turn(self) -> int:
        """The newest turn in it."""
        return max(part.last_turn for part in self.parts)


def sections(view: View) -> list[Section]:
    """Return the sections of a view in the order of their first parts, the newest turns last."""
    found: dict[tuple[Kind, bool, int | None], list[Part]] = {}
    for part in view.parts:
        number = part.level_number if part.level and not part.pinned else None
        kind: Kind = "page" if part.pinned else part.kind
        found.setdefault((kind, part.pinned, number), []).append(part)
    made = [Section(kind, number, tuple(parts)) for (kind, _, number), parts in found.items()]
    return sorted(made, key=lambda section: section.kind == "turn")
