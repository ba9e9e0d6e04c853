"""Schedule chunks on levels: a log-structured merge tree whose runs are pages and whose size is a budget.

- A new chunk becomes a page on the first level. Whenever all pages together cost too much, the level that holds most of
  them hands its oldest on to the next level, one by one or two merged into one; from the last they leave the view.
- No page is abridged while another can still be drawn smaller and keep every word: what is not sharp is all there, as
  long as the budget has room for it. After that the abridged levels hold about equally many pages. As a level covers
  twice the chunks of the one before, k pages a level reach k · 2^levels chunks back.
- It all follows from the number of chunks. Page k of a level always covers the same chunks, so a page, once drawn, is
  the same until it is merged, and the prefix of a prompt stays what it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from operator import mul
from typing import NamedTuple

from sokdok.memory.forgetting.plan import RetentionPlan


class ScheduledPage(NamedTuple):
    """The chunks [first, stop) on a page of level number `level`."""

    level: int
    first: int
    stop: int


class Schedule:
    """The pages of a growing stream, for any number of chunks up to now.

    They cost at most `tokens`, and are at most `pages` where that is limited; the first level's page always fits.
    """

    def __init__(self, plan: RetentionPlan, tokens: int, pages: int | None = None) -> None:
        self.plan = plan
        self._max_tokens, self._max_pages = tokens, pages or 1 << 40
        levels = plan.levels
        self._ratios = [after.chunks // level.chunks for level, after in pairwise(levels)] + [1]
        """Pages of each level that are merged into one of the next."""
        self._prices = [level.tokens for level in levels]
        self._first = [0 if after.abridged else 1 << 40 for after in levels[1:]] + [0]  # Before fuller ones.
        self._counts: list[tuple[int, ...]] = [(0,) * len(levels)]  # Pages on each level for 0, 1, 2 … chunks.
        self._anchor, self._period = 0, 0  # From which number of chunks on they repeat, and after how many.

    def tokens(self, chunks: int) -> int:
        """Return what all pages cost when `chunks` chunks are on pages."""
        return self._price(self._counts_at(chunks))

    def pages(self, chunks: int) -> list[ScheduledPage]:
        """Return pages from the oldest to the newest."""
        found: list[ScheduledPage] = []
        stop = chunks
        for number, (count, level) in enumerate(zip(self._counts_at(chunks), self.plan.levels, strict=True)):
            for _ in range(count):
                first = stop - level.chunks
                found.append(ScheduledPage(number, first, stop))
                stop = first
        return found[::-1]

    def _counts_at(self, chunks: int) -> tuple[int, ...]:
        """Return the pages on each level, one more chunk after the other until they are what they were once before."""
        counts, ratios, first, prices = list(self._counts[-1]), self._ratios, self._first, self._prices
        pages, tokens = sum(counts), self._price(counts)
        ranks = [c + f if c >= r else 0 for c, f, r in zip(counts, first, ratios, strict=True)]  # 0: can't merge
        for number in range(len(self._counts), 0 if self._period else chunks + 1):
            level, change = 0, 1
            while True:
                count = counts[level] = counts[level] + change
                ranks[level] = count + first[level] if count >= ratios[level] else 0
                pages, tokens = pages + change, tokens + change * prices[level]
                if change < 0 and level + 1 < len(counts):
                    level, change = level + 1, 1
                elif pages > 1 and (tokens > self._max_tokens or pages > self._max_pages):
                    # The fullest of those that can merge, the sharpest of equals; first those whose next is whole.
                    level = ranks.index(max(ranks))
                    change = -ratios[level]
                else:
                    break
            self._counts.append(tuple(counts))
            if self._counts[number] == self._counts[self._anchor]:
                self._period = number - self._anchor
                break
            if not number & (number - 1):  # a power of two: R. Brent's way to find a cycle
                self._anchor = number
        repeated = chunks >= len(self._counts)
        return self._counts[self._anchor + (chunks - self._anchor) % self._period if repeated else chunks]

    def _price(self, counts: Sequence[int]) -> int:
        return sum(map(mul, counts, self._prices))
