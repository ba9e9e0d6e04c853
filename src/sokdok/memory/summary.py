"""What views need of a turn, worked out when it is written: its size, its summary, and how much that says.

- A view of a hundred thousand turns can't read them all, so each is summed up once (`derive`).
- *Exact things* are words that nobody can guess back: addresses, paths, identifiers, numbers and names.
- A *summary* is the whole sentences of a text that say most for their length. Nothing is reworded, so nothing is made
  up, and none is cut. Exact things count most, then the number of content words. It is what a turn has on a
  page that holds too many turns for their full text, and its weight decides which turns keep even that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from math import log1p
from typing import NamedTuple

from sokdok.memory.stream import cells, entry, new_day, pinned_entry

MAX_TEXT_CHARS = 200_000  # Characters of a turn that are searched, from its beginning.
MAX_THING_CHARS = 160  # Length of an exact thing, at most: what is longer is none but a text.

MAX_SUMMARY_CELLS = 240  # Length of a turn's summary, at most, and so of a sentence in it.
HEADER_CELLS = 16  # Length of a turn's number and speaker before its text, about.
GAP = " .. "  # Between sentences that do not follow each other; an ellipsis drawn small is easily misread.
IMPORTANT_WEIGHT = 100.0  # Weight of being important: more than any text has by itself.
WORD_WEIGHT = 0.3  # Weight of the logarithm of the number of content words, beside the exact things' own weights.
FREE_WORDS = 2  # Content words that count nothing, since any greeting has as many.

_SENTENCE = re.compile(r"[^\n.!?。！？]+(?:[.!?。！？]+(?=\s|$)|[.!?](?=\S)[^\n.!?。！？]*)*[.!?。！？]*")
_AROUND = ".,:;!?()[]{}<>\"'`*"  # Signs around a word that are none of its own.
_ADDRESS = re.compile(r"^[A-Z]{3,}$|^\w+_\w+$|[/@\\][^/@\\]+[/.\\]")  # MAX_LEN, a/path/, C:\\file.txt, me@host.org
_CONTENT_WORD = re.compile(r"[A-Za-z]{4,}|[가-힣]{2,}|\d+")


class Sentence(NamedTuple):
    """A sentence of a text, on one line."""

    text: str
    size: int  # Cells.
    value: float = 0.0  # Value per cell, with a header's length counted in.
    start: int = 0  # Character of the text at which it begins.
    place: int = 0  # Its number among the text's sentences.
    joint: str = ""  # What stands between the sentence before it and it: a blank or a line end.


def sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of a text in order; one that is longer than any summary is left out."""
    parts = (part for part in _SENTENCE.finditer(text[:MAX_TEXT_CHARS]) if not part[0].isspace())
    for place, part in enumerate(parts):
        line, start = " ".join(part[0].split()), part.start()
        size = cells(line)
        if size <= MAX_SUMMARY_CELLS:
            joint = "\n" if start and text[start - 1] == "\n" else " "
            yield Sentence(line, size, value(line) / (HEADER_CELLS + size), start, place, joint)


def chosen(
    found: Iterable[tuple[float, int, Sentence]], left: int, header: Callable[[int], int] = lambda turn: 0
) -> dict[int, str]:
    """Choose from (weight, number of a turn, sentence) as much as fits into `left` cells, the weightiest first.

    Returns what each turn keeps: sentences that follow each other as they were said, others with a gap between them.
    `header` says how many cells a turn's heading takes.
    """
    kept: dict[int, dict[int, Sentence]] = {}
    for _, number, sentence in sorted(found, key=lambda each: (-each[0], each[1], each[2].place)):
        turn, place = kept.get(number, {}), sentence.place
        beside = (place - 1 in turn) + (place + 1 in turn)
        size = sentence.size + (len(GAP) - beside * (len(GAP) - 1) if turn else header(number))
        if size <= left:
            kept.setdefault(number, {})[place] = sentence
            left -= size
    return {
        number: "".join((each.joint if p - 1 in turn else GAP) + each.text for p, each in sorted(turn.items()))[
            len(GAP) :
        ]
        for number, turn in sorted(kept.items())
    }


def summarize(text: str) -> str:
    """Return the text on one line, or its most important sentences, in at most `MAX_SUMMARY_CELLS` cells."""
    whole = " ".join(text[:MAX_TEXT_CHARS].split())
    if len(whole) <= MAX_SUMMARY_CELLS and cells(whole) <= MAX_SUMMARY_CELLS:
        return whole
    apart = ((each.value, 0, each._replace(place=2 * each.place)) for each in sentences(text))  # on one line
    return chosen(apart, MAX_SUMMARY_CELLS).get(0, "")


def value(text: str) -> float:
    """Sum the values of the exact things in a text, each counted once, and a little for its distinct content words."""
    split = text.split()  # most words are small letters alone, which are no exact thing
    odd = ((place, word) for place, word in enumerate(split) if not (word.isalpha() and word == word.lower()))
    things = {word.strip(_AROUND): place for place, word in odd}
    exact = sum(_exact(word, place > 0 and split[place - 1][-1:].isalnum()) for word, place in things.items())
    words = len({word.lower() for word in _CONTENT_WORD.findall(text)})
    return exact + WORD_WEIGHT * log1p(max(0, words - FREE_WORDS))


@lru_cache(maxsize=1 << 14)  # words recur
def _exact(word: str, within: bool) -> float:
    """Return the value of a word that nobody can guess back; `within` a sentence a capital makes a name."""
    if not 1 < len(word) <= MAX_THING_CHARS:
        return 0.0
    if any(map(str.isdigit, word)):
        return 3.0 if any(sign.isascii() and sign.isalpha() for sign in word) else 2.0
    if _ADDRESS.search(word):
        return 3.0
    return 1.0 if within and word[0].isupper() else 0.0


class Derived(NamedTuple):
    """What follows from a turn's exact text and its place in the conversation, and can be worked out again."""

    size: int  # Cells on the conversation's stream.
    pinned_size: int  # Cells on the pinned stream; 0 for a turn that has no part in it.
    summary: str  # The turn in at most `MAX_SUMMARY_CELLS` cells; empty if none of its sentences is so short.
    weight: float  # Value of the summary per cell: which turns keep even that on a page of very many.


def derive(
    text: str, speaker: str, number: int, time: datetime, previous_time: datetime | None, important: bool
) -> Derived:
    """Work out size and summary of a turn. Raises InputError for a text that is not valid Unicode."""
    summary = summarize(text)
    size = entry(number, speaker, text, new_day(time, previous_time)).size
    pinned_size = pinned_entry(number, speaker, text, important).size
    weight = value(summary) / (HEADER_CELLS + cells(summary)) + IMPORTANT_WEIGHT * important
    return Derived(size, pinned_size, summary, weight)
