"""Which language a text is in, by its script, and among Latin letters by common words; and which words a language has.

The lists of words are those of pyspellchecker, a package without code that we run: JSON of inflected words, compounds
apart.
"""

from __future__ import annotations

import gzip
import re
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

_OWN = {"ko": "가-힣", "ja": "ぁ-ヿ", "zh": "一-鿿", "el": "Ͱ-Ͽ", "he": "֐-׿", "th": "฀-๿", "vi": "ơưđƠƯĐạ-ỹẠ-Ỹ"}
SCRIPTS = {language: re.compile(f"[{letters}]") for language, letters in _OWN.items()}
"""language → letters that are its alone, or nearly; of those that share their script with others none is guessed"""
LETTERS = re.compile(r"[^\W\d_]")
SCRIPT_SHARE = 0.1  # of a text's letters: names and terms in Latin letters stand in any text
WORDS = tomllib.loads(Path(__file__).with_name("language.toml").read_text(encoding="utf-8"))
_SETS = {language: frozenset(words.split()) for language, words in WORDS.items()}
LEAST_WORDS = 20
LEAST_SHARE = 0.12  # of a text's words that are among the commonest of its language
AHEAD = 1.3  # times as many as of any other language
_WORD = re.compile(r"[^\W\d_]+")
MOST_CHARACTERS = 20_000  # looked at


def language_of(text: str) -> str:
    """The language of a text as HTML names it (ko, en …), or nothing where it is not clear."""
    text = text[:MOST_CHARACTERS]
    letters = len(LETTERS.findall(text))
    for language, script in SCRIPTS.items():
        if letters and len(script.findall(text)) > SCRIPT_SHARE * letters:
            return language
    words = [word.lower() for word in _WORD.findall(text)]
    if len(words) < LEAST_WORDS:
        return ""
    counts = {language: sum(word in common for word in words) for language, common in _SETS.items()}
    (first, most), (_, next_most), *_ = sorted(counts.items(), key=lambda item: -item[1])
    return first if most > LEAST_SHARE * len(words) and most > AHEAD * next_most else ""


def is_word(word: str, language: str) -> bool:
    """Whether a word in small letters is in the list of a language; of one that has none, in that of English."""
    return f'"{word}":'.encode() in _words_of(language if language in WORDS else "en")


@cache
def _words_of(language: str) -> bytes:
    """The list as it is packed, 3 MB: to make a set of it takes .1 s and 40 MB, and few words are looked up."""
    return gzip.decompress(files("spellchecker").joinpath("resources", f"{language}.json.gz").read_bytes())
