"""DeepSeek's tokenizer, exactly and without a framework: cut into `pieces`, merge each by `bpe`, mark up by ids."""

from __future__ import annotations

from sokdok.tokens.deepseek.encoding import (
    SPECIAL_TOKENS,
    VocabularyMissingError,
    count_pieces,
    count_text,
    encode,
    tokenizer_json,
)

__all__ = ["SPECIAL_TOKENS", "VocabularyMissingError", "count_pieces", "count_text", "encode", "tokenizer_json"]
