"""Planted facts: random exact things in short sentences at the end of turns, to be looked for in what is left of them.

- Ages are drawn evenly on a logarithmic scale, since that is how memory fades; a turn gets one fact at most.
- Nothing about a fact can be guessed: it is drawn at random, and so is what it belongs to.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from sokdok.pages.hangul import is_syllable
from sokdok_lab.bench.memory.material import Talk

DRAWS_PER_FACT = 20  # Draws of a turn for each fact, at most: the newest turns are drawn again and again.
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ"  # Letters of identifiers; I, L, O and U are left out, as digits look like them.
_NAMES = {
    "en": ("harbour", "orchard", "quarry", "lantern", "meadow", "furnace", "chapel", "glacier", "saddle", "compass"),
    "ko": ("항구", "과수원", "채석장", "등대", "목장", "용광로", "예배당", "빙하", "나루터", "나침반"),
}
_SENTENCES = {
    "en": {
        "id": "The id of the {name} job is {fact}.",
        "number": "The {name} account has the number {fact}.",
        "path": "Notes on the {name} are in {fact} now.",
        "url": "Everything on the {name} is at {fact} today.",
        "amount": "The {name} costs {fact} in all.",
    },
    "ko": {
        "id": "{name} 작업의 번호는 {fact} 입니다.",
        "number": "{name} 계좌 번호는 {fact} 입니다.",
        "path": "{name} 기록은 {fact} 파일에 있습니다.",
        "url": "{name} 자료는 {fact} 주소에 있습니다.",
        "amount": "{name} 비용은 모두 {fact}입니다.",
    },
}


@dataclass(frozen=True)
class Planted:
    """A fact that was put into a conversation."""

    turn: int
    kind: str
    text: str
    sentence: str


def plant(talk: Talk, count: int, seed: int = 1) -> tuple[Talk, tuple[Planted, ...]]:
    """Put facts into up to `count` turns; return the conversation and the facts, oldest first."""
    rng = random.Random(f"{talk.name} {seed}")
    turns = list(talk.turns)
    used: set[str] = set()
    facts = []
    for number in _places(len(turns), count, rng):
        turn = turns[number - 1]
        language = "ko" if any(map(is_syllable, turn.text)) else "en"
        kind = rng.choice(list(_SENTENCES[language]))
        while (text := _draw(kind, language, rng)) in used:
            pass
        used.add(text)
        sentence = _SENTENCES[language][kind].format(name=rng.choice(_NAMES[language]), fact=text)
        turns[number - 1] = replace(turn, text=f"{turn.text} {sentence}")
        facts.append(Planted(number, kind, text, sentence))
    return replace(talk, turns=tuple(turns)), tuple(facts)


def _places(turns: int, count: int, rng: random.Random) -> list[int]:
    """Draw numbers of turns whose ages are spread evenly on a logarithmic scale."""
    found: set[int] = set()
    for _ in range(DRAWS_PER_FACT * count):
        if len(found) == min(count, turns):
            break
        found.add(turns + 1 - int((turns + 1) ** rng.random()))
    return sorted(found)


def _draw(kind: str, language: str, rng: random.Random) -> str:
    """Draw a fact of a kind."""
    letters = "".join(rng.choices(_LETTERS, k=3))
    number = rng.randrange(10**6, 10**7)
    if kind == "id":
        return f"{letters}-{number % 10**5:05}-{rng.choice(_LETTERS)}{rng.randrange(10)}"
    if kind == "number":
        return f"{number}{rng.randrange(100):02}"
    if kind == "path":
        return f"/srv/{letters.lower()}{number % 1000:03}/{''.join(rng.choices(_LETTERS, k=4)).lower()}.txt"
    if kind == "url":
        return f"https://{letters.lower()}{number % 10**4:04}.example/{''.join(rng.choices(_LETTERS, k=5)).lower()}"
    return f"{number:,}원" if language == "ko" else f"${number:,}"
