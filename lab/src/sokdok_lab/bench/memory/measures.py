"""What is left of a conversation in a view: how its pages read back, words and facts by age, evidence of questions.

- *Fidelity* compares what was read on a page with what is written on it: the reader's doing.
- *Words left* compares what was read of a turn with the turn as it was said, so what abridging takes away counts too.
  Words must be exact and in order (`metrics.words_right`).
- A fact survives if its exact string stands anywhere in the context. Whether one can tell what it is a fact *of* is
  another matter: `sentences` counts those whose whole sentence is legible.
- Evidence is legible if every turn that a question needs is (fidelity of at least .9). No language model answers the
  questions here: this is how many could be answered from the context.
- Ages are counted in turns; the newest turn has age 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import fmean

from rapidfuzz import fuzz

from sokdok.compress.fidelity import collapse, fidelity
from sokdok.memory.view import View
from sokdok_lab.bench.memory.context import ZONES, Context, ReadPage
from sokdok_lab.bench.memory.material import Talk
from sokdok_lab.bench.memory.planting import Planted
from sokdok_lab.bench.metrics.text import words_right
from sokdok_lab.bench.output import Row

LEGIBLE = 0.9  # fidelity from which a turn or a sentence counts as legible
ALIGNED = LEGIBLE - 0.1  # similarity from which an alignment of a sentence with a text is looked at more closely
_EDGES = (0, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000)  # ages in turns at which bins begin
_CATEGORIES = {1: "several turns", 2: "time", 3: "world knowledge", 4: "one turn", 5: "adversarial"}
"""Categories of LoCoMo's questions by their numbers."""
_LINE = re.compile(r"^\[(\d+)\] (.+)$", re.MULTILINE)


def view_row(talk: Talk, view: View, raw_tokens: int) -> Row:
    """Measure a view of a conversation that takes `raw_tokens` as text, and the extracted facts that it lists."""
    listed = "\n".join(part.text for part in view.parts if part.kind == "facts")
    exact = [
        collapse(item) in collapse(talk.turns[int(number) - 1].text)
        for number, items in _LINE.findall(listed)
        for item in items.split("; ")
    ]
    return {
        "conversation": talk.name,
        "budget": view.budget,
        "turns": len(talk.turns),
        "raw_tokens": raw_tokens,
        "view_tokens": view.tokens,
        "used": view.tokens / view.budget,
        "ratio": raw_tokens / view.tokens,
        "pages": len(view.pages),
        "text_turns": sum(part.kind == "turn" for part in view.parts),
        "extracted_facts": len(exact),
        "facts_exact": fmean(exact) if exact else None,  # share that stands in its turn word for word
    }


def level_rows(talk: Talk, budget: int, read: Sequence[ReadPage]) -> list[Row]:
    """Return a row for each level that has pages, the sharpest first, those of important turns and headings last."""
    levels: dict[tuple[bool, int], list[ReadPage]] = {}
    for page in read:
        levels.setdefault((page.part.pinned, page.part.level_number), []).append(page)
    return [
        {
            "conversation": talk.name,
            "level": f"{pages[0].part.level.name if pages[0].part.level else ''}{', important' * pinned}",
            "budget": budget,
            "pages": len(pages),
            "tokens": pages[0].part.tokens,
            "characters": fmean(len(page.part.text) for page in pages),
            "youngest": len(talk.turns) - max(page.part.last_turn for page in pages),
            "oldest": len(talk.turns) - min(page.part.first_turn for page in pages),
            "fidelity": fmean(page.fidelity for page in pages),
            "worst": min(page.fidelity for page in pages),
        }
        for (pinned, _), pages in sorted(levels.items())
    ]


def age_rows(talk: Talk, budget: int, contexts: Iterable[Context]) -> list[Row]:
    """Return a row for each system and bin of ages, the newest first."""
    rows: list[Row] = []
    for context in contexts:
        left = [words_right(turn.text, context.turns.get(number, "")) for number, turn in enumerate(talk.turns, 1)]
        left.reverse()  # by age
        for first, last in age_bins(len(left)):
            of = {"conversation": talk.name, "budget": budget, "system": context.system, "tokens": context.tokens}
            words = fmean(left[first : last + 1])
            rows.append({**of, "age": f"{first}-{last}", "turns": last - first + 1, "words_left": words})
    return rows


def age_bins(turns: int) -> list[tuple[int, int]]:
    """Return (first, last) ages of the bins of a conversation of `turns` turns."""
    edges = [edge for edge in _EDGES if edge < turns] + [turns]
    return [(first, stop - 1) for first, stop in pairwise(edges)]


def fact_rows(talk: Talk, budget: int, facts: Sequence[Planted], contexts: Sequence[Context]) -> list[Row]:
    """Return rows by age, by how the first context shows their turn (text, whole page, …), and over all."""
    zones, total = contexts[0].zones, len(talk.turns)
    groups: list[tuple[str, str, list[Planted]]] = []
    for first, last in age_bins(total):
        groups.append(("age", f"{first}-{last}", [fact for fact in facts if first <= total - fact.turn <= last]))
    for zone in ZONES:
        groups.append(("zone", zone, [fact for fact in facts if zones.get(fact.turn, "gone") == zone]))
    groups.append(("all", "all", list(facts)))
    rows: list[Row] = []
    for context in contexts:
        everything = collapse(context.everything)
        survived = {fact: fact.text in everything for fact in facts}
        whole = {fact: sentence_legible(fact.sentence, context.turns.get(fact.turn, "")) for fact in facts}
        for by, group, members in groups:
            if members:
                of = {"conversation": talk.name, "budget": budget, "system": context.system, "tokens": context.tokens}
                shares = {"survived": fmean(map(survived.__getitem__, members))}
                shares |= {"sentences": fmean(map(whole.__getitem__, members))}
                rows.append({**of, "by": by, "group": group, "facts": len(members), **shares})
    return rows


def sentence_legible(sentence: str, text: str) -> bool:
    """Tell whether a sentence can be read somewhere in a text."""
    sentence, text = collapse(sentence), collapse(text)
    if sentence in text:
        return True
    best = fuzz.partial_ratio_alignment(sentence, text, score_cutoff=100 * ALIGNED)
    return best is not None and fidelity(sentence, text[best.dest_start : best.dest_end]) >= LEGIBLE


def verdicts(talk: Talk, context: Context) -> list[Row]:
    """Judge each question of a dialogue by its words and by all text of the context."""

    def plain(text: str) -> str:
        return collapse(text).casefold()

    said, everything = plain(" ".join(turn.text for turn in talk.turns)), plain(context.everything)
    rows: list[Row] = []
    for question in talk.questions:
        turns = ((talk.turns[number - 1].text, context.turns.get(number, "")) for number in question.evidence)
        legible = all(fidelity(text, read) >= LEGIBLE for text, read in turns)
        answer = plain(question.answer)
        there = answer in everything if answer and answer in said else None  # None: it isn't in the dialogue itself
        rows.append({"category": question.category, "legible": legible, "answer_there": there})
    return rows


def question_rows(budget: int, system: str, tokens: int, found: Sequence[Row]) -> list[Row]:
    """Return a row for each category of questions and one over all, of one system's verdicts on all dialogues."""
    rows: list[Row] = []
    for number, name in [*_CATEGORIES.items(), (0, "all")]:
        chosen = [verdict for verdict in found if number in (0, verdict["category"])]
        answers = [verdict["answer_there"] for verdict in chosen if verdict["answer_there"] is not None]
        if chosen:
            of = {"budget": budget, "system": system, "tokens": tokens, "category": name, "questions": len(chosen)}
            shares = {"legible": fmean(verdict["legible"] for verdict in chosen), "answers": len(answers)}
            rows.append({**of, **shares, "answer_there": fmean(answers) if answers else 0.0})
    return rows
