"""Finding words in turns, in any script: what is indexed of a text, what is asked of the index, what is shown of a hit.

- Every character of a text that is no white space becomes a token: itself and the up to two that follow it in its
  word. So a word of any length is found, also inside a longer one: of three characters or more as a phrase of its
  tokens, of one or two as a prefix. Korean words, most of them of two syllables with particles behind, need that.
- Behind them stand the words of the text as a question is compared with them (`terms`): numbers whole, words without
  their English endings, what is written in Hangul, Han or kana as bigrams; dates and amounts however they are written
  (`values`). One token each, they are counted and ranked quickly.
- Case, width and the way in which accents and syllables are composed make no difference (NFKC, casefold); of what is
  searched for neither do particles behind Korean words and a plural's ending. It is never syntax.
- Turns that a question is about come by the BM25 of its terms (`rank`): the best, whatever its length, and then as a
  knapsack is filled, by score for a turn's length, so that what is asked about in many places is there from all of
  them. A turn lends its neighbours half of its score, for what was asked and what was answered stand side by side, and
  one of them has the words.
- An embedding model behind an endpoint may find turns of like meaning, too (`Embedder`): those nearer than the mean are
  ranked in the same way, and fused with what words find (`fuse`). Vectors are kept as float16 values, of length one
  together: half the bytes, and cosines that differ by a thousandth.
"""

from __future__ import annotations

import logging
import re
import sqlite3
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from time import monotonic
from typing import Any

import numpy as np

from sokdok.errors import EndpointError, InputError

GRAM_CHARS = 3  # Characters of a token, at most.
BEFORE_CHARS = 40  # Characters of a snippet before what was found.
MAX_SNIPPET_CHARS = 160  # Length of a snippet, at most.
BATCH_TURNS = 1000  # Turns in memory at a time where all are indexed.
SILENT_S = 2  # Seconds of work on all turns between two words about it.
_LOG = logging.getLogger(__name__)  # Python shows its warnings on stderr where a program sets up nothing else.
_MARK = "\ue000"  # Before a term: a private character, so that no token of characters is taken for one.
_EAST = "\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af"  # Scripts whose words run on.
_RUN = re.compile(rf"\d+(?:[.,:/-]\d+)*|[{_EAST}]+|[^\W{_EAST}]+")
_ENDING = re.compile("(?<=[a-z]{3})(?:ies|ing|ed|es|[sey])$")  # test, tests, tested and testing are one word
# Behind a Korean word of two syllables at least: 회의를, 회의에서는.
_PARTICLES = re.compile("(?<=[가-힣]{2})(?:에서|에게|한테|까지|부터|으로|[을를은는이가의에로와과도만])[은는도]?$")
_PLURAL = re.compile("(?:(?<=[a-z]{4})ies|(?<=[a-z]{3}[^s])s)$")  # companies, years
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAMED = rf"((?:{'|'.join(_MONTHS)})(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?)"
_MONTH, _DAY, _NTH = "(0?[1-9]|1[0-2])", r"(0?[1-9]|[12]\d|3[01])(?!,?\d)", r"(?:st|nd|rd|th)?\b"
_DATE = (
    rf"(?<![\d.,/])(?:\d{{4}}[-./년] ?{_MONTH}[-./월]|{_MONTH}[/월]) ?{_DAY}"
    rf"|\b(?:{_NAMED}\.? {_DAY}{_NTH}|{_DAY}{_NTH}(?: of)? {_NAMED}\b)(?:,? \d{{4}}\b)?"
)  # 2026-11-30, 2026년 11월 30일, 11/30, Nov. 30th, 30 November
_UNITS = {"천만": 10**7, "백만": 10**6, "만": 10**4, "천": 1000, "억": 10**8, "조": 10**12, "million": 10**6, "k": 1000}
_UNIT = rf"(?:{'|'.join(_UNITS)})(?![a-z])"
_NUMBER = rf"(?:\d{{1,3}}(?:,\d{{3}}){{1,5}}|\d{{1,12}})(?:\.\d{{1,6}})? ?{_UNIT}"
_AMOUNT = (
    rf"(?<![\d.,])(?:{_NUMBER}(?: ?{_NUMBER})*(?:\d{{1,4}}(?!\d))?"
    r"|(?:\d{1,3}(?:,\d{3}){1,5}|\d{4,12})(?![\da-z]|[.,]\d))(?: ?원)?"
)  # 35만 원, 1억 2천만, 350k, 350,000
_VALUE, _WORD = re.compile(f"{_DATE}|{_AMOUNT}"), re.compile(rf"(?:{_DATE}|{_AMOUNT})\S*|\S+")
BEST_SHARE = 1 / 3  # Share of the room for the best match, which may be long.
NEIGHBOUR = 0.5  # Share of its score that a turn lends to the one before it and to the one behind it.
TIMEOUT_S = 60.0  # Seconds for one try of a request for embeddings, of which there are two.
MAX_TEXT_CHARS = 2000  # Characters of a text that are embedded, from its beginning: many models take some 500 tokens.
HEADER_CELLS = 32  # Length of the line above a turn's words.
FIRST_RANK = 60  # Of the first of a ranking that is fused with others, as is usual: the first few hardly differ.


def fold(text: str) -> str:
    """Return a text as it is compared: equal for texts that look alike."""
    if text.isascii():
        return text.lower().replace("\0", " ")
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded).replace("\0", " ")


def tokens(text: str) -> str:
    """Return what is indexed of a text, in a line: `요약해줘 ok` → `요약해 약해줘 해줘 줘 ok k`, then its terms."""
    grams = [word[i : i + GRAM_CHARS] for word in fold(text).split() for i in range(len(word))]
    return " ".join([*grams, *terms(text)])


def terms(text: str) -> list[str]:
    """Return the words of a text for ranking: `3월 회의는 moved` → `3 월 회의 의는 mov`, a mark before each."""
    found, folded = list[str](), fold(text)
    for run in _RUN.findall(folded):
        pairs = len(run) > 1 and re.match(f"[{_EAST}]", run)
        found += [run[i : i + 2] for i in range(len(run) - 1)] if pairs else [_ENDING.sub("", run)]
    return [_MARK + each for each in (*found, *sorted({value for _, value in values(folded)} - set(found)))]


def values(folded: str) -> Iterator[tuple[int, str]]:
    """Yield where dates and amounts in a folded text begin, and all ways to write them as one.

    `nov. 30th` → `11-30`, `35만` → `350000`; a date's year is left out, as it often is where one is meant.
    """
    for found in _VALUE.finditer(folded):
        if date := sorted(filter(None, found.groups()), key=str.isdigit):
            month = int(date[0]) if date[0].isdigit() else _MONTHS.index(date[0][:3]) + 1
            yield found.start(), f"{month}-{int(date[1])}"
        else:
            parts = re.findall(rf"([\d.,]+) ?({_UNIT})?", found[0])
            yield found.start(), str(sum(round(float(n.replace(",", "")) * _UNITS.get(unit, 1)) for n, unit in parts))


def index_all(connection: sqlite3.Connection) -> None:
    """Rebuild the index of all texts; a log says how far it is where that takes long. Within a transaction."""
    connection.execute("INSERT INTO grams (grams) VALUES ('delete-all')")
    (turns,) = connection.execute("SELECT count(*) FROM turns").fetchone()
    cursor = connection.execute("SELECT id, text FROM turns ORDER BY id")
    batches = iter(lambda: cursor.fetchmany(BATCH_TURNS), [])
    for rows in reported(batches, turns, "rebuilding the memory's search index"):
        values = [(key, tokens(text)) for key, text in rows]
        connection.executemany("INSERT INTO grams (rowid, tokens) VALUES (?, ?)", values)


def reported(batches: Iterable[list[Any]], turns: int, work: str) -> Iterator[list[Any]]:
    """Yield batches of turns; a log says how far it is where that takes long."""
    done, said = 0, monotonic()
    for batch in batches:
        yield batch
        done += len(batch)
        if monotonic() - said >= SILENT_S:
            said = monotonic()
            _LOG.warning("%s: %s of %s turns", work, f"{done:,}", f"{turns:,}")


def words_of(query: str) -> list[str]:
    """Return the words of a query, folded, each once; a date is one. Raises InputError if there is none."""
    words = list(dict.fromkeys(word[0] for word in _WORD.finditer(fold(query))))
    if not words:
        raise InputError("nothing to search for: give one word or more")
    return words


def all_of(words: list[str]) -> str:
    """Return the index's expression for turns that hold all the words."""
    return " AND ".join(map(_term, words))


def any_of(terms: Iterable[str]) -> str:
    """Return the index's expression for turns that hold at least one of these terms."""
    return " OR ".join(f'"{term}"' for term in terms)


def forms_of(word: str) -> list[str]:
    """Return a folded word as it may stand in a text: also without its particle or its plural's ending."""
    return list(dict.fromkeys((word, _PARTICLES.sub("", word), _PLURAL.sub("", word))))


def _term(word: str) -> str:
    """Return the index's expression for a word in any form: a phrase of its tokens, or of a short one a prefix.

    A date or an amount is found as such; with blanks in it, only so.
    """
    phrases = [any_of([_MARK + value]) for _, value in values(word)]
    for form in () if " " in word else forms_of(word):
        grams = (form[i : i + GRAM_CHARS] for i in range(max(1, len(form) - GRAM_CHARS + 1)))
        phrase = " ".join(grams).replace('"', '""')
        phrases.append(f'"{phrase}"' if len(form) >= GRAM_CHARS else f'"{phrase}" *')
    return f"({' OR '.join(phrases)})"


def place_of(text: str, words: list[str]) -> int:
    """Return the position in a text of the foremost of the words in any form; 0 if none is there."""
    folded = fold(text)
    wanted = {value for word in words for _, value in values(word)}
    places = [folded.find(form) for word in words for form in forms_of(word)]
    places += [at for at, value in values(folded) if value in wanted]
    found = min((at for at in places if at >= 0), default=0)
    if len(folded) == len(text):
        return found
    return max(0, bisect_left(range(len(text)), found + 1, key=lambda length: len(fold(text[:length]))) - 1)


def snippet(text: str, words: list[str]) -> str:
    """Return one line of a text around the foremost of the words in it."""
    start = max(0, place_of(text, words) - BEFORE_CHARS)
    shown = " ".join(text[start : start + MAX_SNIPPET_CHARS].split())
    return f"{'…' if start else ''}{shown}{'…' if start + MAX_SNIPPET_CHARS < len(text) else ''}"


def rank(scores: Mapping[int, float], sizes: Callable[[Iterable[int]], Mapping[int, int]]) -> dict[int, int]:
    """Rank turns by their scores for a question; of equals the newer one comes first. `sizes` finds turns' cells.

    Returns cells by number: of the best match, then of all by score for length, neighbours of matches among them.
    """
    spread = dict(scores)
    for number, score in scores.items():
        for near in (number - 1, number + 1):
            spread[near] = spread.get(near, 0.0) + NEIGHBOUR * score
    cells = sizes(spread)
    best = sorted(scores, key=lambda number: (-scores[number], -number))[:1]
    dense = sorted(cells, key=lambda number: (-spread[number] / (HEADER_CELLS + cells[number]), -number))
    return {number: cells[number] for number in (*best, *dense)}


def fuse(*rankings: Iterable[int]) -> list[int]:
    """Order what is in any ranking by its reciprocal ranks, summed; of equals the newer turn comes first."""
    sums: dict[int, float] = {}
    for ranking in rankings:
        for rank, number in enumerate(ranking, FIRST_RANK):
            sums[number] = sums.get(number, 0.0) + 1 / rank
    return sorted(sums, key=lambda number: (-sums[number], -number))


class Embedder:
    """The model at `URL#NAME`. Raises InputError for what is no such address, MissingExtraError without `remote`."""

    def __init__(self, address: str) -> None:
        url, _, self.name = address.partition("#")
        if not self.name:
            raise InputError(f"{address!r} names no embedding model: write it like http://localhost:8000/v1#bge-m3")
        from sokdok.reading.remote.endpoint import Endpoint  # needs the extra `remote`

        self._endpoint = Endpoint(url, connections=1, timeout=TIMEOUT_S, tries=2)
        self.close = self._endpoint.close

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        """Return the vectors of texts. Raises EndpointError."""
        from sokdok.reading.remote.key import RequestFailed

        body = {"model": self.name, "input": [text[:MAX_TEXT_CHARS] for text in texts]}
        try:
            return self._endpoint.start(self._endpoint.ask("/embeddings", body, partial(_read, len(texts)))).result()
        except RequestFailed as error:
            raise EndpointError(str(error)) from None

    def nearest(self, wanted: bytes, vectors: Mapping[int, bytes], most: int) -> dict[int, float]:
        """Return how much nearer to `wanted` than on average vectors are, by cosine: the `most` nearest, best first."""
        keys = [key for key, vector in vectors.items() if len(vector) == len(wanted)]
        matrix = np.frombuffer(b"".join(vectors[key] for key in keys), np.float16).reshape(len(keys), len(wanted) // 2)
        cosines = matrix.astype(np.float32) @ np.frombuffer(wanted, np.float16).astype(np.float32)
        mean = cosines.mean() if keys else 0.0
        order = np.argsort(-cosines, kind="stable")[:most]
        return {keys[place]: float(cosines[place] - mean) for place in order if cosines[place] >= mean}


def _read(count: int, answer: Any) -> list[bytes]:
    """Return the vectors of an answer for `count` texts, in their order. Raises RequestFailed."""
    from sokdok.reading.remote.key import RequestFailed

    try:
        rows = sorted(answer["data"], key=lambda row: row["index"])
        vectors = np.array([row["embedding"] for row in rows], np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if len(rows) != count or not np.all(np.isfinite(lengths) & (lengths > 0)):
            raise ValueError(f"{len(rows)} vectors for {count} texts")
    except (KeyError, TypeError, ValueError) as error:
        raise RequestFailed(f"the endpoint sent no embeddings ({error!r:.80})") from None
    return [vector.tobytes() for vector in (vectors / lengths).astype(np.float16)]
