"""What was said, as text under headings of the memory's own: no line of it begins where such a heading would.

A reader of an answer tells turns apart by lines like `[12 user, 2026-01-31 12:00 UTC]`. Lines of what was said are
indented, so none of them can pass for one, whatever was said.
"""

from __future__ import annotations

import re

INDENT = "  "  # What stands before a line of what was said.
_LINE_END = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")  # Whatever a reader may take for the end of a line.
_BEFORE_LINE = re.compile(f"(?:{_LINE_END.pattern})(?=.)", re.DOTALL)


def indented(text: str) -> str:
    """Return a text with every line indented, for below a heading."""
    return f"{INDENT}{continued(text)}" if text else ""


def continued(text: str) -> str:
    """Return a text with every line but the first indented, for behind a heading on its line."""
    return _BEFORE_LINE.sub(rf"\g<0>{INDENT}", text)


def one_line(text: str) -> str:
    """Return a text on one line, white space collapsed."""
    return " ".join(text.split())


def fits(text: str, most: int) -> int:
    """Return how many characters of a text's beginning take at most `most` characters when indented."""
    length = min(len(text), max(0, most - len(INDENT)))
    while length and (over := len(indented(text[:length])) - most) > 0:
        length -= max(1, over // (1 + len(INDENT)))
    return length
