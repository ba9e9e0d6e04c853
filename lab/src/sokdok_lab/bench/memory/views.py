"""Measure a view: its tokens beside the conversation's, its use of the budget, whether extracted facts are exact."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sokdok.compress.fidelity import collapse
from sokdok.memory.view import View
from sokdok_lab.bench.memory.material import Talk

_LINE = re.compile(r"^\[(\d+)\] (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class ViewRow:
    """One view."""

    conversation: str
    budget: int
    turns: int
    raw_tokens: int  # Tokens of the conversation as text, without anything around it.
    view_tokens: int
    used: float  # Share of the budget.
    ratio: float  # raw_tokens / view_tokens.
    pages: int
    text_turns: int  # Turns that are shown as exact text.
    extracted_facts: int  # Extracted facts that the view lists.
    facts_exact: float | None  # Share of those that stand in their turn word for word; None if there are none.


def view_row(talk: Talk, view: View, raw_tokens: int) -> ViewRow:
    """Measure a view of a conversation that takes `raw_tokens` as text."""
    exact = [item in said for said, item in _extracted_facts(talk, view)]
    return ViewRow(
        conversation=talk.name,
        budget=view.budget,
        turns=len(talk.turns),
        raw_tokens=raw_tokens,
        view_tokens=view.tokens,
        used=view.tokens / view.budget,
        ratio=raw_tokens / view.tokens,
        pages=len(view.pages),
        text_turns=sum(part.kind == "turn" for part in view.parts),
        extracted_facts=len(exact),
        facts_exact=sum(exact) / len(exact) if exact else None,
    )


def _extracted_facts(talk: Talk, view: View) -> list[tuple[str, str]]:
    """Return (text of its turn, fact) for every extracted fact."""
    text = "\n".join(part.text for part in view.parts if part.kind == "facts")
    return [
        (collapse(talk.turns[int(number) - 1].text), collapse(item))
        for number, items in _LINE.findall(text)
        for item in items.split("; ")
    ]
