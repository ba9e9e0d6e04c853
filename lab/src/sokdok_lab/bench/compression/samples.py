"""Texts to read back, the buckets they are reported in, and cutting texts to a number of text tokens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sokdok.tokens import count_text

BUCKETS = ("<600", *(f"{low}-{low + 100}" for low in range(600, 1300, 100)), ">1300")
"""Text tokens, lower bound included: the paper's seven buckets, and what lies outside them."""


@dataclass(frozen=True)
class Sample:
    """One text, and what a Fox page has besides it."""

    id: str
    text: str
    bucket: str
    random_text: str = ""  # Random letters of about as many text tokens.
    image: Path | None = None  # The original page.


def bucket_of(tokens: int) -> str:
    """Return the name of the bucket for a text of `tokens` text tokens."""
    if tokens < 600:
        return BUCKETS[0]
    return BUCKETS[-1] if tokens >= 1300 else BUCKETS[1 + (tokens - 600) // 100]


def prefix_of(text: str, tokens: int) -> str:
    """Return the beginning of `text` that costs at most `tokens` text tokens, and not much less.

    Bisection over characters: a cut inside a token re-encodes it as several, so the count isn't quite monotone and the
    result can be a token short, never long.
    """
    low, high = 0, max(tokens, 1)
    while high <= len(text) and count_text(text[:high]) <= tokens:
        low, high = high, 2 * high
    high = min(high, len(text) + 1)  # one past the longest prefix: nothing is cut off a text that fits
    while high - low > 1:
        middle = (low + high) // 2
        if count_text(text[:middle]) <= tokens:
            low = middle
        else:
            high = middle
    return text[:low]


def spans(pool: str, tokens: int, count: int) -> list[str]:
    """Return up to `count` spans of `tokens` text tokens each, spread evenly over `pool`.

    There are as many as lie in it side by side, but at least one: a pool smaller than the span is repeated.
    """
    available = max(count_text(pool), 1)
    number = max(1, min(count, available // tokens))
    starts = [_word_start(pool, i * len(pool) // number) for i in range(number)]
    repeats = 1 + tokens // available
    return [prefix_of("\n".join([pool[start:], *[pool] * repeats]), tokens) for start in starts]


def _word_start(text: str, position: int) -> int:
    """Return the first beginning of a word at `position` or behind it."""
    while 0 < position < len(text) and not text[position - 1].isspace():
        position += 1
    return position if position < len(text) else 0
