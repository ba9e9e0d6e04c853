"""What to keep of a text when there is no room for all of it: whole sentences, those that tell most for their length.

- Nothing is paraphrased, so nothing is made up. Exact things count most, by kind, then the number of content words.
- A turn's digest is worked out when it is stored. It is what the turn has on a page that holds too many turns for their
  full text, and its weight says which turns keep even that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import log1p
from typing import NamedTuple

from sokdok.memory.store.facts import LONGEST_TEXT, WEIGHTS, Fact
from sokdok.memory.store.stream import cells, cut

LONGEST_DIGEST = 160
"""cells"""
LONGEST_SENTENCE = 144
"""cells; what is longer is cut between words and counts as several"""
HEADER = 16
"""cells: about what a turn's number and speaker take up beside its text"""
GAP = " .. "
"""between sentences; drawn small, an ellipsis is easily misread"""
LONGEST_ESCAPE = 8
"""cells of one character at most, and of the dots behind a cut"""
IMPORTANT = 100.0
"""weight of being important: more than any text has by itself"""

_SENTENCE = re.compile(r"[^\n.!?。！？]+(?:[.!?。！？]+(?=\s|$)|[.!?](?=\S)[^\n.!?。！？]*)*[.!?。！？]*")
_CONTENT = re.compile(r"[A-Za-z]{4,}|[가-힣]{2,}|\d+")


class Sentence(NamedTuple):
    """A sentence of a text, on one line."""

    text: str
    size: int
    """cells"""
    worth: float
    """a cell, its share of the header included"""


def sentences(text: str, facts: Sequence[Fact]) -> list[Sentence]:
    """The sentences of a text in order; `facts` are what `find_facts` found in it."""
    found = []
    for part, size in _parts(text):
        held = [fact for fact in facts if fact.text in part]
        found.append(Sentence(part, size, _value(part, held) / (HEADER + size)))
    return found


def digest(text: str, facts: Sequence[Fact]) -> str:
    """The text on one line, or its most telling sentences in at most `LONGEST_DIGEST` cells."""
    text = text[:LONGEST_TEXT]
    whole = " ".join(text.split())
    if len(whole) <= LONGEST_DIGEST and cells(whole) <= LONGEST_DIGEST:
        return whole
    found = sentences(text, facts)
    kept, left = [], LONGEST_DIGEST + len(GAP)
    for i in sorted(range(len(found)), key=lambda i: -found[i].worth):
        if found[i].size + len(GAP) <= left:
            kept.append(i)
            left -= found[i].size + len(GAP)
    if kept:
        return GAP.join(found[i].text for i in sorted(kept))
    best = max(found, key=lambda sentence: sentence.worth).text if found else whole
    return cut(best, 0, LONGEST_DIGEST - LONGEST_ESCAPE) + ".."


def weight(digest: str, facts: Sequence[Fact], important: bool) -> float:
    """How much a turn's digest has to say, a cell."""
    held = [fact for fact in facts if fact.text in digest]
    return _value(digest, held) / (HEADER + cells(digest)) + IMPORTANT * important


def _value(text: str, facts: Sequence[Fact]) -> float:
    """Of its exact things, and a little for its distinct content words beyond the two that any greeting has."""
    words = len({word.lower() for word in _CONTENT.findall(text)})
    return sum(WEIGHTS[fact.kind] for fact in facts) + 0.3 * log1p(max(0, words - 2))


def _parts(text: str) -> Iterator[tuple[str, int]]:
    """Sentences on one line each, long ones in pieces, and their cells."""
    for part in _SENTENCE.findall(text):
        line = " ".join(part.split())
        size = cells(line)
        if size <= LONGEST_SENTENCE:
            yield from [(line, size)] if line else []
            continue
        most = LONGEST_SENTENCE * len(line) // size
        for chunk in re.findall(rf".{{1,{most}}}(?:\s|$)|.{{{most}}}|.+$", line):
            yield chunk.strip(), cells(chunk.strip())
