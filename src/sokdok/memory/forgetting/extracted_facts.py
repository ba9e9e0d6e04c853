"""The factsheet: exact things of turns that have become illegible, as a few lines of text.

Addresses, paths and identifiers come before numbers, numbers before names, and of equals the newer one stays. What an
abridged page of the same view still says is not said again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sokdok.memory.store.facts import WEIGHTS, Fact

HEADING = "Exact details from turns that are no longer legible, by turn number:"
CANDIDATES = {("url", "email", "path", "id"): 240, ("number",): 120, ("name",): 40}
"""how many of the newest of some kinds compete"""
REACH = 50_000
"""turns back from where they became illegible"""


def factsheet(found: Sequence[tuple[int, Fact]], most: int, count: Callable[[str], int]) -> str:
    """As many of `found`, (turn, fact) from old to new, as fit into `most` tokens; empty if none does."""
    ranked = sorted(range(len(found)), key=lambda i: (-WEIGHTS[found[i][1].kind], -i))
    kept: list[int] = []
    left = most - count(HEADING) - 1
    for i in ranked:
        tokens = count(f"\n[{found[i][0]}] {found[i][1].text}") + 1
        if tokens <= left:
            kept.append(i)
            left -= tokens
    text = _write([found[i] for i in sorted(kept)])
    while kept and count(text) > most:  # tokens of parts may add up to less than those of the whole
        kept.pop()
        text = _write([found[i] for i in sorted(kept)])
    return text if kept else ""


def _write(facts: Sequence[tuple[int, Fact]]) -> str:
    """One line a turn."""
    lines: dict[int, list[str]] = {}
    for number, fact in facts:
        lines.setdefault(number, []).append(fact.text)
    return "\n".join([HEADING, *(f"[{number}] {'; '.join(texts)}" for number, texts in lines.items())])
