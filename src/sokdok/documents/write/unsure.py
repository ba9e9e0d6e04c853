"""Words that were read with little confidence, marked in a block's HTML.

The words of a block are sought in its text, one behind the other. One that is not found, since it was joined or written
otherwise, is passed over: a mark is never put on another word than the one it is meant for.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from sokdok.documents.document import Word

LEAST_CONFIDENCE = 0.6  # of a word that is not marked
MOST_BETWEEN = 200  # characters from the end of one word to the next one that is sought
_PIECE = re.compile(r"<math\b.*?</math>|<[^>]*>|[^<]+", re.DOTALL)
"""a tag, a text, or a formula as a whole: a mark has no place within one"""


def is_unsure(word: Word) -> bool:
    """Whether a word is to be looked at: read with little confidence, or read otherwise by the other source."""
    return bool(word.other) or (word.confidence is not None and word.confidence < LEAST_CONFIDENCE)


def marked(written: str, words: Sequence[Word]) -> str:
    """The HTML of a block, well formed, with a span around each unsure word that says how sure the reader was."""
    if not any(map(is_unsure, words)):
        return written
    pieces = _PIECE.findall(written)
    texts = _Texts([number for number, piece in enumerate(pieces) if piece[0] != "<"], pieces)
    for word in words:
        place = texts.find(html.escape(word.text, quote=False))
        if place and is_unsure(word):
            texts.wrap(*place, f'<span class="unsure" title="{html.escape(_told(word))}">', "</span>")
    return "".join(pieces)


def _told(word: Word) -> str:
    parts = [] if word.confidence is None else [f"confidence {word.confidence:.0%}"]
    if word.other:
        other = "the text layer" if word.source == "reader" else "the reader"
        parts.append(f"{other} says: {word.other}")
    return "; ".join(parts)


class _Texts:
    """The pieces of HTML that are text, and how far they were searched."""

    def __init__(self, numbers: list[int], pieces: list[str]) -> None:
        self.numbers, self.pieces = numbers, pieces
        self.at, self.start = 0, 0

    def find(self, text: str) -> tuple[int, int, int] | None:
        """Piece, start and end of the next place of a text, whole words first; None if it is not near."""
        passed, start = 0, self.start
        for at in range(self.at, len(self.numbers)):
            piece = self.pieces[self.numbers[at]]
            found = piece.find(text, start, start + MOST_BETWEEN - passed + len(text)) if text else -1
            if found >= 0:
                self.at, self.start = at, found + len(text)
                return self.numbers[at], found, self.start
            passed += len(piece) - start
            if passed > MOST_BETWEEN:
                return None
            start = 0
        return None

    def wrap(self, number: int, start: int, end: int, before: str, behind: str) -> None:
        """Put tags around what was found last."""
        piece = self.pieces[number]
        self.pieces[number] = f"{piece[:start]}{before}{piece[start:end]}{behind}{piece[end:]}"
        self.start += len(before) + len(behind)
