"""`sokdok bench memory`: how a memory fades, what survives, and how a view grows.

Every conversation is remembered and its view read back once; rows are added as they come, so that a run that is
interrupted leaves what it had finished.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sokdok import reading
from sokdok.cli.ui.console import note, progress
from sokdok.errors import InputError
from sokdok.memory.memory import Memory
from sokdok.memory.view import View
from sokdok.tokens.models import VisionModel, find_model
from sokdok_lab.bench.compression.texts import BUILTIN
from sokdok_lab.bench.memory import growth
from sokdok_lab.bench.memory.baselines import baselines
from sokdok_lab.bench.memory.context import Context, ReadPage, context_of, read_pages
from sokdok_lab.bench.memory.material import Talk, gather
from sokdok_lab.bench.memory.measures import age_rows, fact_rows, level_rows, question_rows, verdicts, view_row
from sokdok_lab.bench.memory.planting import plant
from sokdok_lab.bench.output import (
    Json,
    Row,
    check_file,
    chosen,
    grouped,
    rows_table,
    say,
    table,
    table_console,
    write_rows,
)

SECTIONS = ("curve", "facts", "questions", "growth")  # that can be run by themselves
FACTS = 120  # planted in each conversation
Tables = dict[str, list[Row]]  # Rows of views, levels, curve, facts, questions and growth.


def memory(
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder with manifest.jsonl: long texts and LoCoMo dialogues. Default: built-in sentences.",
        ),
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only curve, facts, questions or growth; repeatable.")] = None,
    budget: Annotated[
        list[int] | None, typer.Option(min=256, help="Tokens of a view; repeatable. Default: 8000.")
    ] = None,
    most: Annotated[int, typer.Option(min=1000, help="Turns to which the growing conversation grows.")] = 100_000,
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many turns of each conversation.")] = None,
    model: Annotated[
        str, typer.Option(help="The reader of the pages, whose tokens are counted: nano or a checkpoint.")
    ] = "nano",
    json: Json = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Draw memory-forgetting, -facts and -growth.png to this folder.")
    ] = None,
) -> None:
    """Fill a view, read its pages back, and see what is left by age: beside truncation, dropping words, a summary.

    What is finished when the run is interrupted is printed and written all the same.
    """
    check_file(json)
    if plot is not None and not plot.is_dir():
        raise InputError(f"{plot} is not a folder")
    sections = chosen(only, SECTIONS, "part")
    material = gather(data, limit)
    if only and "questions" in only and not material.dialogues:
        raise InputError("the built-in texts have no questions; name a folder with LoCoMo dialogues with --data")
    reader, tables = reading.load(model), dict[str, list[Row]]()
    counts, budgets = find_model(reader.name), budget or [8000]

    def add(**found: list[Row]) -> None:
        for name, rows in found.items():
            tables.setdefault(name, []).extend(rows)

    def remembered(talk: Talk, tokens: int) -> tuple[View, list[ReadPage]]:
        """Return a conversation's view, and its pages as they are read."""
        with (
            tempfile.TemporaryDirectory(prefix="sokdok-memory-") as folder,
            Memory(Path(folder) / "memory.db") as store,
        ):
            store.extend(talk.turns)
            view = store.view(tokens, counts.name)
        read = read_pages(view, reader)
        note(f"{talk.name}: {len(talk.turns):,} turns, {view.tokens:,} of {tokens:,} tokens, {len(read)} pages")
        return view, read

    def forgetting(history: Talk, tokens: int) -> None:
        """Measure a long history: the curve, and facts with and without extracted facts and under the baselines."""
        talk, facts = plant(history, FACTS)
        view, read = remembered(talk, tokens)
        add(views=[view_row(talk, view, _raw_tokens(talk, counts))])
        context, others = context_of(view, read), baselines(talk, tokens, counts)
        if "curve" in sections:
            add(levels=level_rows(talk, tokens, read), curve=age_rows(talk, tokens, [context, *others]))
        if "facts" in sections:
            bare = context_of(view, read, facts=False)
            add(facts=fact_rows(talk, tokens, facts, [context, bare, *others]))

    def questions(dialogues: Sequence[Talk], tokens: int) -> None:
        """Measure the evidence of the dialogues' questions, each dialogue remembered by itself."""
        found: dict[str, list[tuple[Talk, Context]]] = {}
        for talk in dialogues:
            for context in (context_of(*remembered(talk, tokens)), *baselines(talk, tokens, counts)):
                found.setdefault(context.system, []).append((talk, context))
        for system, pairs in found.items():
            mean = round(fmean(context.tokens for _, context in pairs))
            judged = [verdict for talk, context in pairs for verdict in verdicts(talk, context)]
            add(questions=question_rows(tokens, system, mean, judged))

    try:
        for tokens in budgets:
            for history in material.histories if {"curve", "facts"} & set(sections) else ():
                forgetting(history, tokens)
            asked = [talk for talk in material.dialogues if talk.questions]
            if "questions" in sections and asked:
                questions(asked, tokens)
        if "growth" in sections:
            with progress("appending turns", total=len(budgets) * most) as advance:
                for tokens in budgets:
                    with tempfile.TemporaryDirectory(prefix="sokdok-memory-") as folder:
                        for row in growth.measure(Path(folder), tokens, counts, most, advance):
                            add(growth=[row])
    finally:
        if tables:
            write_rows(tables, json)
            if plot is not None:
                from sokdok_lab.bench.memory.plots import plot_results  # matplotlib

                plot_results(tables, plot)
            print_tables(tables, material.source, table_console(json))


def _raw_tokens(talk: Talk, counts: VisionModel) -> int:
    return counts.count_text("\n".join(turn.text for turn in talk.turns))


def print_tables(tables: Tables, source: str, console: Console) -> None:
    """Print what there is, then what must be known to read it."""
    for each in _printed(tables):
        console.print(each)
    for line in notes(tables, source):
        say(console, line)


def notes(tables: Tables, source: str) -> Iterator[str]:
    """Yield what a reader of the tables must know, a line each."""
    if "views" in tables:
        made = "built-in sentences in random order" if source == BUILTIN else f"texts of {source}, joined"
        yield f"Conversations: {made}, facts planted in them. Age is counted in turns; the newest has age 0."
    if "curve" in tables:
        yield "fidelity: what was read on a page against what is written on it."
        yield "words left: share of a turn's words, as it was said, that can be read exactly and in order."
    if "facts" in tables:
        yield "facts: share whose exact string is in the context, (in brackets) whose whole sentence is legible."
    if tables.keys() & {"curve", "facts", "questions"}:
        yield (
            "Baselines have the whole budget. dropping: words by rarity per token, figures first (LLMLingua-2 trains a "
            "model for that); summary: half newest turns, half extracted sentences."
        )
    if "questions" in tables:
        yield (
            "legible: share of questions whose evidence can be read, all of it; no language model answers them. In "
            "brackets, of the answers that stand in the dialogue, the share that stands in the context."
        )


def _printed(tables: Tables) -> Iterator[Table]:
    for name, title in (("views", "Views"), ("levels", "Pages read back"), ("growth", "Growth")):
        if name in tables:
            yield rows_table(tables[name], title)
    for (conversation, budget), curve in grouped(tables.get("curve", ()), "conversation", "budget").items():
        title = f"Words left, {conversation}, budget {budget:,}"
        yield _by_system(curve, title, "age", "turns", "{words_left:.1%}")
    for (conversation, budget), facts in grouped(tables.get("facts", ()), "conversation", "budget").items():
        title = f"Facts found, {conversation}, budget {budget:,}"
        yield _by_system(facts, title, "group", "facts", "{survived:.0%} ({sentences:.0%})")
    for budget, asked in grouped(tables.get("questions", ()), "budget").items():
        title = f"LoCoMo, budget {budget:,}: evidence legible (answer there)"
        yield _by_system(asked, title, "category", "questions", "{legible:.0%} ({answer_there:.0%})")


def _by_system(rows: Sequence[Row], title: str, name: str, count: str, cell: str) -> Table:
    """Make a table with a line for each value of a key and a column for each system."""
    systems = {system: f"{system}\n{some[0]['tokens']:,} tokens" for system, some in grouped(rows, "system").items()}
    lines = []
    for value, line in grouped(rows, name).items():
        cells = {row["system"]: cell.format(**row) for row in line}
        lines.append((value, str(line[0][count]), *(cells[system] for system in systems)))
    return table((name,), (count, *systems.values()), lines, title)
