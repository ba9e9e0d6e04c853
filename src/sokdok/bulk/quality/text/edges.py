"""Lines that stand at the top or bottom of many pages of a document: what `documents.joining` left of running heads.

As FinePDFs tells them: the same but for digits and spaces, tables apart, on a share of the pages and on five at least.
"""

from __future__ import annotations

import re
from collections import Counter

from sokdok.bulk.merge.text import DocumentText
from sokdok.bulk.quality.recipe import Boilerplate
from sokdok.bulk.quality.text.words import lines_of

_DIGITS = re.compile(r"\d+")
_TABLE = ("<", "|")


def repeated_edges(document: DocumentText, limits: Boilerplate) -> list[tuple[int, int]]:
    """Start and end of each such line, in order, its line end included."""
    tops, bottoms = [], []
    for start, end in document.page_spans():
        lines = [(start + left, start + right) for left, right in lines_of(document.text[start:end])]
        tops.append(lines[: limits.lines])
        bottoms.append(lines[len(lines) - limits.lines :] if len(lines) > limits.lines else lines)
    found = {line for edge in (tops, bottoms) for line in _repeated(document.text, edge, limits)}
    return [(start, _with_line_end(document.text, end)) for start, end in sorted(found)]


def _repeated(text: str, pages: list[list[tuple[int, int]]], limits: Boilerplate) -> list[tuple[int, int]]:
    """The lines of one edge that stand on enough pages."""
    least = max(limits.least_pages, limits.least_share * len(pages))
    signed = [[(_signature(text[start:end]), (start, end)) for start, end in lines] for lines in pages]
    counts = Counter(signature for lines in signed for signature in {signature for signature, _ in lines})
    return [line for lines in signed for signature, line in lines if signature and counts[signature] >= least]


def _signature(line: str) -> str:
    """What two lines must share; nothing for a table's line, and for one without letters or digits."""
    if line.startswith(_TABLE) or not any(char.isalnum() for char in line):
        return ""
    return _DIGITS.sub("0", "".join(line.split()))


def _with_line_end(text: str, end: int) -> int:
    return end + 1 if text[end : end + 1] == "\n" else end
