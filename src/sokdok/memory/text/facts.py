"""Exact facts in a text: what must not be blurred, since nobody can guess it back.

- Addresses, paths, identifiers, numbers and names, in English and Korean, found by one regular expression in one pass.
- A number or an identifier says little alone, so up to two words before it come along: `gate code 4417`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_FACTS = 64  # Facts of one turn, at most: the first ones.
MAX_FACT_CHARS = 160  # Length of a fact, at most: what is longer is no fact but a text.
MAX_TEXT_CHARS = 200_000  # Characters of a turn that are searched, from its beginning.
MAX_CONTEXT_CHARS = 24  # Length of the words before a number or identifier that come along, at most.

_PATTERN = re.compile(
    r"""
      (?P<url>\b(?:https?|ftp|s3|ssh|git)://[^\s<>"'`\])}]+|\bwww\.[^\s<>"'`\])}]+)
    | (?P<email>\b[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+)
    | (?P<path>(?<![\w/.])(?:~|\.{1,2})?/(?:[\w.@+-]{1,64}/)*[\w.@+-]{0,64}\w(?![\w/])|\b[A-Za-z]:\\[^\s"'<>|]+
        |(?<![\w/.-])(?:[\w-]{1,64}/)+[\w-]{1,64}\.\w{1,8}\b|(?<![\w/.-])(?:[\w-]{1,64}/){2,}[\w-]{1,64}|\b[\w-]{1,64}\.(?:py|js|ts|c|h|cpp|rs|go|java|sh|md|txt|csv|json|ya?ml|toml|xml|html?
        |pdf|docx?|xlsx?|pptx?|hwpx?|png|jpe?g|gif|zip|tar|gz|sql|db|log|cfg|ini|ipynb)\b)
    | (?P<id>\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b
        |\bv\d+(?:\.\d+)+\b
        |\b(?=[\w-]{0,64}\d)(?=[\w-]{0,64}[A-Za-z])[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*(?<!\d(?:st|nd|rd|th))(?![\w가-힣])
        |\#\d+\b|\b[A-Za-z]+(?:_[A-Za-z0-9]+)+\b|\b[A-Z][A-Z0-9]{2,}\b)
    | (?P<number>[$€£₩¥]\s?\d[\d,.]*\d|[$€£₩¥]\s?\d|(?<![\w.])[-+]?\d+(?:[.,:/-]\d+)*
        (?:\s?(?:%|‰|°C|(?:천|만|억|조)?[원명개건년월일시분초호층번살세회차대권장평]|[kKMG]?[bB]|[mck]?m|[mk]?g|ms|[hs]|px|GHz|st|nd|rd|th)(?![A-Za-z]))?)
    | (?P<name>(?<=[a-z,;:]\ )[A-Z][a-z]+(?:\ (?:of\ |the\ )?[A-Z][a-z]+)*|\b[A-Z][a-z]+(?:\ [A-Z][a-z]+)+
        |(?!대리|과장|차장|부장|팀장|교수|대표|선생|박사)[가-힣]{2,4}(?=\s?(?:씨|님|대리|과장|차장|부장|팀장|교수|대표|선생|박사|의원|위원)))
    """,
    re.VERBOSE,
)
_WORDS_BEFORE = re.compile(r"(?<!\w)(?:[^\W\d_]+ )?[^\W\d_]+[ :=]{1,3}$")

WEIGHTS = {"url": 3.0, "email": 3.0, "path": 3.0, "id": 3.0, "number": 2.0, "name": 1.0}
"""Value of a fact by its kind, for summaries and for the extracted facts of a view."""


class Fact(NamedTuple):
    """An exact fact: its kind, and its text as it was written, with the words before it where they tell what it is."""

    kind: str
    text: str


def find_facts(text: str) -> tuple[Fact, ...]:
    """Find the exact facts of a text in order, each once."""
    facts: dict[str, Fact] = {}
    text = text[:MAX_TEXT_CHARS]
    for match in _PATTERN.finditer(text):
        kind, found = str(match.lastgroup), match[0].rstrip(".,:;")
        if not found or len(found) > MAX_FACT_CHARS or (kind == "number" and len(found) < 2):
            continue
        facts.setdefault(found, Fact(kind, _with_context(text, match.start(), kind, found)))
        if len(facts) == MAX_FACTS:
            break
    return tuple(facts.values())


def _with_context(text: str, start: int, kind: str, found: str) -> str:
    """Return a fact with up to two words of its line before it, where the kind alone does not tell what it is."""
    if kind not in ("number", "id"):
        return found
    line = text.rfind("\n", 0, start) + 1
    before = _WORDS_BEFORE.search(text, max(line, start - MAX_CONTEXT_CHARS), start)
    return f"{before[0].lstrip()}{found}" if before else found
