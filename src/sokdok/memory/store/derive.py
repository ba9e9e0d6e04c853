"""What is worked out once when a turn is written, so that a view of a hundred thousand turns need not read them all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sokdok.memory.store.facts import Fact, find_facts
from sokdok.memory.store.stream import cells, entry, key_entry, new_day
from sokdok.memory.store.summary import digest, weight


@dataclass(frozen=True)
class Derived:
    """Of one turn. All of it follows from the conversation's exact text and can be worked out again."""

    size: int
    """cells on the conversation's stream"""
    key_size: int
    """cells on the key stream; 0 for a turn that has no part in it"""
    digest: str
    weight: float
    """what the digest is worth, a cell"""
    facts: tuple[Fact, ...]


def derive(
    text: str, speaker: str, number: int, time: datetime, previous_time: datetime | None, important: bool
) -> Derived:
    """Raises InputError for a text that is not valid Unicode."""
    facts = find_facts(text)
    short = digest(text, facts)
    return Derived(
        cells(entry(number, speaker, text, new_day(time, previous_time))),
        cells(key_entry(number, speaker, text, important)),
        short,
        weight(short, facts, important),
        facts,
    )
