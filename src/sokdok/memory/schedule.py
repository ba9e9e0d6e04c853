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
    """The pages of a growing stream; `advance` one leaf at a time.

    `pages_a_step` is how many pages a step keeps before its oldest move on.
    """

    def __init__(self, ladder: Ladder, pages_a_step: int) -> None:
        self.ladder = ladder
        self.pages_a_step = pages_a_step
        self.leaves = 0
        self._counts = [0] * len(ladder.steps)
        steps = ladder.steps
        self._ratios = [after.leaves // step.leaves for step, after in zip(steps, steps[1:], strict=False)]
        self.tokens = 0

    def advance_to(self, leaves: int) -> None:
        """Add leaves until there are `leaves`."""
        while self.leaves < leaves:
            self._add()

    def places(self) -> list[Place]:
        """Pages from the oldest to the newest."""
        found: list[Place] = []
        stop = self.leaves
        for number, (count, step) in enumerate(zip(self._counts, self.ladder.steps, strict=True)):
            for _ in range(count):
                first = stop - step.leaves
                found.append(Place(number, first // step.leaves, first, stop))
                stop = first
        return found[::-1]

    def whole_from(self) -> int:
        """The first leaf of those that stand on steps which keep every word."""
        steps = self.ladder.steps
        whole = (count * step.leaves for count, step in zip(self._counts, steps, strict=True) if not step.abridged)
        return self.leaves - sum(whole)

    def _add(self) -> None:
        self.leaves += 1
        self._change(0, 1)
        merged = False
        for step, ratio in enumerate(self._ratios):
            if ratio == 1 and self._counts[step] > self.pages_a_step:
                self._hand_on(step, 1)
            elif ratio > 1 and not merged and self._counts[step] >= self.pages_a_step + ratio:
                self._hand_on(step, ratio)
                merged = True
        if not merged and self._counts[-1] > self.pages_a_step:
            self._change(-1, -1)

    def _hand_on(self, step: int, pages: int) -> None:
        self._change(step, -pages)
        self._change(step + 1, 1)

    def _change(self, step: int, pages: int) -> None:
        self._counts[step] += pages
        self.tokens += pages * self.ladder.steps[step].tokens
