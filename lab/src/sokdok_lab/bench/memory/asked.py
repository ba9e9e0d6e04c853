"""What questions find in a view, at each model's price and for its eyes; beside what one could send instead.

- A view is asked for with the question, as `Memory.view(…, about=…)` has it. Its text counts as read, of its pages what
  is drawn in glyphs that the model can read by its profile.
- *Read back*: a sample of the views whose pages their model really reads. A sentence on a page counts with few mistakes
  (fidelity of at least `context.LEGIBLE`).
- Beside it the last turns, BM25 over raw turns, extracts, all for as many tokens of the same meter; and the whole.
- With an endpoint the model answers each question from each of these, and answers are judged by the rubric.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from sokdok.compress.pages import legible_glyphs
from sokdok.memory.memory import Memory
from sokdok.memory.view import View
from sokdok.pages.draw import GlyphSize
from sokdok.reading.reading import Reader
from sokdok.tokens.models import VisionModel
from sokdok_lab.bench.memory.baselines import Context, Search, keep_last, summary
from sokdok_lab.bench.memory.context import OURS, corrected, read_pages, shown_text
from sokdok_lab.bench.memory.evidence import Needs, Shown
from sokdok_lab.bench.memory.material import Question, Talk
from sokdok_lab.bench.output import Row, grouped

if TYPE_CHECKING:
    from sokdok_lab.bench.memory.judged import Answering

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
    share: float  # of the conversation's sentences, by characters
    messages: Callable[[], list[dict[str, object]]]


def ask(talk: Talk, eyes: Eyes, budgets: Sequence[int], read: int) -> Iterator[Row]:
    """Yield a row for each budget, question and system; views of the first `read` questions are read back, too."""
    needs, search, model = Needs(talk), Search(talk, eyes.model), eyes.model
    texts = {number: turn.text for number, turn in enumerate(talk.turns, 1)}
    whole = Context(WHOLE, sum(model.count_text(text) + model.message_tokens for text in texts.values()), texts)

    def seen(context: Context) -> Sight:
        def messages() -> list[dict[str, object]]:
            return [{"role": talk.turns[n - 1].role, "content": context.turns[n]} for n in sorted(context.turns)]

        shown = Shown(context.text)
        return Sight(context.system, context.tokens, 0, shown, shown.share(needs.sentences), messages)

    def ours(view: View, system: str, pages: Mapping[int, str]) -> Sight:
        shown = Shown(shown_text(view, pages))
        share = shown.share(needs.sentences)
        return Sight(system, view.tokens, len(view.pages), shown, share, view.messages)

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
        "conversation_read": sight.share,
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
                    known = [each[name] for each in some if each[name] is not None]
                    row[name] = fmean(known) if known else None
            rows.append(row)
    return rows
