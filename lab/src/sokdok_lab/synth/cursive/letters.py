"""The forms of joined letters: the path of the pen for each, from `letters.txt`, whose head tells its notation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

Strokes = tuple[np.ndarray, ...]
"""paths of the pen, each (N, 2) x and y upwards, in heights of an x from where the letter begins on the baseline"""


@dataclass(frozen=True)
class Form:
    """One way to write a character."""

    strokes: Strokes
    """in one piece but where the pen is lifted; the first is joined to the letter before, the last to the one behind"""
    upstroke: int  # points of the first stroke that lead up from the baseline
    apart: Strokes  # what joins nothing: dots and bars
    width: float  # to where the next letter begins, in heights of an x
    joins: bool  # whether the next letter may be joined to its end


@cache
def forms() -> Mapping[str, tuple[Form, ...]]:
    """Read the forms of each character."""
    read: dict[str, list[Form]] = defaultdict(list)
    for line in (Path(__file__).parent / "letters.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("# "):
            char, path = line.split(" ", 1)
            read[char].append(_form(path))
    return {char: tuple(ways) for char, ways in read.items()}


def _form(path: str) -> Form:
    """Read a form in the notation of the file."""
    words = path.split()
    width = next((float(word[1:]) for word in words if word.startswith("=")), None)
    main, *apart = " ".join(word for word in words if not word.startswith("=")).split("|")
    up, found, body = main.partition(">")
    strokes = tuple(_points(part) for part in (up + body).split("/"))
    return Form(
        strokes,
        len(up.split()) if found else 0,
        tuple(_points(part) for part in apart),
        float(strokes[-1][-1, 0]) if width is None else width,
        width is None,
    )


def _points(path: str) -> np.ndarray:
    return np.array([[float(value) for value in word.split(",")] for word in path.split()])
