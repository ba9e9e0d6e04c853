"""Which leaves stand on which step: a log-structured merge tree whose runs are pages and whose size is a budget.

- A new leaf becomes a page on the first step. Whenever all pages together cost too much, the step that holds most of
  them hands its oldest on to the next step, one by one or two merged into one; from the last step they leave the view.
- So the steps hold about equally many pages. As a step covers twice the leaves of the one before, a budget of k pages a
  step reaches k · 2^steps leaves back, and a short past is shown as sharply as the budget allows.
- It all follows from the number of leaves. Page k of a step always covers the same leaves, so a page, once drawn, is
  the same until it is merged, and the prefix of a prompt stays what it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from sokdok.memory.forgetting.levels import Ladder


@dataclass(frozen=True)
class Place:
    """A page of the view."""

    step: int
    first: int
    """leaf"""
    stop: int
    """leaf behind the last"""


class Schedule:
    """The pages of a growing stream, for any number of leaves up to now.

    They cost at most `tokens`, and are at most `pages` where that is limited; the first step's page always fits.
    """

    def __init__(self, ladder: Ladder, tokens: int, pages: int | None = None) -> None:
        self.ladder = ladder
        self._most_tokens = tokens
        self._most_pages = pages
        steps = ladder.steps
        self._ratios = [after.leaves // step.leaves for step, after in zip(steps, steps[1:], strict=False)] + [1]
        self._prices = [step.tokens for step in steps]
        self._counts: list[tuple[int, ...]] = [(0,) * len(steps)]
        """pages on each step, for 0, 1, 2 … leaves"""

    def tokens(self, leaves: int) -> int:
        """What all pages cost when `leaves` leaves are on pages."""
        return self._price(self._at(leaves))

    def places(self, leaves: int) -> list[Place]:
        """Pages from the oldest to the newest."""
        found: list[Place] = []
        stop = leaves
        for number, (count, step) in enumerate(zip(self._at(leaves), self.ladder.steps, strict=True)):
            for _ in range(count):
                first = stop - step.leaves
                found.append(Place(number, first, stop))
                stop = first
        return found[::-1]

    def whole_from(self, leaves: int) -> int:
        """The first leaf of those that stand on steps which keep every word."""
        counted = zip(self._at(leaves), self.ladder.steps, strict=True)
        return leaves - sum(count * step.leaves for count, step in counted if not step.abridged)

    def _at(self, leaves: int) -> tuple[int, ...]:
        while len(self._counts) <= leaves:
            self._counts.append(self._with_another(list(self._counts[-1])))
        return self._counts[leaves]

    def _with_another(self, counts: list[int]) -> tuple[int, ...]:
        """The pages on each step after one more leaf."""
        counts[0] += 1
        pages, tokens = sum(counts), self._price(counts)
        while pages > 1 and (tokens > self._most_tokens or pages > (self._most_pages or pages)):
            fullest = self._fullest(counts)
            merged = self._ratios[fullest]
            counts[fullest] -= merged
            pages, tokens = pages - merged, tokens - merged * self._prices[fullest]
            if fullest + 1 < len(counts):
                counts[fullest + 1] += 1
                pages, tokens = pages + 1, tokens + self._prices[fullest + 1]
        return tuple(counts)

    def _fullest(self, counts: Sequence[int]) -> int:
        """The step with most pages, the finest of equals, that has as many as one merge takes."""
        fullest, most = 0, 0
        for step, count in enumerate(counts):
            if count > most and count >= self._ratios[step]:
                fullest, most = step, count
        return fullest

    def _price(self, counts: Sequence[int]) -> int:
        return sum(map(mul, counts, self._prices))
