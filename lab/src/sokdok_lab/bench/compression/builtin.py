"""Built-in texts, which need no download: the passages in `bench/texts`, mixtures, random letters, syllables."""

from __future__ import annotations

import random
import re
from functools import cache

from sokdok.demo import FOLDER
from sokdok.pages.hangul import KS_X_1001
from sokdok.tokens import count_text
from sokdok_lab.bench.compression.samples import Sample, bucket_of, prefix_of

BUILTIN = "builtin"  # Name of this source in results, where an evaluation folder has its own.
_CODE = re.compile(r"^(import |from |class |def |@|if __name__|    )", re.MULTILINE)
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MAX_WORD_LETTERS = 10  # Letters of a random word, at most.
_MIXED_TOKENS = (650, 750, 850, 950, 1050, 1150)
"""Text tokens of the mixed texts: one in each of the paper's buckets but the last."""
_SENTENCE_CHARS = (20, 300)  # Length of a sentence, at least and at most.


@cache
def texts(language: str) -> dict[str, str]:
    """Return the shipped passages of a language (`en`, `ko`) by name: prose that was written for this benchmark."""
    files = sorted((file for file in FOLDER.iterdir() if file.name.startswith(f"{language}_")), key=lambda f: f.name)
    return {file.name.removesuffix(".txt"): file.read_text(encoding="utf-8").rstrip("\n") for file in files}


def english() -> list[Sample]:
    """Return the English passages, each with random letters of as many text tokens."""
    return [
        Sample(name, text, bucket_of(count_text(text)), random_text=random_letters(count_text(text), name))
        for name, text in texts("en").items()
    ]


def random_letters(tokens: int, seed: str) -> str:
    """Draw words of 1 to 10 random letters: text that can be read but not guessed."""
    rng = random.Random(seed)
    words = ["".join(rng.choices(_LETTERS, k=rng.randint(1, _MAX_WORD_LETTERS))) for _ in range(tokens)]
    return prefix_of(" ".join(words), tokens).rstrip()


def mixed() -> list[Sample]:
    """Return texts of English sentences, Korean sentences and blocks of code in random order."""
    return [_splice(tokens) for tokens in _MIXED_TOKENS]


def _splice(tokens: int) -> Sample:
    """Splice sentences and code until there are `tokens` text tokens."""
    rng = random.Random(tokens)
    kinds = [sentences("en"), sentences("ko"), _code_blocks()]
    parts: list[str] = []
    while count_text("".join(parts)) < tokens:
        kind = rng.choice(kinds)
        separator = "\n\n" if kind is kinds[2] else rng.choice([" ", " ", "\n"])
        parts += [rng.choice(kind), separator]
    text = prefix_of("".join(parts), tokens).rstrip()
    return Sample(f"mixed-{tokens}", text, bucket_of(tokens))


@cache
def sentences(language: str) -> list[str]:
    """Return sentences of 20 to 300 characters out of the passages of a language, code left out."""
    blocks = [block for text in texts(language).values() for block in text.split("\n\n") if not _CODE.search(block)]
    least, most = _SENTENCE_CHARS
    return [s for block in blocks for s in re.split(r"(?<=[.!?])\s+", block) if least <= len(s) <= most]


@cache
def _code_blocks() -> list[str]:
    blocks = [block for text in texts("en").values() for block in text.split("\n\n")]
    return [block for block in blocks if _CODE.search(block)]


def ks_x_1001() -> Sample:
    """Return the 2,350 Hangul syllables of KS X 1001 in random order with spaces between: nothing to guess."""
    syllables = list(KS_X_1001)
    random.Random(1001).shuffle(syllables)
    return Sample("ks_x_1001", " ".join(syllables), "syllables")
