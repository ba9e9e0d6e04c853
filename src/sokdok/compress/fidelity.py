"""Measure how much of a text survived, from 0 to 1, and list what differs, line by line, to be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from os.path import commonprefix

from sokdok.edits import edits, similarity

_BEFORE_CHARS = 24  # Characters of a line before its first difference, in an excerpt.
_EXCERPT_CHARS = 72  # Length of an excerpt, at most.


def collapse(text: str) -> str:
    """Return a text with every run of white space as one space, none at the ends."""
    return " ".join(text.split())


def fidelity(truth: str, read: str) -> float:
    """Return 1 - Levenshtein(a, b) / max(len(a), len(b)) over characters, white space collapsed; 1 for two empty texts.

    The metric of arXiv 2601.03714, whose measurements of DeepSeek-OCR stand beside sokdok's.
    """
    return similarity(collapse(truth), collapse(read))


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
    for step in edits(lines, found):
        start, missing, extra = step.start, lines[step.start : step.stop], found[step.other_start : step.other_stop]
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
