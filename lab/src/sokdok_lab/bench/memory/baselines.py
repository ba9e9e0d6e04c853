"""What a model is shown of a conversation: a view, whose pages count as far as they are read, or what one could send
instead, for as many tokens and counted with the same tokenizer.

- `keep last`: the newest turns, whole, and the end of the oldest of them as far as it fits.
- `BM25`: the turns that answer a question best, whole, by SQLite's full-text search with English stems.
- `summary`: the newest turns for half of the tokens, and for the other half whole sentences out of everything before
  them, those whose words weigh most on average (tf-idf, a turn being a document; figures weigh as much as the rarest
  word; four words more are counted than there are, or fragments would win). Such extracts are the strongest summary
  that needs no language model and invents nothing: rare things are what will be asked for, and a sentence, unlike a
  word, still says what its figure is of. SumBasic and TextRank look for what is said most often and lose just that.
"""

from __future__ import annotations

import io
import re
import sqlite3
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log, log1p

from rapidfuzz.distance import Levenshtein

from sokdok.cli.ui.console import progress
from sokdok.compress.fidelity import fidelity
from sokdok.memory.view import View
from sokdok.pages import Page
from sokdok.reading.reading import Reader
from sokdok.tokens.models import VisionModel
from sokdok_lab.bench.compression.roundtrip import BATCH
from sokdok_lab.bench.memory.material import Talk

KEEP_LAST = "keep last"
BM25 = "BM25"
SUMMARY = "summary"
OURS = "sokdok"  # the system that is measured
LEGIBLE = 0.9  # fidelity from which a sentence counts as legible
SENTENCE = re.compile(r"(?<=[.!?。])\s+|\n+")
_WORD = re.compile(r"\w+")
Piece = tuple[int, str]  # Number of a turn, and some of its text.
SMOOTHING_WORDS = 4  # Words that are added to a sentence's count, so that fragments don't win.


@dataclass(frozen=True)
class Context:
    """What a model is sent in place of a view."""

    system: str
    tokens: int
    turns: dict[int, str]  # what of each turn, by its number; one that is gone is missing

    @property
    def text(self) -> str:
        """All of it, turns in order."""
        return "\n".join(self.turns[number] for number in sorted(self.turns))


def keep_last(talk: Talk, budget: int, model: VisionModel) -> Context:
    """Keep the newest turns as chat messages, the oldest of them without its beginning."""
    chosen: dict[int, str] = {}
    left = budget
    for number in range(len(talk.turns), 0, -1):
        text = talk.turns[number - 1].text
        tokens = model.count_text(text) + model.message_tokens
        if tokens > left:
            if ending := _ending(text, left - model.message_tokens, model.count_text):
                chosen[number] = ending
                left -= model.count_text(ending) + model.message_tokens
            break
        chosen[number] = text
        left -= tokens
    return Context(KEEP_LAST, budget - left, chosen)


class Search:
    """A conversation's turns, to be searched for a model."""

    def __init__(self, talk: Talk, model: VisionModel) -> None:
        self._texts = [turn.text for turn in talk.turns]
        self._costs = [model.count_text(text) + model.message_tokens for text in self._texts]
        self._index = sqlite3.connect(":memory:")
        self._index.execute("CREATE VIRTUAL TABLE turns USING fts5(text, tokenize='porter unicode61')")
        self._index.executemany("INSERT INTO turns(text) VALUES (?)", [(text,) for text in self._texts])

    def best(self, question: str, budget: int) -> Context:
        """Return the turns that fit as chat messages, the best of them first chosen, in their order."""
        query = " OR ".join(f'"{word}"' for word in sorted(words(question)))
        ranked = self._index.execute("SELECT rowid FROM turns WHERE turns MATCH ? ORDER BY bm25(turns)", (query,))
        chosen: dict[int, str] = {}
        left = budget
        for (number,) in ranked:
            if self._costs[number - 1] <= left:
                chosen[number] = self._texts[number - 1]
                left -= self._costs[number - 1]
        return Context(BM25, budget - left, chosen)


def summary(talk: Talk, budget: int, model: VisionModel) -> Context:
    """Keep the newest turns for half of the tokens, before them the sentences that weigh most."""
    newest = keep_last(talk, budget // 2, model)
    before = min(newest.turns, default=len(talk.turns) + 1)
    pieces = [(n, each) for n, turn in enumerate(talk.turns[: before - 1], 1) for each in sentences(turn.text)]
    weight_of = _weights([turn.text for turn in talk.turns])

    def rank(place: int) -> tuple[float, int]:
        said = [word.casefold() for word in _WORD.findall(pieces[place][1])]
        return -sum(weight_of.get(word, 0.0) for word in said) / (len(said) + SMOOTHING_WORDS), -place

    ranked = sorted(range(len(pieces)), key=rank)
    left = budget - newest.tokens - model.message_tokens
    chosen = _filled(ranked, pieces, left, model.count_text)
    tokens = model.count_text(" ".join(text for _, text in chosen)) + model.message_tokens if chosen else 0
    turns: dict[int, str] = {}
    for number, text in chosen:
        turns[number] = f"{turns[number]} {text}" if number in turns else text
    return Context(SUMMARY, newest.tokens + tokens, turns | newest.turns)


def sentences(text: str) -> list[str]:
    """Return the sentences and lines of a text, white space collapsed."""
    return [" ".join(part.split()) for part in SENTENCE.split(text) if part.strip()]


@lru_cache(maxsize=1 << 17)
def words(text: str) -> frozenset[str]:
    """Return the words of a text in lower case, each once."""
    return frozenset(word.casefold() for word in _WORD.findall(text))


def _weights(texts: Sequence[str]) -> dict[str, float]:
    """Return the tf-idf of every word of the turns; a word with a digit weighs as much as the heaviest."""
    turns = [Counter(word.casefold() for word in _WORD.findall(text)) for text in texts]
    documents = Counter(word for turn in turns for word in turn)
    terms: Counter[str] = Counter()
    for turn in turns:
        terms.update(turn)
    found = {word: log1p(terms[word]) * log(len(turns) / documents[word]) for word in documents}
    most = max(found.values(), default=0.0)
    return {word: most if any(map(str.isdigit, word)) else weight for word, weight in found.items()}


def _filled(ranked: Iterable[int], pieces: Sequence[Piece], most: int, count: Callable[[str], int]) -> list[Piece]:
    """Return as many pieces as fit into `most` tokens together, the best first, in their own order."""
    chosen: list[int] = []
    left = most
    for place in ranked:
        tokens = count(f" {pieces[place][1]}")
        if tokens <= left:
            chosen.append(place)
            left -= tokens
        if left <= 0:
            break
    # Tokens of parts need not add up to those of the whole.
    while chosen and count(" ".join(pieces[place][1] for place in sorted(chosen))) > most:
        chosen = chosen[: len(chosen) - max(1, len(chosen) // 100)]
    return [pieces[place] for place in sorted(chosen)]


def _ending(text: str, most: int, count: Callable[[str], int]) -> str:
    """Return the longest ending of a text that fits into `most` tokens."""
    lengths = range(1, len(text) + 1)
    return text[len(text) - bisect_right(lengths, most, key=lambda length: count(text[len(text) - length :])) :]


def read_pages(view: View, reader: Reader) -> dict[int, str]:
    """Read every picture of a view, by its part's id. A reader gets nothing but its PNG; a failure reads as empty."""
    from PIL import Image

    pictures = [part.picture for part in view.pages if part.picture is not None]
    pages = (Page(Image.open(io.BytesIO(p.png)).convert("RGB"), p.id, i) for i, p in enumerate(pictures))
    with progress("reading pages back", total=len(pictures)) as advance:
        read = {}
        for part, reading in zip(view.pages, reader.read(pages, batch_size=BATCH), strict=True):
            read[id(part)] = reading.text
            advance(1)
    return read


def shown_text(view: View, pages: Mapping[int, str]) -> str:
    """Return what a view shows: its texts, and of its pages what was read, by their ids."""
    return "\n".join(
        pages.get(id(part), "") if part.picture else part.text for part in view.parts if part.kind != "preamble"
    )


def corrected(written: str, read: str) -> str:
    """Return a reading in which every sentence that was read with few mistakes stands as it is written."""
    place, start, found = _aligned(written, read), 0, []
    for stop in [*(space.end() for space in SENTENCE.finditer(written)), len(written)]:
        part, got = written[start:stop], read[place[start] : place[stop]]
        found.append(part if fidelity(part, got) >= LEGIBLE else got)
        start = stop
    return "".join(found)


def _aligned(written: str, read: str) -> list[int]:
    """Return for each position of `written`, and for its end, the position in `read` that corresponds to it."""
    place = [0] * (len(written) + 1)
    for block in Levenshtein.opcodes(written, read):
        for i in range(block.src_start, block.src_end):
            offset = i - block.src_start if block.tag in ("equal", "replace") else 0
            place[i] = block.dest_start + offset
    place[len(written)] = len(read)
    return place
