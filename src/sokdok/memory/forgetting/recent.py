"""The newest turns as exact text: where that text may begin, and what it costs from there on.

- It begins at a turn, or within one that is longer than a quantum, so that a single turn of any length can fade at its
  old end while its new end is still text.
- Of all those places only the first behind each multiple of the quantum is used: the beginning moves in steps, and
  between two steps a prompt's prefix stays as it was.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sokdok.memory.store.stream import cells, cut_at
from sokdok.memory.store.turn import with_images

if TYPE_CHECKING:
    from sokdok.memory.store.store import Store
    from sokdok.memory.store.turn import Turn

CELLS_AT_ONCE = 8
"""cells read for every token still to fill; English has four or five to a token"""


@dataclass(frozen=True)
class Piece:
    """A turn, or a quantum of a long one."""

    position: int
    """cell of the stream at which it begins"""
    turn: Turn
    text: str
    tokens: int
    """of its text, and of the turn's images with the turn's last piece"""


class Tail:
    """The newest pieces of a conversation, at least `budget` tokens of them if there are as many."""

    def __init__(self, pieces: Sequence[Piece], message_tokens: int, quantum: int) -> None:
        self.pieces = pieces
        self.message_tokens = message_tokens
        self._costs = _suffix_costs(pieces, message_tokens)
        self.beginnings = _beginnings([piece.position for piece in pieces], quantum)

    def cost(self, piece: int) -> int:
        """Tokens of everything from piece number `piece` on, as chat messages."""
        return self._costs[piece]

    def turns(self, piece: int) -> list[tuple[Turn, str]]:
        """The turns from a piece on, each with the text that is left of it; a cut one begins with an ellipsis."""
        shown: dict[int, tuple[Turn, str]] = {}
        for part in self.pieces[piece:]:
            before = shown.get(part.turn.number)
            shown[part.turn.number] = (part.turn, before[1] + part.text if before else part.text)
        return list(shown.values())


def read_tail(
    store: Store, conversation: str, end: int, budget: int, quantum: int, cost: Callable[[Turn, str, bool], int]
) -> list[Piece]:
    """The newest pieces before stream position `end`, back to where they cost more than `budget` tokens.

    `cost` counts a piece of a turn; its last argument says whether it is the turn's last piece.
    """
    pieces: list[Piece] = []
    spent = 0
    while end > 0 and spent <= budget:
        start = max(0, end - max(quantum, CELLS_AT_ONCE * (budget - spent)))
        for turn in reversed(store.span(conversation, start, end)):
            for piece in reversed(_pieces(turn, quantum, cost)):
                if spent > budget:
                    break
                pieces.append(piece)
                spent += piece.tokens
            end = turn.start
    return pieces[::-1]


def _pieces(turn: Turn, quantum: int, cost: Callable[[Turn, str, bool], int]) -> list[Piece]:
    """A turn whole, or cut at the multiples of the quantum."""
    if turn.size <= quantum:
        return [Piece(turn.start, turn, turn.text, cost(turn, turn.text, True))]
    end = turn.start + turn.size
    text_start = end - 1 - cells(with_images(turn.text, turn.images))  # behind the header; a line end closes the entry
    places = list(range((text_start // quantum + 1) * quantum, end, quantum))
    texts = cut_at(turn.text, [place - text_start for place in places]) if places else [turn.text]
    kept = [(place, text) for place, text in zip([turn.start, *places], texts, strict=True) if text]
    later = [Piece(place, turn, text, cost(turn, text, place == kept[-1][0])) for place, text in kept[1:]]
    # Tokens of parts add up to more than those of the whole, which is what is sent if all of it is.
    first = cost(turn, turn.text, True) - sum(piece.tokens for piece in later)
    return [Piece(turn.start, turn, kept[0][1] if kept else "", first), *later]


def _suffix_costs(pieces: Sequence[Piece], message_tokens: int) -> list[int]:
    """Of the pieces from each one on, and 0 behind the last."""
    costs = [0] * (len(pieces) + 1)
    later = None
    for number in range(len(pieces) - 1, -1, -1):
        piece = pieces[number]
        costs[number] = costs[number + 1] + piece.tokens + (message_tokens if piece.turn.number != later else 0)
        later = piece.turn.number
    return costs


def _beginnings(positions: Sequence[int], quantum: int) -> list[int]:
    """Numbers of the pieces at which the text may begin, the oldest first, and the number behind the last."""
    if not positions:
        return [0]
    grid = range(positions[0] // quantum * quantum, positions[-1] + quantum, quantum)
    numbers = {bisect_left(positions, place) for place in grid}
    return sorted({number for number in numbers if number < len(positions)} | {len(positions)})
