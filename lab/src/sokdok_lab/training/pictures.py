"""Drawn pictures of several kinds in turn, and the lines of text on them: what line-level nets learn from."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

import numpy as np

from sokdok_lab.synth.pages.truth import SyntheticPage

Picture = TypeVar("Picture")


def in_turns(makers: Mapping[str, Callable[[int], Picture]], turns: Mapping[str, int]) -> Callable[[int], Picture]:
    """Return what draws the picture of a seed: `turns` says how many of each kind come one after the other.

    A kind without a maker gives its turns to the last kind that has one.
    """
    known = [name for name in turns if name in makers]
    order = [name if name in makers else known[-1] for name, count in turns.items() for _ in range(count)]
    return lambda seed: makers[order[seed % len(order)]](seed)


class PicturePool(Generic[Picture]):
    """The newest pictures of a row of seeds: `size` of them are kept, of which `fresh` are new at each step."""

    def __init__(self, draw: Callable[[int], Picture], size: int, fresh: int, first: int = 0) -> None:
        self.draw, self.size, self.fresh, self.first = lru_cache(size + fresh)(draw), size, fresh, first

    def pick(self, step: int, rng: random.Random) -> Picture:
        """Choose one for a step."""
        return self.draw(self.first + step * self.fresh + self.size - rng.randrange(self.size))


@dataclass(frozen=True)
class LineTruth:
    """A line on a page: its symbols and their boxes (N, 4) in page pixels."""

    text: str
    boxes: np.ndarray
    kind: str = ""  # of the block it belongs to


def lines_of(page: SyntheticPage) -> list[LineTruth]:
    """Cut a page into the lines that hold anything, their line feeds left out."""
    ends = [i for i, symbol in enumerate(page.symbols) if symbol == "\n"]
    spans = [(a, b) for a, b in zip([0, *(end + 1 for end in ends)], ends, strict=False) if page.symbols[a:b].strip()]
    starts = [block.start for block in page.blocks]
    blocks = [page.blocks[at - 1].kind if at else "" for at in np.searchsorted(starts, [a for a, _ in spans], "right")]
    return [LineTruth(page.symbols[a:b], page.boxes[a:b], kind) for (a, b), kind in zip(spans, blocks, strict=True)]
