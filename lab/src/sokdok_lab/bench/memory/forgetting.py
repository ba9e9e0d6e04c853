"""The forgetting curve: how well the pages of each level read back, and how much of a turn is left at which age.

- *Fidelity* compares what was read on a page with what is written on it: the reader's doing.
- *Words left* compares what was read of a turn with the turn as it was said, so what abridging takes away counts too.
  Words must be exact and in order (`metrics.words_right`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from sokdok_lab.bench.memory.context import Context, ReadPage
from sokdok_lab.bench.memory.material import Talk
from sokdok_lab.bench.metrics.text import words_right

_EDGES = (0, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000)  # Ages in turns at which bins begin.


@dataclass(frozen=True)
class LevelRow:
    """The pages of one level of one view."""

    conversation: str
    budget: int
    level: int  # Number of the level; 0 is the sharpest.
    level_name: str  # Page and glyph size, abridged or not.
    pinned: bool  # Whether these are pages of important turns and headings.
    pages: int
    tokens: int  # Tokens of one page.
    characters: float  # Characters on one page.
    youngest: int  # Age of the last turn on these pages, in turns.
    oldest: int  # Age of the first.
    fidelity: float
    worst: float  # Fidelity of the page that was read worst.
    seconds: float  # Reading time of a page.


@dataclass(frozen=True)
class AgeRow:
    """The legible words of turns of one age under one system."""

    conversation: str
    budget: int
    system: str
    tokens: int  # Tokens of the whole context.
    age: str  # Ages from-to in turns, both included; the newest turn has age 0.
    from_age: int
    to_age: int
    turns: int
    words_left: float  # Share of the words of these turns that can be read, exactly and in order.


def level_rows(talk: Talk, budget: int, read: Sequence[ReadPage]) -> list[LevelRow]:
    """Return a row for each level that has pages, the sharpest first, those of the pinned stream last."""
    groups: dict[tuple[bool, int], list[ReadPage]] = {}
    for page in read:
        groups.setdefault((page.part.pinned, page.part.level_number), []).append(page)
    return [_level_row(talk, budget, groups[key]) for key in sorted(groups)]


def _level_row(talk: Talk, budget: int, pages: list[ReadPage]) -> LevelRow:
    """Average the pages of one level."""
    first = pages[0].part
    scores = [page.fidelity for page in pages]
    return LevelRow(
        conversation=talk.name,
        budget=budget,
        level=first.level_number,
        level_name=first.level.name if first.level else "",
        pinned=first.pinned,
        pages=len(pages),
        tokens=first.tokens,
        characters=fmean(len(page.part.text) for page in pages),
        youngest=len(talk.turns) - max(page.part.last_turn for page in pages),
        oldest=len(talk.turns) - min(page.part.first_turn for page in pages),
        fidelity=fmean(scores),
        worst=min(scores),
        seconds=fmean(page.seconds for page in pages),
    )


def age_rows(talk: Talk, budget: int, contexts: Iterable[Context]) -> list[AgeRow]:
    """Return a row for each system and bin of ages, the newest first."""
    rows = []
    for context in contexts:
        left = [words_right(turn.text, context.turns.get(number, "")) for number, turn in enumerate(talk.turns, 1)]
        left.reverse()  # by age
        for first, last in age_bins(len(left)):
            row = AgeRow(
                conversation=talk.name,
                budget=budget,
                system=context.system,
                tokens=context.tokens,
                age=bin_name(first, last),
                from_age=first,
                to_age=last,
                turns=last - first + 1,
                words_left=fmean(left[first : last + 1]),
            )
            rows.append(row)
    return rows


def age_bins(turns: int) -> list[tuple[int, int]]:
    """Return (first, last) ages of the bins of a conversation of `turns` turns."""
    edges = [edge for edge in _EDGES if edge < turns] + [turns]
    return [(first, stop - 1) for first, stop in pairwise(edges)]


def bin_name(first: int, last: int) -> str:
    """Name a bin: `10-29`."""
    return f"{first}-{last}"
