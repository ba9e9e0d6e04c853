"""What of a conversation an answer needs, and whether a context still shows it.

- *Key sentences*: of each turn that holds evidence the sentence that has most in common with the question, its answer
  and its rubric; of LoCoMo's turns, which are short, all. Evidence is readable if every one of them is.
- *Facts*: what the rubric asks for, item by item, as far as one sentence of those turns has at least half of it. A fact
  is found if one sentence or line of the context has as much of it.
- How much two texts have in common is the weight of their common words, by rarity among the conversation's turns.
- No language model answers here: this is what one could know from the context.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from math import log
from typing import NamedTuple

from sokdok.compress.fidelity import collapse
from sokdok_lab.bench.memory.baselines import sentences, words
from sokdok_lab.bench.memory.material import Question, Talk

COVERED = 0.5  # share of an item's weight that a sentence has at least if it is said to hold it
_HEADER = re.compile(r"^\[(\d+) [^\]\n]{1,60}\] ", re.MULTILINE)  # of a turn on a page
_CONTINUED = re.compile(r"\n(?:\[\d+ (?:\.\.|…)\] |… )")  # where a page, or text, begins within a turn


class Fact(NamedTuple):
    """Something that an answer says."""

    words: frozenset[str]
    least: float  # weight of these words that a sentence has if it states it


class Needed(NamedTuple):
    """What is needed for the answer to a question."""

    key: tuple[str, ...]  # sentences
    facts: tuple[Fact, ...]


class Shown:
    """A text in which sentences are looked for."""

    def __init__(self, text: str) -> None:
        text = _HEADER.sub("\n", _CONTINUED.sub("", text))
        self.text, self.sentences = collapse(text), frozenset(sentences(text))

    def holds(self, sentence: str) -> bool:
        """Whether a sentence stands in it, white space collapsed."""
        return sentence in self.sentences or sentence in self.text

    def share(self, wanted: Sequence[str]) -> float:
        """Return the share of these sentences, by their characters, that stand in it as sentences."""
        return sum(len(sentence) for sentence in wanted if sentence in self.sentences) / sum(map(len, wanted))


class Needs:
    """Finds out what the questions about a conversation need."""

    def __init__(self, talk: Talk) -> None:
        turns_with = Counter(word for turn in talk.turns for word in words(turn.text))
        self._unsaid = log(max(1, len(talk.turns)))  # weight of a word that nobody said
        self._weights = {word: self._unsaid - log(turns) for word, turns in turns_with.items()}
        self._turns = [sentences(turn.text) for turn in talk.turns]
        self.sentences = [each for turn in self._turns for each in turn]  # of the whole conversation
        self.needed = cache(self._needed)

    def _needed(self, question: Question) -> Needed:
        """Return what a question needs; nothing if nobody said where its answer stands."""
        turns = [self._turns[number - 1] for number in question.evidence if self._turns[number - 1]]
        goal = words(" ".join([question.text, question.answer, *question.rubric]))
        best = [turn if question.whole else [max(turn, key=lambda each: self._common(each, goal))] for turn in turns]
        facts = []
        for wanted in map(words, question.stated):
            least = max((self._common(each, wanted) for turn in turns for each in turn), default=0.0)
            if least and least >= COVERED * self._weight(wanted):
                facts.append(Fact(wanted, least))
        return Needed(tuple(each for some in best for each in some), tuple(facts))

    def is_found(self, fact: Fact, shown: Shown) -> bool:
        """Whether one sentence of a text has as much of a fact as its turns have."""
        return any(self._common(each, fact.words) >= fact.least - 1e-9 for each in shown.sentences)

    def _common(self, sentence: str, wanted: frozenset[str]) -> float:
        return self._weight(words(sentence) & wanted)

    def _weight(self, some: Iterable[str]) -> float:
        return sum(self._weights.get(word, self._unsaid) for word in some)
