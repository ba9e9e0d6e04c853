"""Drawn pictures of several kinds in turn, the newest of which are kept: what line-level nets learn from."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Generic, TypeVar

Picture = TypeVar("Picture")


class PicturePool(Generic[Picture]):
    """The newest pictures of a row of seeds: `size` of them are kept, of which `fresh` are new at each step.

    makers: what draws the picture of a seed, by kind. turns: how many of each kind come one after the other; a kind
    without a maker gives its turns to the last kind that has one. first: seed of the first picture.
    """

    def __init__(
        self, makers: Mapping[str, Callable[[int], Picture]], turns: Mapping[str, int], size: int, fresh: int,
        first: int = 0,
    ) -> None:  # fmt: skip
        known = [name for name in turns if name in makers]
        order = [name if name in makers else known[-1] for name, count in turns.items() for _ in range(count)]
        self.draw = lru_cache(size + fresh)(lambda seed: makers[order[seed % len(order)]](seed))
        self.size, self.fresh, self.first = size, fresh, first

    def pick(self, step: int, rng: random.Random) -> Picture:
        """Choose one for a step."""
        return self.draw(self.first + step * self.fresh + self.size - rng.randrange(self.size))
