"""What random documents say, noted as it is said: words that a reader must give, and words that nobody sees."""

from __future__ import annotations

import random
from html import escape
from typing import NamedTuple

from sokdok_lab.bench.compression.texts import sentences

SYLLABLES = "ba be bo da de do fa fi ga gi ka ko la le li lo ma me mi mo na ne no pa pe po ra re ro sa se ta te vo"


class Words:
    """Texts of one document in its language, `en` or `ko`; what is said is kept."""

    def __init__(self, rng: random.Random, language: str = "en") -> None:
        self.rng, self.language = rng, language
        self.kind = ""
        """of what is being made"""
        self.seen: list[tuple[str, str]] = []
        self.hidden: list[tuple[str, str]] = []
        """what it is part of, and what it says"""

    def say(self, text: str) -> str:
        """Note a text as one that can be seen; returns it escaped for HTML."""
        self.seen.append((self.kind, text))
        return escape(text)

    def sentence(self) -> str:
        """A sentence."""
        return self.say(self.rng.choice(sentences(self.language)))

    def paragraph(self, most: int = 4) -> str:
        """Some sentences."""
        return " ".join(self.sentence() for _ in range(self.rng.randint(1, most)))

    def phrase(self, least: int = 1, most: int = 3) -> str:
        """Some words that follow each other."""
        words = self.rng.choice(sentences(self.language)).rstrip(".?!").split()
        start = self.rng.randrange(len(words))
        return self.say(" ".join(words[start : start + self.rng.randint(least, most)]).strip(",.;:"))

    def number(self) -> str:
        """An amount, a year, a share, a code."""
        n = self.rng.randrange
        code = f"{n(100, 999)}-{n(1000, 9999)}"
        kinds = (f"{n(1000, 99999):,}", f"{n(100, 9999)}.{n(10, 99)}", f"{n(1950, 2030)}", code)
        return self.say(self.rng.choice(kinds))

    def hide(self) -> str:
        """Two words that stand nowhere else, noted as ones that nobody sees."""
        said = ["".join(self.rng.choices(SYLLABLES.split(), k=5)) for _ in range(2)]
        self.hidden += [(self.kind, word) for word in said]
        return " ".join(said)


class Made(NamedTuple):
    """A document."""

    data: bytes  # of its PDF
    words: Words
