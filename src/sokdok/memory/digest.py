"""The gist of a turn in its own words: whole sentences, those with most exact things and content words first.

Nothing is paraphrased, so nothing is made up. It is what a turn keeps on a page that holds too many turns for their
full text, and `weight` says which turns keep even that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import log1p

from sokdok.memory.facts import LONGEST_TEXT, WEIGHTS, Fact

LONGEST_DIGEST = 160
"""characters"""
GAP = " .. "
"""between sentences; drawn small, an ellipsis is easily misread"""
IMPORTANT = 100.0
"""weight of being important: more than any text has by itself"""

_SENTENCE = re.compile(r"[^\n.!?。！？]+(?:[.!?。！？]+(?=\s|$)|[.!?](?=\S)[^\n.!?。！？]*)*[.!?。！？]*")
_CONTENT = re.compile(r"[A-Za-z]{4,}|[가-힣]{2,}|\d+")


def digest(text: str, facts: Sequence[Fact]) -> str:
    """At most `LONGEST_DIGEST` characters of a text, on one line."""
    whole = " ".join(text[:LONGEST_TEXT].split())
    if len(whole) <= LONGEST_DIGEST:
        return whole
    sentences = [" ".join(part.split()) for part in _SENTENCE.findall(text[:LONGEST_TEXT])]
    sentences = [part for part in sentences if part] or [whole]
    exact = [fact.text for fact in facts]
    ranked = sorted(range(len(sentences)), key=lambda i: -_worth(sentences[i], exact))
    kept, left = [], LONGEST_DIGEST
    for i in ranked:
        if len(sentences[i]) + len(GAP) <= left:
            kept.append(i)
            left -= len(sentences[i]) + len(GAP)
        if left < 20:
            break
    if not kept:
        return shorten(sentences[ranked[0]], LONGEST_DIGEST)
    return GAP.join(sentences[i] for i in sorted(kept))


def shorten(text: str, most: int) -> str:
    """The first words of a text, at most `most` characters with the dots that mark the cut."""
    if len(text) <= most:
        return text
    head = text[: max(0, most - 2)]
    space = head.rfind(" ")
    return (head[:space] if space > most // 2 else head) + ".."


def weight(text: str, facts: Sequence[Fact], important: bool) -> float:
    """How much a turn has to say: its exact things by kind, and the logarithm of its distinct content words."""
    words = {word.lower() for word in _CONTENT.findall(text[:LONGEST_TEXT])}
    exact = min(20.0, sum(WEIGHTS[fact.kind] for fact in facts))
    return exact + log1p(len(words)) + IMPORTANT * important


def _worth(sentence: str, exact: Sequence[str]) -> float:
    """Of a sentence, per character beyond the first thirty."""
    found = sum(2.0 for text in exact if text in sentence)
    return (found + log1p(len(set(_CONTENT.findall(sentence))))) / (30 + len(sentence))
