"""One run of the memory benchmark: every conversation remembered, its view read back once, and all that is measured.

Rows are added as they come, so that a run that is interrupted leaves what it had finished.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sokdok.memory.memory import Memory
from sokdok.memory.view import View
from sokdok.reading.reading import Reader
from sokdok.tokens.models import VisionModel
from sokdok_lab.bench.memory import growth as memory_growth
from sokdok_lab.bench.memory.baselines import baselines
from sokdok_lab.bench.memory.context import Context, ReadPage, context_of, read_pages
from sokdok_lab.bench.memory.forgetting import AgeRow, LevelRow, age_rows, level_rows
from sokdok_lab.bench.memory.growth import GrowthRow
from sokdok_lab.bench.memory.material import Material, Talk
from sokdok_lab.bench.memory.planting import plant
from sokdok_lab.bench.memory.survival import FactRow, QuestionRow, Verdict, fact_rows, question_rows, verdicts
from sokdok_lab.bench.memory.views import ViewRow, view_row

SECTIONS = ("curve", "facts", "questions", "growth")  # Parts of the benchmark that can be run by themselves.
FACTS = 120  # Facts planted in each conversation.


@dataclass
class Results:
    """The rows of each table."""

    views: list[ViewRow] = field(default_factory=list)
    levels: list[LevelRow] = field(default_factory=list)
    curve: list[AgeRow] = field(default_factory=list)
    facts: list[FactRow] = field(default_factory=list)
    questions: list[QuestionRow] = field(default_factory=list)
    growth: list[GrowthRow] = field(default_factory=list)

    def tables(self) -> dict[str, list]:  # type: ignore[type-arg]
        """Return the tables that have rows, by name."""
        return {name: rows for name, rows in vars(self).items() if rows}


@dataclass(frozen=True)
class Run:
    """A benchmark run: the reader, the model whose tokens are counted, the budgets, and where progress is reported."""

    reader: Reader
    model: VisionModel
    budgets: Sequence[int]
    batch_size: int = 8
    note: Callable[[str], None] = lambda text: None
    advance: Callable[[int], None] = lambda pages: None

    def forgetting(self, material: Material, sections: Collection[str], results: Results) -> None:
        """Measure the long histories: the curve, and facts with and without extracted facts and under the baselines."""
        for history in material.histories:
            talk, facts = plant(history, FACTS)
            raw = self._raw_tokens(talk)
            for budget in self.budgets:
                view, read = self._remembered(talk, budget)
                results.views.append(view_row(talk, view, raw))
                context = context_of(view, read)
                others = baselines(talk, budget, self.model)
                if "curve" in sections:
                    results.levels += level_rows(talk, budget, read)
                    results.curve += age_rows(talk, budget, [context, *others])
                if "facts" in sections:
                    bare = context_of(view, read, facts=False)
                    results.facts += fact_rows(talk, budget, facts, [context, bare, *others])

    def questions(self, material: Material, results: Results) -> None:
        """Measure the evidence of the dialogues' questions, each dialogue remembered by itself."""
        dialogues = [talk for talk in material.dialogues if talk.questions]
        raw = [self._raw_tokens(talk) for talk in dialogues]
        for budget in self.budgets:
            tokens: dict[str, list[int]] = {}
            found: dict[str, list[Verdict]] = {}
            for talk in dialogues:
                for context in self._contexts(talk, budget):
                    tokens.setdefault(context.system, []).append(context.tokens)
                    found.setdefault(context.system, []).extend(verdicts(talk, context))
            results.questions += question_rows(budget, raw, [(name, tokens[name], found[name]) for name in found])

    def _contexts(self, talk: Talk, budget: int) -> list[Context]:
        view, read = self._remembered(talk, budget)
        return [context_of(view, read), *baselines(talk, budget, self.model)]

    def growth(self, most: int, results: Results, advance: Callable[[int], None]) -> None:
        """Measure the view of one conversation as it grows to `most` turns."""
        for budget in self.budgets:
            with tempfile.TemporaryDirectory(prefix="sokdok-memory-") as folder:
                for row in memory_growth.measure(Path(folder), budget, self.model, most, advance):
                    results.growth.append(row)

    def _raw_tokens(self, talk: Talk) -> int:
        return self.model.count_text("\n".join(turn.text for turn in talk.turns))

    def _remembered(self, talk: Talk, budget: int) -> tuple[View, list[ReadPage]]:
        """Return a conversation's view, and its pages as they are read."""
        with (
            tempfile.TemporaryDirectory(prefix="sokdok-memory-") as folder,
            Memory(Path(folder) / "memory.db") as memory,
        ):
            memory.extend(talk.turns)
            view = memory.view(budget, self.model.name)
        read = read_pages(view, self.reader, self.batch_size, self.advance)
        self.note(f"{talk.name}: {len(talk.turns):,} turns, {view.tokens:,} of {budget:,} tokens, {len(read)} pages")
        return view, read
