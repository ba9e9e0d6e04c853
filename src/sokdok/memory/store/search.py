"""Finding words in turns, in any script: what is indexed of a text, what is asked of the index, what is shown of a hit.

- Every character of a text that is no white space becomes a token: itself and the up to two that follow it in its
  word. So a word of any length is found, also inside a longer one: of three characters or more as a phrase of its
  tokens, of one or two as a prefix. Korean words, most of them of two syllables with particles behind, need that.
- Case, width and the way in which accents and syllables are composed make no difference (NFKC, casefold).
- What is searched for is never syntax.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left

from sokdok.errors import InputError

GRAM_CHARS = 3  # Characters of a token, at most.
BEFORE_CHARS = 40  # Characters of a snippet before what was found.
MAX_SNIPPET_CHARS = 160  # Length of a snippet, at most.
_PARTICLE = re.compile(
    r"(?<=[가-힣]{2})[은는이가을를의에도만와과로]$"
)  # Of one syllable, behind a noun of two or more.


def fold(text: str) -> str:
    """Return a text as it is compared: equal for texts that look alike."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded).replace("\0", " ")


def grams(text: str) -> str:
    """Return the tokens of a text, separated by spaces: `요약해줘 ok` → `요약해 약해줘 해줘 줘 ok k`."""
    return " ".join([word[i : i + GRAM_CHARS] for word in fold(text).split() for i in range(len(word))])


def words_of(query: str) -> list[str]:
    """Return the words of a query, folded, each once. Raises InputError if there is none."""
    words = list(dict.fromkeys(fold(query).split()))
    if not words:
        raise InputError("nothing to search for: give one word or more")
    return words


def all_of(words: list[str]) -> str:
    """Return the index's expression for turns that hold all the words."""
    return " AND ".join(_term(word) for word in words)


def loosely(words: list[str]) -> list[str]:
    """Return the words of a question in full without punctuation, Korean ones without a particle of one syllable.

    Words of one letter or syllable are left out: any text would hold them.
    """
    bare = (re.sub(r"^\W+|\W+$", "", word) for word in words)
    return list(dict.fromkeys(_PARTICLE.sub("", word) for word in bare if len(word) > 1))


def any_of(words: list[str]) -> str:
    """Return the index's expression for turns that hold at least one of the words."""
    return " OR ".join(_term(word) for word in words)


def _term(word: str) -> str:
    """Return the index's expression for a word: a phrase of its tokens, or of a short one a prefix."""
    tokens = [word[i : i + GRAM_CHARS] for i in range(max(1, len(word) - GRAM_CHARS + 1))]
    phrase = " ".join(tokens).replace('"', '""')
    return f'"{phrase}"' if len(word) >= GRAM_CHARS else f'"{phrase}" *'


def place_of(text: str, words: list[str]) -> int:
    """Return the position in a text of the foremost of the words; 0 if none is there."""
    folded = fold(text)
    found = min((at for word in words if (at := folded.find(word)) >= 0), default=0)
    if len(folded) == len(text):
        return found
    return max(0, bisect_left(range(len(text)), found + 1, key=lambda length: len(fold(text[:length]))) - 1)


def snippet(text: str, words: list[str]) -> str:
    """Return one line of a text around the foremost of the words in it."""
    start = max(0, place_of(text, words) - BEFORE_CHARS)
    shown = " ".join(text[start : start + MAX_SNIPPET_CHARS].split())
    return f"{'…' if start else ''}{shown}{'…' if start + MAX_SNIPPET_CHARS < len(text) else ''}"
