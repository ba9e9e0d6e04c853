"""Drawn pictures of several kinds in turn, and the lines of text on them: what line-level nets learn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

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


@dataclass(frozen=True)
class LineTruth:
    """A line on a page: its symbols and their boxes (N, 4) in page pixels."""

    text: str
    boxes: np.ndarray


def lines_of(page: SyntheticPage) -> list[LineTruth]:
    """Cut a page into the lines that hold anything."""
    lines = [LineTruth(page.symbols[a:b], page.boxes[a:b]) for a, b in _spans(page)]
    return [line for line in lines if line.text.strip()]


def line_starts(page: SyntheticPage) -> list[int]:
    """Find where the lines that `lines_of` gives begin among the page's symbols."""
    return [a for a, b in _spans(page) if page.symbols[a:b].strip()]


def _spans(page: SyntheticPage) -> list[tuple[int, int]]:
    """Find begin and end of every line, its line feed left out."""
    ends = [i for i, symbol in enumerate(page.symbols) if symbol == "\n"]
    return list(zip([0, *(end + 1 for end in ends)], ends, strict=False))
