"""Planted facts: random exact things in short sentences at the end of turns; what is left of them in a view, by age.

- Ages are counted in turns, the newest turn has age 0; they are drawn evenly on a logarithmic scale, since that is how
  memory fades. A turn gets one fact at most.
- Nothing about a fact can be guessed: it is drawn at random, and so is what it belongs to.
- A fact survives if its exact string stands anywhere in what is shown. Whether one can tell what it is a fact *of* is
  another matter: `sentences` counts those whose whole sentence is legible (fidelity of at least .9).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import sqrt
from statistics import fmean

from rapidfuzz import fuzz

from sokdok.compress.fidelity import collapse, fidelity
from sokdok.memory.view import View
from sokdok.pages.hangul import is_syllable
from sokdok_lab.bench.memory.baselines import LEGIBLE
from sokdok_lab.bench.memory.material import Talk
from sokdok_lab.bench.output import Row

DRAWS_PER_FACT = 20  # Draws of a turn for each fact, at most: the newest turns are drawn again and again.
ALIGNED = LEGIBLE - 0.1  # similarity from which an alignment of a sentence with a text is looked at more closely
_EDGES = (0, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000)  # ages in turns at which bins begin
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


def view_row(talk: Talk, view: View, read: Mapping[int, str], raw_tokens: int) -> Row:
    """Measure a view of a conversation of `raw_tokens` as text, and how well its pages were read, if they were."""
    pages = [fidelity(part.text, read[id(part)]) for part in view.pages if read]
    return {
        "conversation": talk.name,
        "budget": view.budget,
        "turns": len(talk.turns),
        "raw_tokens": raw_tokens,
        "view_tokens": view.tokens,
        "used": view.tokens / view.budget,
        "ratio": raw_tokens / view.tokens,
        "text_turns": sum(part.kind == "turn" for part in view.parts),
        "pages": len(view.pages),
        "fidelity": fmean(pages) if pages else None,
        "worst": min(pages, default=None),
    }


def fact_rows(of: Row, turns: int, facts: Sequence[Planted], shown: str) -> list[Row]:
    """Return rows, each with `of` in it: of all facts in a conversation of `turns` turns, and of those of each age."""
    everything = collapse(shown)
    survived = {fact: fact.text in everything for fact in facts}
    whole = {fact: sentence_legible(fact.sentence, everything) for fact in facts}
    groups = {
        f"{first}-{stop - 1}": [fact for fact in facts if first <= turns - fact.turn < stop]
        for first, stop in pairwise([*(edge for edge in _EDGES if edge < turns), turns])
    }
    return [
        {
            **{**of, "age": age, "facts": len(some)},
            "survived": fmean(map(survived.__getitem__, some)),
            "sentences": fmean(map(whole.__getitem__, some)),
        }
        for age, some in {**groups, "all": list(facts)}.items()
        if some
    ]


def age_middle(age: str) -> float:
    """The geometric middle of a bin of ages."""
    first, last = map(int, age.split("-"))
    return sqrt((first + 1) * (last + 1))


def sentence_legible(sentence: str, text: str) -> bool:
    """Tell whether a sentence can be read somewhere in a text, white space collapsed in both."""
    if sentence in text:
        return True
    best = fuzz.partial_ratio_alignment(sentence, text, score_cutoff=100 * ALIGNED)
    return best is not None and fidelity(sentence, text[best.dest_start : best.dest_end]) >= LEGIBLE
