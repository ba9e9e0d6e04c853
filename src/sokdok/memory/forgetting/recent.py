"""The recent window: the newest turns as exact text, where that text may begin, and what it costs from there on.

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

from sokdok.memory.text.stream import cells, cut_at
from sokdok.memory.turn import with_images

if TYPE_CHECKING:
    from sokdok.memory.store.store import Store
    from sokdok.memory.turn import Turn

CELLS_PER_TOKEN_READ = 8  # Cells read at once for each token still to fill; English has four or five to a token.

Cost = Callable[["Turn", str, bool], int]
"""Tokens of a piece: its turn, its text, and whether it is the turn's last piece, with which its images are counted."""


@dataclass(frozen=True)
class Piece:
    """A turn, or a quantum of a long one."""

    position: int  # First cell on the stream.
    turn: Turn
    text: str
    tokens: int  # Tokens of its text, and of the turn's images with the turn's last piece.


class RecentWindow:
    """The newest pieces of a conversation, from which on its text may begin."""

    def __init__(self, pieces: Sequence[Piece], message_tokens: int, quantum: int) -> None:
        self.pieces = pieces
        self.beginnings = _beginnings([piece.position for piece in pieces], quantum)
        """Indices of pieces at which the text may begin, the oldest first, and the number of pieces."""
        self._costs = _suffix_costs(pieces, message_tokens)

    def cost(self, beginning: int) -> int:
        """Return the tokens of everything from piece `beginning` on, as chat messages."""
        return self._costs[beginning]

    def turns(self, beginning: int) -> list[tuple[Turn, str]]:
        """Return the turns from piece `beginning` on, each with the text that is left of it."""
        found: dict[int, tuple[Turn, str]] = {}
        for piece in self.pieces[beginning:]:
            before = found.get(piece.turn.number)
            found[piece.turn.number] = (piece.turn, before[1] + piece.text if before else piece.text)
        return list(found.values())


def read_recent(store: Store, conversation: str, end: int, budget: int, quantum: int, cost: Cost) -> list[Piece]:
    """Read the newest pieces before stream position `end`, back to where they cost more than `budget` tokens."""
    pieces: list[Piece] = []
    spent = 0
    while end > 0 and spent <= budget:
        start = max(0, end - max(quantum, CELLS_PER_TOKEN_READ * (budget - spent)))
        for turn in reversed(store.span(conversation, start, end)):
            for piece in reversed(_pieces(turn, quantum, cost)):
                if spent > budget:
                    break
                pieces.append(piece)
                spent += piece.tokens
            end = turn.start
    return pieces[::-1]


def _pieces(turn: Turn, quantum: int, cost: Cost) -> list[Piece]:
    """Return a turn whole, or cut at the multiples of the quantum."""
    if turn.size <= quantum:
        return [Piece(turn.start, turn, turn.text, cost(turn, turn.text, True))]
    end = turn.start + turn.size
    text_start = end - 1 - cells(with_images(turn.text, turn.images))  # behind the header; a line end closes the entry
    places = list(range((text_start // quantum + 1) * quantum, end, quantum))
    texts = cut_at(turn.text, [place - text_start for place in places]) if places else [turn.text]
    filled = [(place, text) for place, text in zip([turn.start, *places], texts, strict=True) if text]
    later = [Piece(place, turn, text, cost(turn, text, place == filled[-1][0])) for place, text in filled[1:]]
    # Tokens of parts add up to more than those of the whole, which is what is sent if all of it is.
    first = cost(turn, turn.text, True) - sum(piece.tokens for piece in later)
    return [Piece(turn.start, turn, filled[0][1] if filled else "", first), *later]


def _suffix_costs(pieces: Sequence[Piece], message_tokens: int) -> list[int]:
    """Return the tokens from each piece on, and 0 behind the last: suffix sums with a message for each turn."""
    costs = [0] * (len(pieces) + 1)
    later = None
    for number in range(len(pieces) - 1, -1, -1):
        piece = pieces[number]
        costs[number] = costs[number + 1] + piece.tokens + (message_tokens if piece.turn.number != later else 0)
        later = piece.turn.number
    return costs


def _beginnings(positions: Sequence[int], quantum: int) -> list[int]:
    """Return the first piece behind each multiple of the quantum, the oldest first, and the number of pieces."""
    if not positions:
        return [0]
    grid = range(positions[0] // quantum * quantum, positions[-1] + quantum, quantum)
    numbers = {bisect_left(positions, place) for place in grid}
    return sorted({number for number in numbers if number < len(positions)} | {len(positions)})
