"""Derive what views need of a turn when it is written: a view of a hundred thousand turns can't read them all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sokdok.memory.text.facts import Fact, find_facts
from sokdok.memory.text.stream import cells, entry, headings, new_day, pinned_entry
from sokdok.memory.text.summary import summarize, weigh


@dataclass(frozen=True)
class Derived:
    """What follows from a turn's exact text and its place in the conversation, and can be worked out again."""

    size: int  # Cells on the conversation's stream.
    pinned_size: int  # Cells on the pinned stream; 0 for a turn that has no part in it.
    summary: str  # The turn in at most `summary.MAX_SUMMARY_CELLS` cells.
    weight: float  # Value of the summary per cell: which turns keep even that on a page of very many.
    facts: tuple[Fact, ...]


def derive(
    text: str, speaker: str, number: int, time: datetime, previous_time: datetime | None, important: bool
) -> Derived:
    """Work out size, summary and facts of a turn. Raises InputError for a text that is not valid Unicode."""
    facts = find_facts(text)
    summary = summarize(text, facts)
    day = new_day(time, previous_time)
    pinned = pinned_entry(number, speaker, text, important)
    return Derived(
        cells(entry(number, speaker, text, day), headings(day)),
        cells(pinned, headings()) if pinned else 0,
        summary,
        weigh(summary, facts, important),
        facts,
    )
