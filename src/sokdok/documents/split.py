"""Markdown that a reader wrote without saying where its blocks are, parted into blocks.

- HTML tables, fenced code and displayed formulas end a block wherever they stand; blank lines do everywhere else.
- A heading is a line by itself with its hashes; a hash in the middle of a paragraph may be a comment in a program.
- No text is lost; only white space between blocks is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sokdok.documents.notation import is_list, is_pipe_table

_WHOLE = re.compile(
    r"(?P<table><table\b.*?(?:</table\s*>|\Z))"
    r"|^(?P<code>(?P<fence>`{3,}+|~{3,}+)[^\n]*\n.*?(?:^(?P=fence)[^\S\n]*$|\Z))"
    r"|^[^\S\n]*(?P<formula>\\\[(?:(?!\\[\[\]]).)*\\\]|\$\$[^$]+\$\$)[^\S\n]*$",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_BLANK = re.compile(r"\n[^\S\n]*\n\s*")
_HEADING = re.compile(r"(#{1,6})[ \t]+\S[^\n]*")


def split(text: str) -> list[tuple[str, str]]:
    """Kind and text of each block: title, sub_title, text, list, code, formula or table."""
    found: list[tuple[str, str]] = []
    start = 0
    for match in _WHOLE.finditer(text):
        found += _paragraphs(text[start : match.start()])
        found.append((_kind_of_match(match), match.group().strip()))
        start = match.end()
    return [*found, *_paragraphs(text[start:])]


def _kind_of_match(match: re.Match[str]) -> str:
    return next(kind for kind in ("table", "code", "formula") if match[kind])


def _paragraphs(text: str) -> Iterator[tuple[str, str]]:
    for paragraph in _BLANK.split(text.strip("\n")):
        if paragraph.strip():
            yield _kind(paragraph), paragraph.strip("\n").rstrip()


def _kind(paragraph: str) -> str:
    heading = _HEADING.fullmatch(paragraph.strip())
    if heading:
        return "title" if len(heading[1]) == 1 else "sub_title"
    if is_pipe_table(paragraph):
        return "table"
    return "list" if is_list(paragraph) else "text"
