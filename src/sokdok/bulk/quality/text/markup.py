r"""Markdown without what is no prose: code, formulas, tags, pictures and marks become blanks, so that places stay.

`$5 and $10` is no formula: an opening dollar has no blank behind it, a closing one none before it and no digit behind
it, as Pandoc reads them. All scans take linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Range = tuple[int, int]  # start and end in characters, end exclusive

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_MARKS = re.compile(
    r"<!--[^<>]*-->|</?[A-Za-z][^<>]*>"  # comments and tags
    r"|!\[[^\[\]\n]*\]\([^()\s]*\)"  # pictures
    r"|(?<=\])\([^()\s]*\)"  # where links lead
    r"|^[ \t]*#{1,6}(?=[ \t])|^>[ \t]",  # headings and quotations
    re.MULTILINE,
)
_DELIMITERS = re.compile(r"\\[\[\]()]|\$\$|(?<!\\)\$|\n")
_ENDS = {"\\[": "\\]", "\\(": "\\)", "$$": "$$", "$": "$"}
_WITHIN_LINES = ("$", "\\(")  # delimiters of formulas that end with their line; others end with their paragraph
_TABLE = re.compile(r"<(/?)table\b[^<>]*>", re.IGNORECASE)
_NOT_BLANK = re.compile(r"[^\n]")


def marks(text: str) -> list[Range]:
    """Places of tags, pictures, targets of links, and the marks of headings and quotations."""
    return [match.span() for match in _MARKS.finditer(text)]


def code(text: str) -> list[Range]:
    """Places of fenced code, fences included; a fence without an end goes on to the end of the text."""
    found: list[Range] = []
    start, fence, at = 0, "", 0
    for line in text.splitlines(keepends=True):
        match = _FENCE.match(line)
        if match and not fence:
            start, fence = at, match[1]
        elif match and match[1].startswith(fence) and not line[match.end() :].strip():
            found.append((start, at + len(line)))
            fence = ""
        at += len(line)
    return [*found, (start, at)] if fence else found


def formulas(text: str) -> list[Range]:
    r"""Places of `$…$` within a line, `$$…$$`, `\(…\)` and `\[…\]`, their delimiters included."""
    found: list[Range] = []
    opened: re.Match[str] | None = None
    for match in _DELIMITERS.finditer(text):
        sign = match[0]
        if sign == "\n":
            ends = text.startswith("\n", match.end()) or (opened is not None and opened[0] in _WITHIN_LINES)
            opened = None if ends else opened
        elif opened is not None and sign == _ENDS[opened[0]] and (sign != "$" or _closes(text, match)):
            found.append((opened.start(), match.end()))
            opened = None
        elif sign in _ENDS and (opened is None or opened[0] in _WITHIN_LINES) and (sign != "$" or _opens(text, match)):
            opened = match
    return found


def tables(text: str) -> list[Range]:
    """Places of HTML tables; one without an end goes on to the end of the text."""
    found: list[Range] = []
    start = None
    for match in _TABLE.finditer(text):
        if not match[1]:
            start = match.start() if start is None else start
        elif start is not None:
            found.append((start, match.end()))
            start = None
    return [*found, (start, len(text))] if start is not None else found


def blanked(text: str, ranges: list[Range]) -> str:
    """The text with blanks in the ranges, which may overlap; line ends stay."""
    parts, at = [], 0
    for start, end in merged(ranges):
        parts += [text[at:start], _NOT_BLANK.sub(" ", text[start:end])]
        at = end
    return "".join([*parts, text[at:]])


def merged(ranges: list[Range]) -> Iterator[Range]:
    """Ranges in order, those that meet or overlap as one."""
    last: Range | None = None
    for start, end in sorted(ranges):
        if last is not None and start <= last[1]:
            last = last[0], max(last[1], end)
            continue
        if last is not None:
            yield last
        last = start, end
    if last is not None:
        yield last


def _opens(text: str, match: re.Match[str]) -> bool:
    return not text[match.end() : match.end() + 1].isspace() and match.end() < len(text)


def _closes(text: str, match: re.Match[str]) -> bool:
    return not text[match.start() - 1].isspace() and not text[match.end() : match.end() + 1].isdigit()
