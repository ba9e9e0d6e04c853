"""Summaries without paraphrase: the whole sentences of a text that tell most for their length.

- Nothing is reworded, so nothing is made up. Exact facts count most, by kind, then the number of content words.
- A turn's summary is worked out when it is stored. It is what the turn has on a page that holds too many turns for
  their full text, and its weight says which turns keep even that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import log1p
from typing import NamedTuple

from sokdok.memory.text.facts import MAX_TEXT_CHARS, WEIGHTS, Fact
from sokdok.memory.text.stream import cells, cut

MAX_SUMMARY_CELLS = 160  # Length of a turn's summary, at most.
MAX_SENTENCE_CELLS = 144  # Length of a sentence, at most: what is longer is cut between words and counts as several.
HEADER_CELLS = 16  # Length of a turn's number and speaker before its text, about.
GAP = " .. "
"""Separator of sentences that do not follow each other; drawn small, an ellipsis character is easily misread."""
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
