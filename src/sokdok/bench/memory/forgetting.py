"""The forgetting curve: how well each step of the ladder reads back, and how much of a turn is left at which age.

- *Fidelity* compares what was read on a page with what is written on it: the reader's doing.
- *Words left* compares what was read of a turn with the turn as it was said, so what abridging takes away counts too.
  Words must be exact and in order (`metrics.words_right`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from sokdok.bench.memory.context import ReadPage, Shown
from sokdok.bench.memory.material import Talk
from sokdok.bench.metrics.fidelity import words_right

_EDGES = (0, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000)
"""ages in turns from which bins begin"""


@dataclass(frozen=True)
class LevelRow:
    """The pages of one step of one view."""

    conversation: str
    budget: int
    level: int
    step: str
    """page and glyph size, abridged or not"""
    key: bool
    """pages of important turns and headings"""
    pages: int
    tokens: int
    """of one page"""
    characters: float
    """on one page"""
    youngest: int
    """age of the last turn on these pages, in turns"""
    oldest: int
    fidelity: float
    worst: float
    """fidelity of the page that was read worst"""
    seconds: float
    """reading time per page"""


@dataclass(frozen=True)
class AgeRow:
    """What is left of the turns of one age under one system."""

    conversation: str
    budget: int
    system: str
    tokens: int
    """of all that is shown"""
    age: str
    """turns from-to, both included; the newest turn has age 0"""
    from_age: int
    to_age: int
    turns: int
    words_left: float
    """share of the words of these turns that can be read, exactly and in order"""


def level_rows(talk: Talk, budget: int, read: Sequence[ReadPage]) -> list[LevelRow]:
    """One row a step that has pages, the sharpest first; key pages apart."""
    groups: dict[tuple[bool, int], list[ReadPage]] = {}
    for page in read:
        groups.setdefault((page.part.key, page.part.level), []).append(page)
    return [_level_row(talk, budget, groups[key]) for key in sorted(groups)]


def _level_row(talk: Talk, budget: int, pages: list[ReadPage]) -> LevelRow:
    first = pages[0].part
    scores = [page.fidelity for page in pages]
    return LevelRow(
        talk.name,
        budget,
        first.level,
        first.step.name if first.step else "",
        first.key,
        len(pages),
        first.tokens,
        fmean(len(page.part.text) for page in pages),
        len(talk.turns) - max(page.part.last_turn for page in pages),
        len(talk.turns) - min(page.part.first_turn for page in pages),
        fmean(scores),
        min(scores),
        fmean(page.seconds for page in pages),
    )


def age_rows(talk: Talk, budget: int, shown: Iterable[Shown]) -> list[AgeRow]:
    """One row a system and bin of ages, the newest first."""
    rows = []
    for system in shown:
        left = [words_right(turn.text, system.turns.get(number, "")) for number, turn in enumerate(talk.turns, 1)]
        left.reverse()  # by age
        for first, last in age_bins(len(left)):
            row = AgeRow(
                talk.name,
                budget,
                system.system,
                system.tokens,
                bin_name(first, last),
                first,
                last,
                last - first + 1,
                fmean(left[first : last + 1]),
            )
            rows.append(row)
    return rows


def age_bins(turns: int) -> list[tuple[int, int]]:
    """(first, last) ages of the bins of a conversation of `turns` turns."""
    edges = [edge for edge in _EDGES if edge < turns] + [turns]
    return [(first, stop - 1) for first, stop in zip(edges, edges[1:], strict=False)]


def bin_name(first: int, last: int) -> str:
    """`10-29`."""
    return f"{first}-{last}"
