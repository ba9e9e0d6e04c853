"""Texts to read back: built-in ones, which need no download, and those of evaluation folders; cut to text tokens.

- English pages are rows of a `manifest.jsonl` with `id`, `truth` and `tokens`, and where there are any, `image` and
  `random_text`; beside Fox's lies `anchors.json`, what was measured of the published model.
- Korean prose are rows without `tokens` whose `truth` is mostly Hangul; their `kind`, if they have one, is that of a
  text or a page (conversations and lists of pairs are left out).
- Built in are the passages of `sokdok.demo`, random letters, and all common syllables.
"""

from __future__ import annotations

import json
import random
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sokdok.demo import FOLDER
from sokdok.errors import InputError
from sokdok.pages.hangul import KS_X_1001, is_syllable
from sokdok.tokens import count_text
from sokdok_lab.bench.output import manifest_rows

BUCKETS = ("<600", *(f"{low}-{low + 100}" for low in range(600, 1300, 100)), ">1300")
"""Text tokens, lower bound included: the paper's seven buckets, and what lies outside them."""
BUILTIN = "builtin"  # name of this source in results, where an evaluation folder has its own
KOREAN_RATIOS = (10, 15, 20, 30)  # text tokens per vision token of the Korean spans
_PROSE_KINDS = (None, "long_text_ko", "doc_page_text")  # kinds of rows that hold prose
_CODE = re.compile(r"^(import |from |class |def |@|if __name__|    )", re.MULTILINE)
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MAX_WORD_LETTERS = 10  # of a random word
_SENTENCE_CHARS = (20, 300)  # length of a sentence, at least and at most

Measured = dict[str, dict[str, float]]  # DeepSeek-OCR's mean fidelity: bucket → condition of anchors.json → value.


@dataclass(frozen=True)
class Sample:
    """One text, and what a Fox page has besides it."""

    id: str
    text: str
    bucket: str
    random_text: str = ""  # random letters of about as many text tokens
    image: Path | None = None  # the original page


def bucket_of(tokens: int) -> str:
    """Return the name of the bucket for a text of `tokens` text tokens."""
    if tokens < 600:
        return BUCKETS[0]
    return BUCKETS[-1] if tokens >= 1300 else BUCKETS[1 + (tokens - 600) // 100]


def prefix_of(text: str, tokens: int) -> str:
    """Return the beginning of `text` that costs at most `tokens` text tokens, and not much less.

    Bisection over characters: a cut inside a token re-encodes it as several, so the count isn't quite monotone and the
    result can be a token short, never long.
    """
    low, high = 0, max(tokens, 1)
    while high <= len(text) and count_text(text[:high]) <= tokens:
        low, high = high, 2 * high
    high = min(high, len(text) + 1)  # one past the longest prefix: nothing is cut off a text that fits
    return text[: bisect_right(range(high), tokens, low + 1, key=lambda length: count_text(text[:length])) - 1]


def spans(pool: str, tokens: int, count: int) -> list[str]:
    """Return up to `count` spans of `tokens` text tokens each, spread evenly over `pool`.

    There are as many as lie in it side by side, but at least one: a pool smaller than the span is repeated.
    """
    available = max(count_text(pool), 1)
    number = max(1, min(count, available // tokens))
    starts = [_word_start(pool, i * len(pool) // number) for i in range(number)]
    repeats = 1 + tokens // available
    return [prefix_of("\n".join([pool[start:], *[pool] * repeats]), tokens) for start in starts]


def _word_start(text: str, position: int) -> int:
    """Return the first beginning of a word at `position` or behind it."""
    while 0 < position < len(text) and not text[position - 1].isspace():
        position += 1
    return position if position < len(text) else 0


@dataclass(frozen=True)
class Material:
    """The texts to read, by language, and where they come from."""

    pages: list[Sample]
    korean: str  # prose, one text after the other
    measured: Measured = field(default_factory=dict)
    pages_from: str = BUILTIN  # name of the folder, or `builtin`
    korean_from: str = BUILTIN

    def korean_samples(self, vision_tokens: int, count: int) -> list[Sample]:
        """Return spans of Korean that hold 10, 15, 20 and 30 times as many text tokens as `vision_tokens`."""
        return [
            Sample(f"ko-{ratio}x-{i}", text, f"{ratio}x")
            for ratio in KOREAN_RATIOS
            for i, text in enumerate(spans(self.korean, ratio * vision_tokens, count))
        ]


def gather(folders: Iterable[Path]) -> Material:
    """Gather material from evaluation folders, built-in texts in place of what none of them has. Raises InputError."""
    pages: list[Sample] = []
    korean: list[str] = []
    measured: Measured = {}
    pages_from, korean_from = [], []
    for folder in folders:
        new_pages, new_korean = load_folder(folder)
        pages += new_pages
        korean += new_korean
        pages_from += [folder.resolve().name] * bool(new_pages)
        korean_from += [folder.resolve().name] * bool(new_korean)
        if new_pages and (folder / "anchors.json").is_file():
            measured = load_measured(folder / "anchors.json")
    return Material(
        pages or english(),
        "\n".join(korean or passages("ko").values()),
        measured,
        "+".join(pages_from) or BUILTIN,
        "+".join(korean_from) or BUILTIN,
    )


def load_folder(folder: Path) -> tuple[list[Sample], list[str]]:
    """Return English pages and Korean texts of one folder. Raises InputError if it has neither."""
    pages, korean = [], []
    for row in manifest_rows(folder / "manifest.jsonl"):
        truth = row.get("truth")
        if not isinstance(truth, str) or not truth.strip():
            continue
        if "tokens" in row:
            pages.append(_page(row, folder))
        elif row.get("kind") in _PROSE_KINDS and _mostly_hangul(truth):
            korean.append(truth)
    if not pages and not korean:
        raise InputError(
            f"{folder} has neither English pages (rows with truth and tokens) nor Korean texts to measure with"
        )
    return pages, korean


def load_measured(path: Path) -> Measured:
    """Read an `anchors.json`: means of arXiv 2601.03714's results over all pages, by bucket. Raises InputError."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        measured = {str(row["bucket"]): dict(row["mean_similarity"]) for row in data["buckets"]}
        return measured | {"all": dict(data["all"]["mean_similarity"])}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} is not a file of anchors as eval/fox has it ({type(error).__name__}: {error})"
        ) from None


def _page(row: dict[str, Any], folder: Path) -> Sample:
    """Read a row that is an English page. Raises InputError for a count that is none."""
    name, tokens = str(row.get("id")), row["tokens"]
    if not str(tokens).isdecimal():
        raise InputError(f"{folder / 'manifest.jsonl'}: row {name}: tokens is {tokens!r}, not a count")
    image = folder / str(row["image"]) if row.get("image") else None
    return Sample(name, row["truth"], bucket_of(int(tokens)), str(row.get("random_text") or ""), image)


def _mostly_hangul(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return sum(map(is_syllable, letters)) * 2 > len(letters)


@cache
def passages(language: str) -> dict[str, str]:
    """Return the shipped passages of a language (`en`, `ko`) by name: prose that was written for this benchmark."""
    files = sorted((file for file in FOLDER.iterdir() if file.name.startswith(f"{language}_")), key=lambda f: f.name)
    return {file.name.removesuffix(".txt"): file.read_text(encoding="utf-8").rstrip("\n") for file in files}


@cache
def sentences(language: str) -> list[str]:
    """Return sentences of 20 to 300 characters out of the passages of a language, code left out."""
    least, most = _SENTENCE_CHARS
    blocks = [block for text in passages(language).values() for block in text.split("\n\n")]
    prose = [block for block in blocks if not _CODE.search(block)]
    return [s for block in prose for s in re.split(r"(?<=[.!?])\s+", block) if least <= len(s) <= most]


def english() -> list[Sample]:
    """Return the English passages, each with random letters of as many text tokens."""
    return [
        Sample(name, text, bucket_of(count_text(text)), random_text=random_letters(count_text(text), name))
        for name, text in passages("en").items()
    ]


def random_letters(tokens: int, seed: str) -> str:
    """Draw words of 1 to 10 random letters: text that can be read but not guessed."""
    rng = random.Random(seed)
    words = ["".join(rng.choices(_LETTERS, k=rng.randint(1, _MAX_WORD_LETTERS))) for _ in range(tokens)]
    return prefix_of(" ".join(words), tokens).rstrip()


def ks_x_1001() -> Sample:
    """Return the 2,350 Hangul syllables of KS X 1001 in random order with spaces between: nothing to guess."""
    syllables = list(KS_X_1001)
    random.Random(1001).shuffle(syllables)
    return Sample("ks_x_1001", " ".join(syllables), "syllables")
