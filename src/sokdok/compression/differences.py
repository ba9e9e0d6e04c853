"""What differs between a text and what was read of it, line by line, to be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from os.path import commonprefix

from rapidfuzz.distance import Levenshtein

_BEFORE_CHARS = 24  # of a line before its first difference, in an excerpt
_EXCERPT_CHARS = 72


@dataclass(frozen=True)
class Difference:
    """A place where the two texts differ."""

    line: int  # of the text, from 1
    lines: int  # how many of its lines differ here; 0 where lines were read that it has not
    expected: str  # what the text says, from a little before the first difference; marks visible (`visible`)
    read: str  # what was read there


def differences(expected: str, read: str) -> list[Difference]:
    """List where two texts differ, in the order of their lines, line ends and white space counted.

    The lines are aligned with the fewest edits; lines that are missing or too many one after the other are one place.
    """
    lines, found = expected.splitlines(keepends=True), read.splitlines(keepends=True)
    places: list[Difference] = []
    for step in Levenshtein.opcodes(lines, found):
        start, missing, extra = (
            step.src_start,
            lines[step.src_start : step.src_end],
            found[step.dest_start : step.dest_end],
        )
        if step.tag == "replace":
            pairs = zip(missing, extra, strict=True)
            places += [Difference(start + i + 1, 1, *_excerpts(a, b)) for i, (a, b) in enumerate(pairs)]
        elif step.tag != "equal":
            places.append(Difference(start + 1, len(missing), *_excerpts("".join(missing), "".join(extra))))
    return places


def visible(text: str) -> str:
    r"""Write what can't be seen as escapes: a line end as \n or \r\n, a tab as \t, others as \u2028."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _excerpts(expected: str, read: str) -> tuple[str, str]:
    same = len(commonprefix([expected, read]))
    return _excerpt(expected, same), _excerpt(read, same)


def _excerpt(text: str, place: int) -> str:
    start = max(0, place - _BEFORE_CHARS)
    stop = start + _EXCERPT_CHARS
    return f"{'…' * (start > 0)}{visible(text[start:stop])}{'…' * (stop < len(text))}"
