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

GRAM = 3
"""characters"""
BEFORE = 40
"""characters of a snippet before what was found"""
LONGEST_SNIPPET = 160
"""characters"""
_PARTICLE = re.compile(r"(?<=[가-힣]{2})[은는이가을를의에도만와과로]$")


def fold(text: str) -> str:
    """A text as it is compared: equal for texts that look alike."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded).replace("\0", " ")


def grams(text: str) -> str:
    """The tokens of a text, separated by spaces: `요약해줘 ok` → `요약해 약해줘 해줘 줘 ok k`."""
    return " ".join([word[i : i + GRAM] for word in fold(text).split() for i in range(len(word))])


def words_of(query: str) -> list[str]:
    """What is searched for, each word once. Raises InputError if there is none."""
    words = list(dict.fromkeys(fold(query).split()))
    if not words:
        raise InputError("nothing to search for: give one word or more")
    return words


def all_of(words: list[str]) -> str:
    """The index's own expression for turns that hold all the words."""
    return " AND ".join(_term(word) for word in words)


def loosely(words: list[str]) -> list[str]:
    """What else a question in full may mean: its words without punctuation, Korean ones without a syllable of particle.

    Of one letter or syllable nothing is left, which any text would hold.
    """
    bare = (re.sub(r"^\W+|\W+$", "", word) for word in words)
    return list(dict.fromkeys(_PARTICLE.sub("", word) for word in bare if len(word) > 1))


def any_of(words: list[str]) -> str:
    """The index's own expression for turns that hold at least one of the words."""
    return " OR ".join(_term(word) for word in words)


def _term(word: str) -> str:
    tokens = [word[i : i + GRAM] for i in range(max(1, len(word) - GRAM + 1))]
    phrase = " ".join(tokens).replace('"', '""')
    return f'"{phrase}"' if len(word) >= GRAM else f'"{phrase}" *'


def place_of(text: str, words: list[str]) -> int:
    """Where in a text the foremost of the words stands; 0 if none does."""
    folded = fold(text)
    found = min((at for word in words if (at := folded.find(word)) >= 0), default=0)
    return found if len(folded) == len(text) else _unfolded(text, found)


def snippet(text: str, words: list[str]) -> str:
    """One line of a text around the foremost of the words in it."""
    start = max(0, place_of(text, words) - BEFORE)
    shown = " ".join(text[start : start + LONGEST_SNIPPET].split())
    return f"{'…' if start else ''}{shown}{'…' if start + LONGEST_SNIPPET < len(text) else ''}"


def _unfolded(text: str, at: int) -> int:
    """Where in a text the character lies that became number `at` when it was folded."""
    return max(0, bisect_left(range(len(text)), at + 1, key=lambda length: len(fold(text[:length]))) - 1)
