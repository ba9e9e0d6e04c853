"""Whether a space stands between two lines of Korean: where lines end inside words, the line's end does not tell.

A logistic regression over hashed n-grams around the line's end, learned from Korean text by
`lab/scripts/language/build_korean_spacing.py`; Latin letters count as one sign, digits as another.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from zlib import crc32

TABLE = 1 << 16  # weights, a signed byte each
SCALE = 16  # stored weight for a log-odds of 1
_LATIN, _DIGIT = re.compile(r"[A-Za-z\u00c0-\u024f]"), re.compile(r"\d")


def signs(text: str) -> str:
    """Text with one sign for all Latin letters and one for all digits."""
    return _DIGIT.sub("0", _LATIN.sub("a", text))


def features(before: str, after: str) -> list[int]:
    """Places in the table for the signs, spaces apart, before and behind a line's end; three of each are looked at."""
    b, a = f"^^^{before}"[-3:], f"{after}$$$"[:3]
    grams = (
        f"1{b[2]}",
        f"2{a[0]}",
        f"3{b[2]}{a[0]}",
        f"4{b[1:]}",
        f"5{a[:2]}",
        f"6{b[1:]}{a[0]}",
        f"7{b[2]}{a[:2]}",
        f"8{b[1:]}{a[:2]}",
        f"9{b}",
        f"0{a}",
        f"+{b}{a[0]}",
        f"-{b[2]}{a}",
    )
    return [crc32(gram.encode()) & (TABLE - 1) for gram in grams]


def space_score(before: str, after: str) -> float:
    """Log-odds that a space stands between two pieces of a Korean text."""
    dense_before, dense_after = ("".join(signs(text).split()) for text in (before[-8:], after[:8]))
    weights = _weights()
    total = sum(weights[place] for place in features(dense_before, dense_after))
    return total / SCALE


@cache
def _weights() -> memoryview:
    return memoryview(files("sokdok.layout").joinpath("korean_spacing.bin").read_bytes()).cast("b")
