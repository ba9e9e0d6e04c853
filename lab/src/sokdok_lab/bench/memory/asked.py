"""What questions find in a view, at each model's price and for its eyes; beside what one could send instead.

- A view is asked for with the question, as `Memory.view(…, about=…)` has it. Its text counts as read, of its pages what
  is drawn in glyphs that the model can read by its profile.
- *Read back*: a sample of the views whose pages their model really reads. A sentence on a page counts with few mistakes
  (fidelity of at least `baselines.LEGIBLE`).
- Beside it the last turns, BM25 over raw turns, extracts, all for as many tokens of the same meter; and the whole.
- With an endpoint the model answers each question from each of these, and answers are judged by the rubric.

Without one no language model answers; it is looked for what one could know from the context:

- *Key sentences*: of each turn that holds evidence the sentence that has most in common with the question, its answer
  and its rubric; of LoCoMo's turns, which are short, all. Evidence is readable if every one of them is.
- *Facts*: what the rubric asks for, item by item, as far as one sentence of those turns has at least half of it. A fact
  is found if one sentence or line of the context has as much of it.
- How much two texts have in common is the weight of their common words, by rarity among the conversation's turns.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from math import log
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from sokdok.compress.fidelity import collapse
from sokdok.compress.pages import legible_glyphs
from sokdok.memory.memory import Memory
from sokdok.memory.view import View
from sokdok.pages.draw import GlyphSize
from sokdok.reading.reading import Reader
from sokdok.tokens.models import VisionModel
from sokdok_lab.bench.memory.baselines import (
    OURS,
    Context,
    Search,
    corrected,
    keep_last,
    read_pages,
    sentences,
    shown_text,
    summary,
    words,
)
from sokdok_lab.bench.memory.material import Question, Talk
from sokdok_lab.bench.output import Row, grouped, mean_of

if TYPE_CHECKING:
    from sokdok_lab.bench.memory.judged import Answering

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


BUDGETS = (4000, 8000, 16_000, 32_000, 64_000)
MODELS = ("gpt-4o", "claude-sonnet-4", "gemini-2.5-pro", "nano", "deepseek-ocr")
READ_BACK, WHOLE = f"{OURS}, read back", "whole"
MEANS = ("tokens", "pages", "readable", "facts", "conversation_read", "judged")


class Eyes(NamedTuple):
    """A model to show conversations to, and what it can do here."""

    model: VisionModel
    reader: Reader | None = None  # reads its pages back
    answering: Answering | None = None  # answers

    @property
    def legible(self) -> Collection[GlyphSize]:
        """Sizes that it can read, by its profile."""
        return legible_glyphs(self.answering.name if self.answering else self.model.name, self.model)


class Sight(NamedTuple):
    """What one system shows."""

    system: str
    tokens: int
    pages: int
    shown: Shown
    messages: Callable[[], list[dict[str, object]]]


def ask(talk: Talk, eyes: Eyes, budgets: Sequence[int], read: int) -> Iterator[Row]:
    """Yield a row for each budget, question and system; views of the first `read` questions are read back, too."""
    needs, search, model = Needs(talk), Search(talk, eyes.model), eyes.model
    texts = {number: turn.text for number, turn in enumerate(talk.turns, 1)}
    whole = Context(WHOLE, sum(model.count_text(text) + model.message_tokens for text in texts.values()), texts)

    def seen(context: Context) -> Sight:
        def messages() -> list[dict[str, object]]:
            return [{"role": talk.turns[n - 1].role, "content": context.turns[n]} for n in sorted(context.turns)]

        return Sight(context.system, context.tokens, 0, Shown(context.text), messages)

    def ours(view: View, system: str, pages: Mapping[int, str]) -> Sight:
        return Sight(system, view.tokens, len(view.pages), Shown(shown_text(view, pages)), view.messages)

    with tempfile.TemporaryDirectory(prefix="sokdok-memory-") as folder, Memory(Path(folder) / "memory.db") as memory:
        memory.extend(talk.turns)
        for budget in budgets:
            same = [seen(context) for context in (keep_last(talk, budget, model), summary(talk, budget, model), whole)]
            for number, question in enumerate(talk.questions):
                view = memory.view(budget, model.name, about=question.text)
                legible = {id(p): p.text for p in view.pages if p.level and p.level.glyph in eyes.legible}
                sights = [ours(view, OURS, legible), seen(search.best(question.text, budget)), *same]
                if eyes.reader and number < read:
                    read_back = read_pages(view, eyes.reader)
                    back = {id(part): corrected(part.text, read_back[id(part)]) for part in view.pages}
                    sights.append(ours(view, READ_BACK, back))
                for sight in sights:
                    row: Row = {"conversation": talk.name, "ability": question.ability, "model": model.name}
                    row |= {"budget": budget, **_found(sight, question, needs)}
                    yield row | (eyes.answering.row(sight.messages(), question) if eyes.answering else {})


def _found(sight: Sight, question: Question, needs: Needs) -> Row:
    needed = needs.needed(question)
    key = [sight.shown.holds(sentence) for sentence in needed.key]
    facts = [needs.is_found(fact, sight.shown) for fact in needed.facts]
    return {
        "system": sight.system,
        "tokens": sight.tokens,
        "pages": sight.pages,
        "readable": float(all(key)) if key else None,
        "facts": fmean(facts) if facts else None,
        "conversation_read": sight.shown.share(needs.sentences),  # of its sentences, by characters
    }


def question_rows(found: Sequence[Row]) -> list[Row]:
    """Return means by set, model, budget and system: of all questions, then of each ability."""
    rows: list[Row] = []
    by = ("set", "model", "budget", "system")
    for values, all_of in grouped(({"set": row["conversation"].split()[0], **row} for row in found), *by).items():
        for ability, some in (("all", all_of), *grouped(all_of, "ability").items()):
            row = {**dict(zip(by, values, strict=True)), "ability": ability, "questions": len(some)}
            for name in MEANS:
                if name in some[0]:
                    row[name] = mean_of(some, name)
            rows.append(row)
    return rows
