"""The memory benchmark in print: a table for each question asked, files for programs, and how to read the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sokdok_lab.bench.compression.builtin import BUILTIN
from sokdok_lab.bench.memory.forgetting import AgeRow, LevelRow
from sokdok_lab.bench.memory.growth import GrowthRow
from sokdok_lab.bench.memory.run import Results
from sokdok_lab.bench.memory.survival import FactRow, QuestionRow
from sokdok_lab.bench.memory.views import ViewRow
from sokdok_lab.bench.results import csv_text, tables_json, write

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def json_text(results: Results) -> str:
    """Return JSON: an object with an array of rows for each table that has any."""
    return tables_json(results.tables())


def write_csv(results: Results, folder: Path) -> None:
    """Write a file for each table: views.csv, levels.csv, curve.csv, facts.csv, questions.csv, growth.csv."""
    for name, rows in results.tables().items():
        write(csv_text(rows), folder / f"{name}.csv")


def print_results(results: Results, source: str, console: Console) -> None:
    """Print tables, then what must be known to read them."""
    for table in _tables(results):
        console.print(table)
    for line in notes(results, source):
        console.print(line, markup=False, soft_wrap=True)


def notes(results: Results, source: str) -> list[str]:
    """Return what a reader of the tables must know, a line each."""
    lines = []
    if results.levels or results.facts:
        made = "built-in sentences in random order" if source == BUILTIN else f"texts of {source}, joined"
        lines.append(f"Conversations: {made}, facts planted in them. Age is counted in turns; the newest has age 0.")
    if results.levels:
        lines.append("fidelity: what was read on a page against what is written on it.")
        lines.append("words left: share of a turn's words, as it was said, that can be read exactly and in order.")
    if results.facts:
        lines.append(
            "facts: share whose exact string is in the context, (in brackets) whose whole sentence is legible."
        )
    if results.facts or results.curve or results.questions:
        lines.append(
            "Baselines have the whole budget. dropping: words by rarity per token, figures first (LLMLingua-2 trains a "
            "model for that); summary: half newest turns, half extracted sentences."
        )
    if results.questions:
        lines.append(
            "legible: share of questions whose evidence can be read, all of it; no language model answers them."
        )
    return lines


def _tables(results: Results) -> Iterator[Table]:
    if results.views:
        yield _views(results.views)
    if results.levels:
        yield _levels(results.levels)
    for conversation, budget in _cases(results.curve):
        yield _curve([row for row in results.curve if (row.conversation, row.budget) == (conversation, budget)])
    for conversation, budget in _cases(results.facts):
        yield _facts([row for row in results.facts if (row.conversation, row.budget) == (conversation, budget)])
    for _, budget in _cases(results.questions):
        yield _questions([row for row in results.questions if row.budget == budget])
    if results.growth:
        yield _growth(results.growth)


def _cases(rows: Sequence[Any]) -> list[tuple[str, int]]:
    return list(dict.fromkeys((row.conversation, row.budget) for row in rows))


def _table(title: str, *columns: str) -> Table:
    """Make a table with names to the left and numbers to the right."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        left = column in ("conversation", "level", "age", "")
        table.add_column(column, justify="left" if left else "right", no_wrap=True)
    return table


def _views(rows: Sequence[ViewRow]) -> Table:
    names = ("conversation", "budget", "turns", "raw tokens", "view", "used", "ratio", "pages", "text turns")
    table = _table("Views", *names, "extracted facts", "exact")
    for row in rows:
        exact = "" if row.facts_exact is None else f"{row.facts_exact:.1%}"
        table.add_row(
            row.conversation,
            f"{row.budget:,}",
            f"{row.turns:,}",
            f"{row.raw_tokens:,}",
            f"{row.view_tokens:,}",
            f"{row.used:.1%}",
            f"{row.ratio:.1f}x",
            str(row.pages),
            str(row.text_turns),
            str(row.extracted_facts),
            exact,
        )
    return table


def _levels(rows: Sequence[LevelRow]) -> Table:
    names = ("conversation", "budget", "level", "pages", "tokens", "characters", "age", "fidelity", "worst")
    table = _table("Pages read back", *names)
    before = None
    for row in rows:
        if before not in (None, (row.conversation, row.budget)):
            table.add_section()
        before = (row.conversation, row.budget)
        level = f"{row.level_name}{', important' if row.pinned else ''}"
        sizes = (str(row.pages), str(row.tokens), f"{row.characters:,.0f}", f"{row.youngest}-{row.oldest}")
        table.add_row(row.conversation, f"{row.budget:,}", level, *sizes, f"{row.fidelity:.4f}", f"{row.worst:.4f}")
    return table


def _curve(rows: Sequence[AgeRow]) -> Table:
    systems = list(dict.fromkeys(row.system for row in rows))
    tokens = {row.system: row.tokens for row in rows}
    title = f"Words left, {rows[0].conversation}, budget {rows[0].budget:,}"
    table = _table(title, "age", "turns", *(f"{name}\n{tokens[name]:,} tokens" for name in systems))
    for age in dict.fromkeys(row.age for row in rows):
        line = {row.system: row for row in rows if row.age == age}
        table.add_row(age, str(line[systems[0]].turns), *(f"{line[name].words_left:.1%}" for name in systems))
    return table


def _facts(rows: Sequence[FactRow]) -> Table:
    systems = list(dict.fromkeys(row.system for row in rows))
    table = _table(f"Facts found, {rows[0].conversation}, budget {rows[0].budget:,}", "", "facts", *systems)
    before = None
    for by, group in dict.fromkeys((row.by, row.group) for row in rows):
        if before not in (None, by):
            table.add_section()
        before = by
        line = {row.system: row for row in rows if (row.by, row.group) == (by, group)}
        cells = [f"{line[name].survived:.0%} ({line[name].sentences:.0%})" for name in systems]
        table.add_row(f"age {group}" if by == "age" else group, str(line[systems[0]].facts), *cells)
    return table


def _questions(rows: Sequence[QuestionRow]) -> Table:
    systems = list(dict.fromkeys(row.system for row in rows))
    size = f"{rows[0].conversation} of {rows[0].raw_tokens:,} tokens, budget {rows[0].budget:,}"
    title = f"LoCoMo, {size}: evidence legible (answer there)"
    table = _table(title, "", "questions", *systems)
    for category in dict.fromkeys(row.category for row in rows):
        line = {row.system: row for row in rows if row.category == category}
        cells = []
        for name in systems:
            there = f" ({line[name].answer_there:.0%})" if line[name].answers else ""
            cells.append(f"{line[name].legible:.0%}{there}")
        table.add_row(category, str(line[systems[0]].questions), *cells)
    return table


def _growth(rows: Sequence[GrowthRow]) -> Table:
    names = ("budget", "turns", "raw tokens", "view", "used", "pages", "cold ms", "opened", "next", "worst", "same")
    table = _table("Growth", *names, "messages KB", "file MB", "append/s", "one by one/s")
    for row in rows:
        times = (row.cold_ms, row.opened_ms, row.next_ms, row.worst_next_ms, row.unchanged_ms)
        table.add_row(
            f"{row.budget:,}",
            f"{row.turns:,}",
            f"{row.raw_tokens:,}",
            f"{row.view_tokens:,}",
            f"{row.used:.1%}",
            str(row.pages),
            *(f"{value:,.0f}" if value >= 100 else f"{value:.1f}" for value in times),
            f"{row.message_bytes / 1e3:,.0f}",
            f"{row.file_bytes / 1e6:,.1f}",
            f"{row.batch_rate:,.0f}",
            f"{row.single_rate:,.0f}",
        )
    return table
