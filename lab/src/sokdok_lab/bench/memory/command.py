"""`sokdok bench memory`: questions about real conversations; how many planted codes survive; how a view grows.

Rows are added as they come, so that a run that is interrupted leaves what it had finished.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from sokdok import reading
from sokdok.cli.ui.console import note, progress
from sokdok.errors import InputError
from sokdok.memory.memory import Memory
from sokdok.reading import ENDPOINTS
from sokdok.tokens.models import find_model
from sokdok_lab.bench.compression.texts import BUILTIN
from sokdok_lab.bench.memory import growth
from sokdok_lab.bench.memory.asked import BUDGETS, MEANS, MODELS, Eyes, ask, question_rows
from sokdok_lab.bench.memory.baselines import OURS, Context, keep_last, read_pages, shown_text, summary
from sokdok_lab.bench.memory.material import Material, Talk, beam_talks, gather, locomo_talks
from sokdok_lab.bench.memory.planting import fact_rows, plant, view_row
from sokdok_lab.bench.output import (
    Json,
    Row,
    check_file,
    chosen,
    grouped,
    rows_table,
    say,
    shown,
    table,
    table_console,
    write_rows,
)

SECTIONS = ("facts", "growth")  # that can be run by themselves
FACTS = 120  # planted in each conversation
Tables = dict[str, list[Row]]  # Rows of questions and answers; or of views, facts and growth.


def memory(
    beam: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Questions about BEAM's chats, as in its folder chats/100K.")
    ] = None,
    locomo: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Questions about LoCoMo's dialogues: its locomo10.json.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder with manifest.jsonl: long texts to plant codes in. Default: built-in sentences."
        ),
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only facts (planted) or growth; repeatable.")] = None,
    budget: Annotated[
        list[int] | None,
        typer.Option(min=256, help="Tokens of a view; repeatable. Default: 8000; 4000 to 64000 for questions."),
    ] = None,
    most: Annotated[int, typer.Option(min=1000, help="Turns to which the growing conversation grows.")] = 100_000,
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many turns of each conversation.")] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Model whose tokens are counted and whose eyes read; repeatable for questions, which an endpoint "
            "(http://host:8000/v1#NAME) also answers. Default: nano; for questions one of each provider."
        ),
    ] = None,
    judge: Annotated[
        str | None, typer.Option(metavar="URL#NAME", help="Endpoint that judges the answers. Default: the model's own.")
    ] = None,
    read: Annotated[
        int, typer.Option(min=0, help="Questions of each conversation whose pages nano reads back; 0: nor facts'.")
    ] = 1,
    json: Json = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Draw memory-questions, -facts and -growth.png to it.")
    ] = None,
) -> None:
    """Questions about long conversations, and planted codes: what of them a view shows.

    Beside it stands what one could send instead. What is finished when the run is interrupted is written, too.
    """
    check_file(json)
    if plot is not None and not plot.is_dir():
        raise InputError(f"{plot} is not a folder")
    sections = chosen(only, SECTIONS, "part")
    talks = [*(beam_talks(beam) if beam else ()), *(locomo_talks(locomo) if locomo else ())]
    material = Material((), "") if talks else gather(data, limit)
    tables, named = dict[str, list[Row]](), model or (MODELS if talks else ["nano"])

    def add(**found: list[Row]) -> None:
        for name, rows in found.items():
            tables.setdefault(name, []).extend(rows)

    def questions(closed: ExitStack) -> None:
        """Ask all models all questions."""
        asked = [talk.limited(limit) for talk in talks]
        for eyes in [_eyes(name, judge, closed, read > 0) for name in named]:
            with progress(f"asking {eyes.model.name}", total=len(asked)) as advance:
                for talk in asked:
                    add(verdicts=list(ask(talk, eyes, budget or BUDGETS, read)))
                    advance(1)

    def remembered(history: Talk, tokens: int) -> None:
        """Plant facts in a long history, and look for them in its view as read, and in the baselines."""
        talk, facts = plant(history, FACTS)
        with (
            tempfile.TemporaryDirectory(prefix="sokdok-memory-") as folder,
            Memory(Path(folder) / "memory.db") as store,
        ):
            store.extend(talk.turns)
            view = store.view(tokens, counts.name)
        read_back = read_pages(view, reader) if read else {}
        note(f"{talk.name}: {len(talk.turns):,} turns, {view.tokens:,} of {tokens:,} tokens, {len(view.pages)} pages")
        add(views=[view_row(talk, view, read_back, counts.count_text("\n".join(t.text for t in talk.turns)))])
        text = shown_text(view, read_back or {id(part): part.text for part in view.pages})
        others = (make(talk, tokens, counts) for make in (keep_last, summary))
        for each in (Context(OURS, view.tokens, {0: text}), *others):
            same = {"conversation": talk.name, "budget": tokens, "system": each.system, "tokens": each.tokens}
            add(facts=fact_rows(same, len(talk.turns), facts, each.text))

    try:
        if talks:
            with ExitStack() as closed:
                questions(closed)
            return
        reader, budgets = reading.load(named[0]), budget or [8000]
        counts = find_model(reader.name)
        for tokens in budgets:
            for history in material.histories if "facts" in sections else ():
                remembered(history, tokens)
        if "growth" in sections:
            with progress("appending turns", total=len(budgets) * most) as advance:
                for tokens in budgets:
                    with tempfile.TemporaryDirectory(prefix="sokdok-memory-") as folder:
                        for row in growth.measure(Path(folder), tokens, counts, most, advance):
                            add(growth=[row])
    finally:
        if verdicts := tables.pop("verdicts", None):
            answers = [row for row in verdicts if "answer" in row]
            tables |= {"questions": question_rows(verdicts)} | ({"answers": answers} if answers else {})
        if tables:
            write_rows(tables, json)
            if plot is not None:
                from sokdok_lab.bench.memory.plots import plot_results  # matplotlib

                plot_results(tables, plot)
            console = table_console(json)
            for each in _printed(tables):
                console.print(each)
            for line in notes(tables, material.source):
                say(console, line)


def _eyes(name: str, judge: str | None, closed: ExitStack, read: bool) -> Eyes:
    """Return a model by its name, nano with its reader, or by the address of an endpoint that answers for it."""
    if not name.startswith(ENDPOINTS):
        found = find_model(name)
        return Eyes(found, reading.load(found.name) if read and found.name == "nano" else None)
    from sokdok_lab.bench.memory.judged import Answering, Chat  # which need the extra `remote`

    chat = Chat(name, closed)
    return Eyes(find_model(chat.name), answering=Answering(chat, Chat(judge, closed) if judge else chat))


def notes(tables: Tables, source: str) -> Iterator[str]:
    """Yield what a reader of the tables must know, a line each."""
    if "views" in tables:
        made = "built-in sentences in random order" if source == BUILTIN else f"texts of {source}, joined"
        yield f"Conversations: {made}, facts planted in them. Age is counted in turns; the newest has age 0."
    if "facts" in tables:
        yield "facts: share whose exact string is in the context, (in brackets) whose whole sentence is legible."
    if tables.keys() & {"facts", "questions"}:
        yield "Baselines have the whole budget. summary: half newest turns, half extracted sentences."
    if "questions" in tables:
        yield (
            "readable: share of questions whose key sentences can be read, all of them; facts: mean share of what an "
            "answer needs that one sentence shows (what these are: `bench.memory.asked`). No model answers them"
            + (", but for judged: mean score by the rubric." if "answers" in tables else ".")
        )


def _printed(tables: Tables) -> Iterator[Table]:
    for name, title in (("views", "Views, and their pages read back"), ("growth", "Growth")):
        if name in tables:
            yield rows_table(tables[name], title)
    for (conversation, budget), facts in grouped(tables.get("facts", ()), "conversation", "budget").items():
        title = f"Planted facts found, {conversation}, budget {budget:,}"
        yield _by_system(facts, title, "age", "facts", "{survived:.0%} ({sentences:.0%})")
    asked = tables.get("questions", ())
    if asked:
        yield rows_table([row for row in asked if row["ability"] == "all"], "Questions")
    for (name, model, budget), some in grouped(asked, "set", "model", "budget").items():
        cell = "{readable} / {facts}" + " / {judged}" * ("judged" in some[0])
        written = [row | {key: shown(row[key]) for key in MEANS[2:] if key in row} for row in some]
        title = f"{name}, {model}, budget {budget:,}: {cell.translate({ord('{'): None, ord('}'): None})}"
        yield _by_system(written, title, "ability", "questions", cell)


def _by_system(rows: Sequence[Row], title: str, name: str, count: str, cell: str) -> Table:
    """Make a table with a line for each value of a key and a column for each system."""
    systems = {system: f"{system}\n{some[0]['tokens']:,.0f} tokens" for system, some in grouped(rows, "system").items()}
    lines = []
    for value, line in grouped(rows, name).items():
        cells = {row["system"]: cell.format(**row) for row in line}
        lines.append((value, str(line[0][count]), *(cells[system] for system in systems)))
    return table((name,), (count, *systems.values()), lines, title)
