"""Text tokens by whoever's tokenizer: exact where its vocabulary is at hand, else an estimate that errs high."""

from __future__ import annotations

from math import ceil

from sokdok.tokens import deepseek

TOKENIZERS: dict[str, float] = {
    "deepseek": 1.0,
    "o200k_base": 1.3,
    "claude": 1.7,
    "gemini": 1.5,
    "qwen": 1.5,
    "glm": 1.5,
}
"""Name to the factor on DeepSeek's count that stands in for it."""


def is_exact(tokenizer: str) -> bool:
    """Whether `count` really uses this tokenizer."""
    return tokenizer == "deepseek"


def count(text: str, tokenizer: str) -> int:
    """Tokens of a text."""
    return ceil(deepseek.count_text(text) * TOKENIZERS[tokenizer])
