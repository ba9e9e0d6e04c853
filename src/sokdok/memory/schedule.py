"""Which leaves stand on which step: a log-structured merge tree whose runs are pages.

- A new leaf becomes a page on the first step. A step that holds more pages than it may hands its oldest on to the next
  step, one by one or two merged into one; from the last step they leave the view.
- At most one merge happens for every new leaf, on the finest step that waits for one, so that the cost of a view never
  falls by more than a page or two at a time. That is enough: step k waits for one merge in 2^k leaves.
- It all follows from the number of leaves. Page k of a step always covers the same leaves, so a page, once drawn, is
  the same until it is merged, and the prefix of a prompt stays what it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from sokdok.memory.ladder import Ladder


@dataclass(frozen=True)
class Place:
    """A page of the view: the `index`-th of all pages that its step ever held."""

    step: int
    index: int
    first: int
    """leaf"""
    stop: int
    """leaf behind the last"""


class Schedule:
    """The pages of a growing stream, for any number of leaves up to now.

    `pages_a_step` is how many pages a step keeps before its oldest move on.
    """

    def __init__(self, ladder: Ladder, pages_a_step: int) -> None:
        self.ladder = ladder
        self.pages_a_step = pages_a_step
        steps = ladder.steps
        self._ratios = [after.leaves // step.leaves for step, after in zip(steps, steps[1:], strict=False)]
        self._counts: list[tuple[int, ...]] = [(0,) * len(steps)]
        """pages on each step, for 0, 1, 2 … leaves"""

    def tokens(self, leaves: int) -> int:
        """What all pages cost when `leaves` leaves are on pages."""
        return sum(count * step.tokens for count, step in zip(self._at(leaves), self.ladder.steps, strict=True))

    def places(self, leaves: int) -> list[Place]:
        """Pages from the oldest to the newest."""
        found: list[Place] = []
        stop = leaves
        for number, (count, step) in enumerate(zip(self._at(leaves), self.ladder.steps, strict=True)):
            for _ in range(count):
                first = stop - step.leaves
                found.append(Place(number, first // step.leaves, first, stop))
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
        merged = False
        for step, ratio in enumerate(self._ratios):
            moves = counts[step] > self.pages_a_step if ratio == 1 else counts[step] >= self.pages_a_step + ratio
            if moves and not (merged and ratio > 1):
                counts[step] -= ratio
                counts[step + 1] += 1
                merged = merged or ratio > 1
        if not merged and counts[-1] > self.pages_a_step:
            counts[-1] -= 1
        return tuple(counts)
