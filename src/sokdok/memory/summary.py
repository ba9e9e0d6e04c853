"""What views need of a turn, worked out when it is written: its size, its exact facts, its summary.

- A view of a hundred thousand turns can't read them all, so each is summed up once (`derive`).
- *Exact facts* are what must not be blurred, since nobody can guess it back: addresses, paths, identifiers, numbers and
  names, in English and Korean, found by one regular expression in one pass. A number or an identifier says little
  alone, so up to two words before it come along: `gate code 4417`.
- A *summary* is the whole sentences of a text that say most for their length. Nothing is reworded, so nothing is made
  up. Exact facts count most, by kind, then the number of content words. It is what a turn has on a page that holds too
  many turns for their full text, and its weight decides which turns keep even that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log1p
from typing import NamedTuple

from sokdok.memory.stream import cells, cut, entry, headings, new_day, pinned_entry

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

WEIGHTS = {"url": 3.0, "email": 3.0, "path": 3.0, "id": 3.0, "number": 2.0, "name": 1.0}  # Value of a fact by its kind.


class Fact(NamedTuple):
    """An exact fact: its kind, and its text as it was written, with the words before it where they say what it is."""

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
    """Return a fact with up to two words of its line before it, where the kind alone does not say what it is."""
    if kind not in ("number", "id"):
        return found
    line = text.rfind("\n", 0, start) + 1
    before = _WORDS_BEFORE.search(text, max(line, start - MAX_CONTEXT_CHARS), start)
    return f"{before[0].lstrip()}{found}" if before else found


MAX_SUMMARY_CELLS = 160  # Length of a turn's summary, at most.
MAX_SENTENCE_CELLS = 144  # Length of a sentence, at most: what is longer is cut between words and counts as several.
HEADER_CELLS = 16  # Length of a turn's number and speaker before its text, about.
GAP = " .. "  # Between sentences that do not follow each other; an ellipsis drawn small is easily misread.
CUT_MARGIN_CELLS = 8  # Room for the longest escape of one character and for the dots behind a cut.
IMPORTANT_WEIGHT = 100.0  # Weight of being important: more than any text has by itself.
WORD_WEIGHT = 0.3  # Weight of the logarithm of the number of content words, beside the facts' own weights.
FREE_WORDS = 2  # Content words that count nothing, since any greeting has as many.

_SENTENCE = re.compile(r"[^\n.!?。！？]+(?:[.!?。！？]+(?=\s|$)|[.!?](?=\S)[^\n.!?。！？]*)*[.!?。！？]*")
_CONTENT_WORD = re.compile(r"[A-Za-z]{4,}|[가-힣]{2,}|\d+")


class Sentence(NamedTuple):
    """A sentence of a text, on one line."""

    text: str
    size: int  # Cells.
    value: float  # Value per cell, with a header's length counted in.


def sentences(text: str, facts: Sequence[Fact]) -> list[Sentence]:
    """Return the sentences of a text in order; `facts` are what `find_facts` found in it."""
    found = []
    for part, size in _parts(text):
        contained = [fact for fact in facts if fact.text in part]
        found.append(Sentence(part, size, _value(part, contained) / (HEADER_CELLS + size)))
    return found


def summarize(text: str, facts: Sequence[Fact]) -> str:
    """Return the text on one line, or its most telling sentences, in at most `MAX_SUMMARY_CELLS` cells."""
    text = text[:MAX_TEXT_CHARS]
    whole = " ".join(text.split())
    if len(whole) <= MAX_SUMMARY_CELLS and cells(whole) <= MAX_SUMMARY_CELLS:
        return whole
    found = sentences(text, facts)
    chosen, left = [], MAX_SUMMARY_CELLS + len(GAP)
    for i in sorted(range(len(found)), key=lambda i: -found[i].value):
        if found[i].size + len(GAP) <= left:
            chosen.append(i)
            left -= found[i].size + len(GAP)
    if chosen:
        return GAP.join(found[i].text for i in sorted(chosen))
    best = max(found, key=lambda sentence: sentence.value).text if found else whole
    return cut(best, 0, MAX_SUMMARY_CELLS - CUT_MARGIN_CELLS) + ".."


def weigh(summary: str, facts: Sequence[Fact], important: bool) -> float:
    """Return the value of a turn's summary per cell; that of an important turn lies above all others."""
    contained = [fact for fact in facts if fact.text in summary]
    return _value(summary, contained) / (HEADER_CELLS + cells(summary)) + IMPORTANT_WEIGHT * important


def _value(text: str, facts: Sequence[Fact]) -> float:
    """Sum the weights of the facts in a text, and a little for its distinct content words."""
    words = len({word.lower() for word in _CONTENT_WORD.findall(text)})
    return sum(WEIGHTS[fact.kind] for fact in facts) + WORD_WEIGHT * log1p(max(0, words - FREE_WORDS))


def _parts(text: str) -> Iterator[tuple[str, int]]:
    """Yield sentences on one line each, long ones in pieces, with their cells."""
    for part in _SENTENCE.findall(text):
        line = " ".join(part.split())
        size = cells(line)
        if size <= MAX_SENTENCE_CELLS:
            yield from [(line, size)] if line else []
            continue
        most = MAX_SENTENCE_CELLS * len(line) // size
        for piece in re.findall(rf".{{1,{most}}}(?:\s|$)|.{{{most}}}|.+$", line):
            yield piece.strip(), cells(piece.strip())


@dataclass(frozen=True)
class Derived:
    """What follows from a turn's exact text and its place in the conversation, and can be worked out again."""

    size: int  # Cells on the conversation's stream.
    pinned_size: int  # Cells on the pinned stream; 0 for a turn that has no part in it.
    summary: str  # The turn in at most `summary.MAX_SUMMARY_CELLS` cells.
    weight: float  # Value of the summary per cell: which turns keep even that on a page of very many.
    facts: tuple[Fact, ...]


def derive(
    text: str, speaker: str, number: int, time: datetime, previous_time: datetime | None, important: bool
) -> Derived:
    """Work out size, summary and facts of a turn. Raises InputError for a text that is not valid Unicode."""
    facts = find_facts(text)
    summary = summarize(text, facts)
    day = new_day(time, previous_time)
    pinned = pinned_entry(number, speaker, text, important)
    return Derived(
        cells(entry(number, speaker, text, day), headings(day)),
        cells(pinned, headings()) if pinned else 0,
        summary,
        weigh(summary, facts, important),
        facts,
    )
