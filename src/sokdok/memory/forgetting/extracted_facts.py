"""Extract the exact facts of turns that have become illegible, as a few lines of text.

Addresses, paths and identifiers come before numbers, numbers before names, and of equals the newer one stays. What an
abridged page of the same view still says is not said again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from sokdok.memory.text.facts import WEIGHTS, Fact
from sokdok.memory.text.quoting import one_line

if TYPE_CHECKING:
    from sokdok.memory.store.store import Store

HEADING = "Exact details from turns that are no longer legible, by turn number:"
"""First line of the text, for the model that reads it."""
CANDIDATES = {("url", "email", "path", "id"): 240, ("number",): 120, ("name",): 40}
"""Number of the newest facts of some kinds that compete."""
REACH_TURNS = 50_000  # Turns before the last illegible one in which facts are looked for.

NumberedFact = tuple[int, Fact]  # A fact with the number of its turn.


def lost_facts(store: Store, conversation: str, last: int, legible: Mapping[int, str]) -> list[NumberedFact]:
    """Return facts of turns up to `last`, old to new, that the abridged pages' lines of their turns don't hold."""
    return sorted(
        (number, fact)
        for kinds, most in CANDIDATES.items()
        for number, fact in store.facts(conversation, last - REACH_TURNS, last, most, kinds)
        if one_line(fact.text) not in legible.get(number, "")
    )


def write_facts(found: Sequence[NumberedFact], most: int, count: Callable[[str], int]) -> str:
    """Write as many of `found`, which go from old to new, as fit into `most` tokens; empty if none does."""
    ranked = sorted(range(len(found)), key=lambda i: (-WEIGHTS[found[i][1].kind], -i))
    chosen: list[int] = []
    left = most - count(HEADING) - 1
    for i in ranked:
        tokens = count(f"\n[{found[i][0]}] {one_line(found[i][1].text)}") + 1
        if tokens <= left:
            chosen.append(i)
            left -= tokens
    text = _write([found[i] for i in sorted(chosen)])
    while chosen and count(text) > most:  # tokens of parts may add up to less than those of the whole
        chosen.pop()
        text = _write([found[i] for i in sorted(chosen)])
    return text if chosen else ""


def _write(facts: Sequence[NumberedFact]) -> str:
    """Write the heading and a line for each turn: `[12] gate code 4417; /srv/a.txt`."""
    lines: dict[int, list[str]] = {}
    for number, fact in facts:
        lines.setdefault(number, []).append(one_line(fact.text))
    return "\n".join([HEADING, *(f"[{number}] {'; '.join(texts)}" for number, texts in lines.items())])
