"""What a view costs beside the conversation as text, how much of its budget it uses, whether its factsheet is true."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sokdok.bench.memory.material import Talk
from sokdok.bench.metrics.fidelity import collapse
from sokdok.memory.view.view import View

_LINE = re.compile(r"^\[(\d+)\] (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class ViewRow:
    """One view."""

    conversation: str
    budget: int
    turns: int
    raw_tokens: int
    """of the conversation as text, without anything around it"""
    view_tokens: int
    used: float
    """share of the budget"""
    ratio: float
    """raw_tokens / view_tokens"""
    pages: int
    text_turns: int
    """turns that are shown as exact text"""
    factsheet_items: int
    factsheet_exact: float | None
    """share of those that stand in their turn word for word; None without a factsheet"""


def view_row(talk: Talk, view: View, raw_tokens: int) -> ViewRow:
    """A view in numbers."""
    exact = [item in said for said, item in _factsheet_items(talk, view)]
    return ViewRow(
        talk.name,
        view.budget,
        len(talk.turns),
        raw_tokens,
        view.tokens,
        view.tokens / view.budget,
        raw_tokens / view.tokens,
        len(view.pages),
        sum(part.kind == "turn" for part in view.parts),
        len(exact),
        sum(exact) / len(exact) if exact else None,
    )


def _factsheet_items(talk: Talk, view: View) -> list[tuple[str, str]]:
    """(text of its turn, item) for everything on the factsheet."""
    text = "\n".join(part.text for part in view.parts if part.kind == "factsheet")
    return [
        (collapse(talk.turns[int(number) - 1].text), collapse(item))
        for number, items in _LINE.findall(text)
        for item in items.split("; ")
    ]
