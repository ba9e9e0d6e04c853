"""What can still be found: planted facts by age and by how their turn is shown, and the evidence of LoCoMo's questions.

- A fact survives if its exact string stands anywhere in the context. Whether one can tell what it is a fact *of* is
  another matter: `sentences` counts those whose whole sentence is legible.
- Evidence is legible if every turn that a question needs is (fidelity of at least .9). No language model answers the
  questions here: this is how many could be answered from the context.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from rapidfuzz import fuzz

from sokdok.compress.fidelity import collapse, fidelity
from sokdok_lab.bench.memory.context import ZONES, Context
from sokdok_lab.bench.memory.forgetting import age_bins, bin_name
from sokdok_lab.bench.memory.material import Question, Talk
from sokdok_lab.bench.memory.planting import Planted

LEGIBLE = 0.9  # Fidelity from which a turn or a sentence counts as legible.
ALIGNED = LEGIBLE - 0.1  # Similarity from which an alignment of a sentence with a text is looked at more closely.
_CATEGORIES = {1: "several turns", 2: "time", 3: "world knowledge", 4: "one turn", 5: "adversarial"}
"""Categories of LoCoMo's questions by their numbers."""


@dataclass(frozen=True)
class FactRow:
    """Planted facts of one group under one system."""

    conversation: str
    budget: int
    system: str
    tokens: int
    by: str  # How they are grouped: by age, zone or all.
    group: str  # Ages from-to; or how sokdok's view shows their turn: text, whole page, abridged, gone.
    facts: int
    survived: float  # Share whose exact string is there.
    sentences: float  # Share whose sentence is legible.


@dataclass(frozen=True)
class QuestionRow:
    """Questions of one category under one system."""

    conversation: str
    budget: int
    system: str
    tokens: int  # Tokens of the context, mean over the dialogues.
    raw_tokens: int  # Tokens of the dialogues as text, mean.
    category: str
    questions: int
    legible: float  # Share whose evidence is legible, all of it.
    answers: int  # Questions whose answer stands in the dialogue word for word.
    answer_there: float  # Share of those whose answer stands in the context.


@dataclass(frozen=True)
class Verdict:
    """One question under one system."""

    category: int
    legible: bool
    answer_there: bool | None
    """Whether the answer stands in the context; None if it doesn't stand in the dialogue itself."""


def fact_rows(talk: Talk, budget: int, facts: Sequence[Planted], contexts: Sequence[Context]) -> list[FactRow]:
    """Return rows by age, by zone of the first context, and over all."""
    zones = contexts[0].zones
    total = len(talk.turns)
    groups: list[tuple[str, str, Callable[[Planted], bool]]] = []
    for first, last in age_bins(total):
        groups.append(("age", bin_name(first, last), lambda f, a=first, b=last: a <= total - f.turn <= b))  # type: ignore[misc]
    for zone in ZONES:
        groups.append(("zone", zone, lambda f, zone=zone: zones.get(f.turn, "gone") == zone))  # type: ignore[misc]
    groups.append(("all", "all", lambda f: True))
    rows = []
    for context in contexts:
        everything = collapse(context.everything)
        found = {
            fact: (fact.text in everything, sentence_legible(fact.sentence, context.turns.get(fact.turn, "")))
            for fact in facts
        }
        for by, group, belongs in groups:
            chosen = [found[fact] for fact in facts if belongs(fact)]
            if chosen:
                survived, sentences = (fmean(values) for values in zip(*chosen, strict=True))
                system, tokens = context.system, context.tokens
                rows.append(FactRow(talk.name, budget, system, tokens, by, group, len(chosen), survived, sentences))
    return rows


def sentence_legible(sentence: str, text: str) -> bool:
    """Tell whether a sentence can be read somewhere in a text."""
    sentence, text = collapse(sentence), collapse(text)
    if sentence in text:
        return True
    best = fuzz.partial_ratio_alignment(sentence, text, score_cutoff=100 * ALIGNED)
    return best is not None and fidelity(sentence, text[best.dest_start : best.dest_end]) >= LEGIBLE


def verdicts(talk: Talk, context: Context) -> list[Verdict]:
    """Judge each question of a dialogue."""
    said = _plain(" ".join(turn.text for turn in talk.turns))
    everything = _plain(context.everything)
    return [_verdict(talk, question, context, said, everything) for question in talk.questions]


def _verdict(talk: Talk, question: Question, context: Context, said: str, everything: str) -> Verdict:
    """Judge a question by the dialogue's words and by all text of the context."""
    legible = all(fidelity(talk.turns[n - 1].text, context.turns.get(n, "")) >= LEGIBLE for n in question.evidence)
    answer = _plain(question.answer)
    return Verdict(question.category, legible, answer in everything if answer and answer in said else None)


def _plain(text: str) -> str:
    return collapse(text).casefold()


def question_rows(
    budget: int, raw_tokens: Sequence[int], systems: Iterable[tuple[str, Sequence[int], Sequence[Verdict]]]
) -> list[QuestionRow]:
    """Return a row for each category and one over all, for each (system, tokens by dialogue, verdicts on all)."""
    rows = []
    for system, tokens, found in systems:
        for number, name in [*_CATEGORIES.items(), (0, "all")]:
            chosen = [verdict for verdict in found if number in (0, verdict.category)]
            answers = [verdict.answer_there for verdict in chosen if verdict.answer_there is not None]
            if chosen:
                rows.append(
                    QuestionRow(
                        conversation=f"{len(tokens)} dialogues",
                        budget=budget,
                        system=system,
                        tokens=round(fmean(tokens)),
                        raw_tokens=round(fmean(raw_tokens)),
                        category=name,
                        questions=len(chosen),
                        legible=fmean(verdict.legible for verdict in chosen),
                        answers=len(answers),
                        answer_there=fmean(answers) if answers else 0.0,
                    )
                )
    return rows
