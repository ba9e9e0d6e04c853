"""What synthetic samples say: text from a folder, or sentences made up on the spot, so that nothing need be fetched.

- Made-up sentences have the look of language (word lengths, capitals, punctuation, particles, numbers) and hardly any
  sense: one word in ten is of random syllables, so that a reader can't get by on guessing.
- `Phrases` cuts what a block, a cell or a line can take, in characters that the fonts have.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

from sokdok.errors import InputError
from sokdok.pages.hangul import KS_X_1001

_KO_PARTICLES = "이 가 을 를 은 는 의 의 에 에서 으로 와 과 도 만 까지 부터 보다 에게 처럼 마다"
_KO_LINKS = "그리고 그러나 또한 특히 다만 매우 가장 다시 함께 이미 더욱 여러 모든"
_KO_UNITS = ("", "원", "명", "개", "년", "월", "%", "억 원", "만 명")
_ONSETS = "b c ch d f g h j k l m n p qu r s sh st t th tr v w y z"
_RIMES = "a ab an ar e ed el en er i id in io is o ol on or u um ur y ea ou ight ation ing"
_FORMS = 20_000  # words of a language to draw from
_AHEAD_CHARS = 2_000  # cleaned ahead: much at once is faster


@cache
def vocabulary(name: str) -> list[str]:
    """Read the words of a list in the folder `vocabulary`."""
    return (Path(__file__).parent / "vocabulary" / f"{name}.txt").read_text(encoding="utf-8").split()


class Source(Protocol):
    """Where text comes from, such as `Words` or `training.texts.source.TextSource`."""

    def sample(self, kind: str, length: int, rng: random.Random) -> str:
        """Return about `length` characters of a kind."""
        ...


class Words:
    """Endless text of the kinds `en`, `ko` and `mixed`.

    folder: slices of the text files below it, each English or Korean by its letters; a language of which it has none,
    and everything without a folder, is made up. Raises InputError where a folder has no text.
    """

    def __init__(self, folder: Path | None = None) -> None:
        texts: dict[str, list[str]] = {}
        for path in sorted(folder.rglob("*.txt")) if folder else ():
            if (text := path.read_text(encoding="utf-8", errors="replace")).strip():
                letters = list(filter(str.isalpha, text[:20_000]))
                korean = sum("가" <= char <= "힣" for char in letters) > 0.1 * len(letters)
                texts.setdefault("ko" if korean else "en", []).append(text)
        if folder and not texts:
            raise InputError(f"{folder} has no *.txt files with text in them; leave --text out to have text made up")
        self.texts = {kind: "\n".join(parts) for kind, parts in texts.items()}

    def sample(self, kind: str, length: int, rng: random.Random) -> str:
        """Return at least `length` characters."""
        if kind == "mixed":
            kind = rng.choice(["en", "ko"])
            other = "ko" if kind == "en" else "en"
            return self.sample(kind, length // 2, rng) + " " + self.sample(other, length // 2 + 1, rng)
        text = self.texts.get(kind)
        if text and len(text) > length:
            start = rng.randrange(len(text) - length)
            return text[start : start + length]
        make, out, size = _korean if kind == "ko" else _english, list[str](), 0
        while size < length:
            out.append(make(rng))
            size += len(out[-1]) + 1
        return " ".join(out)


def _english(rng: random.Random) -> str:
    words = rng.choices(_forms("en"), k=rng.randint(4, 18))
    if rng.random() < 0.5:
        words[rng.randrange(len(words) - 1)] += rng.choice([",", ",", ",", ";", ":", " –"])
    if rng.random() < 0.1:
        at = rng.randrange(len(words))
        words[at] = rng.choice(["({})", '"{}"', "“{}”", "[{}]", "'{}'"]).format(words[at])
    sentence = " ".join(words)
    return sentence[0].upper() + sentence[1:] + rng.choice("...........?!")


def _korean(rng: random.Random) -> str:
    words = rng.choices(_forms("ko"), k=rng.randint(2, 9))
    if rng.random() < 0.3:
        words[0] = rng.choice(_KO_LINKS.split())
    if rng.random() < 0.3:
        words[rng.randrange(len(words))] += ","
    return " ".join(words) + " " + rng.choice(vocabulary("ko_verbs")) + rng.choice("...........?!")


@cache
def _forms(kind: str) -> list[str]:
    """Make words as they stand in sentences: drawing from a list is ten times faster than making them up."""
    rng = random.Random(kind)
    return [(_english_word if kind == "en" else _korean_word)(rng) for _ in range(_FORMS)]


def _english_word(rng: random.Random) -> str:
    draw = rng.random()
    if draw < 0.8:
        return rng.choice(vocabulary("en")) + rng.choices(["", "s", "'s"], [8, 1, 1])[0]
    if draw < 0.88:
        letters = "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ", k=rng.randint(1, 4)))
        return rng.choice([_number(rng), f"{letters}{rng.choice(['', '-', '/', '.'])}{rng.randint(1, 9999)}"])
    word = "".join(rng.choice(_ONSETS.split()) + rng.choice(_RIMES.split()) for _ in range(rng.randint(1, 3)))
    return word.capitalize() if rng.random() < 0.3 else word


def _korean_word(rng: random.Random) -> str:
    draw = rng.random()
    if draw < 0.08:
        return _number(rng) + rng.choice(_KO_UNITS)
    if draw < 0.12:
        return _english_word(rng)
    noun = rng.choice(vocabulary("ko_nouns")) if draw < 0.83 else "".join(rng.choices(KS_X_1001, k=rng.randint(1, 4)))
    return noun + (rng.choice(_KO_PARTICLES.split()) if rng.random() < 0.75 else "")


def _number(rng: random.Random) -> str:
    """Write a count, a year, an amount or a share."""
    value = rng.choice([rng.randint(0, 99), rng.randint(0, 10**7), rng.random() * 10 ** rng.randint(0, 4)])
    return rng.choice([f"{value:,}" if isinstance(value, int) else f"{value:,.2f}", str(rng.randint(1800, 2030))])


@dataclass
class Phrases:
    """Text of one kind from a source, in the characters that `shows` and, unless it is None, `chars` allow."""

    source: Source
    kind: str
    chars: frozenset[int] | None
    shows: Callable[[str], bool]
    rng: random.Random
    marks: float = 0.0  # share of a table's columns with a digit, a letter or a sign in each cell
    _shown: dict[str, bool] = field(default_factory=dict)
    _ahead: str = ""  # clean text that is yet to be taken

    def clean(self, text: str) -> str:
        """Return a text with single spaces and without what can't be shown."""
        for char in set(text) - self._shown.keys():
            allowed = self.chars is None or ord(char) in self.chars
            self._shown[char] = char.isspace() or (allowed and self.shows(char))
        missing = {ord(char): None for char in set(text) if not self._shown[char]}
        return " ".join(text.translate(missing).split())

    def take(self, length: int) -> str:
        """Take 1 to `length` characters, from a word's beginning to a word's end where these are near."""
        while len(self._ahead) <= length:
            sampled = self.source.sample(self.kind, max(_AHEAD_CHARS, length), self.rng)
            fresh = self.clean(sampled) or "1 " * (length + 1)
            self._ahead = f"{self._ahead} {fresh[fresh.find(' ', 0, 20) + 1 :]}".strip()
        cut = self._ahead.rfind(" ", max(1, length // 2), length + 1)
        cut = length if cut < 0 else cut
        text, self._ahead = self._ahead[:cut], self._ahead[cut:].lstrip()
        return text.strip()

    def number(self) -> str:
        """Write a number with its sign or unit, if it has any."""
        before, behind = self.rng.choice(["", "", "-", "$", "₩"]), self.rng.choice(["", "", "", "%"])
        return self.clean(before + _number(self.rng) + behind)
