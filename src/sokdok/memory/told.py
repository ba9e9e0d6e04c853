"""A memory in numbers and rows, JSON-ready: what its commands print and its server answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sokdok.memory.turn import Hit, Turn

if TYPE_CHECKING:
    from sokdok.memory.memory import Memory
    from sokdok.memory.view.part import Part
    from sokdok.memory.view.view import View


def turn_row(turn: Turn) -> dict[str, Any]:
    """Return a turn, JSON-ready."""
    return {
        "conversation": turn.conversation,
        "number": turn.number,
        "role": turn.role,
        "text": turn.text,
        "time": turn.time.isoformat(),
        "important": turn.important,
        "meta": turn.meta,
        "images": turn.images,
    }


def hit_row(hit: Hit) -> dict[str, Any]:
    """Return what a search found, JSON-ready."""
    return turn_row(hit.turn) | {"snippet": hit.snippet, "score": hit.score}


def view_row(view: View, tokens: int) -> dict[str, Any]:
    """Return a view without its parts, JSON-ready; `tokens` is the whole conversation's."""
    return {
        "conversation": view.conversation,
        "model": view.model,
        "turns": view.turns,
        "budget": view.budget,
        "tokens": view.tokens,
        "text_tokens": tokens,
        "ratio": tokens / view.tokens if view.tokens else None,
        "exact_count": view.exact_count,
        "text_from": view.text_from,
        "oldest": view.oldest,
    }


def part_row(part: Part) -> dict[str, Any]:
    """Return a part of a view without what it shows, JSON-ready."""
    return {
        "kind": part.kind,
        "tokens": part.tokens,
        "first_turn": part.first_turn or None,
        "last_turn": part.last_turn or None,
        "pinned": part.pinned,
        "level": part.level_number if part.level else None,
        "level_name": part.level.name if part.level else None,
        "page": part.picture.id if part.picture else None,
        "size": part.picture.size if part.picture else None,
    }


def whole_tokens(memory: Memory, model: str, counted: Callable[[int], object] = lambda turns: None) -> int:
    """Count what a model would be sent if it were sent everything: each turn as text, its images as they are.

    `counted` is told of each turn.
    """
    from sokdok.tokens.models import find_model

    reader = find_model(model)
    tokens = memory.store.end(memory.conversation).number * reader.message_tokens
    for turn in memory.store.all_turns(memory.conversation):
        images = sum(reader.image_cost(image.width, image.height).tokens for image in turn.images)
        tokens += reader.count_text(turn.text) + images
        counted(1)
    return tokens
