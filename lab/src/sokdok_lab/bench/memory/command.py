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
from rich.console import Console

from sokdok import reading
from sokdok.cli.ui.console import note, progress
from sokdok.errors import InputError
from sokdok.memory.memory import Memory
from sokdok.reading import ENDPOINTS
from sokdok.reading.reading import Reader
from sokdok.tokens.models import VisionModel, find_model
from sokdok_lab.bench.memory import growth
from sokdok_lab.bench.memory.asked import BUDGETS, MODELS, Eyes, ask, question_rows
from sokdok_lab.bench.memory.baselines import OURS, Context, keep_last, read_pages, shown_text, summary
from sokdok_lab.bench.memory.material import Talk, beam_talks, gather, locomo_talks
from sokdok_lab.bench.memory.planting import age_middle, fact_rows, plant, view_row
from sokdok_lab.bench.output import Json, Row, beside, chosen, grouped, reported, rows_table, say, shown
from sokdok_lab.bench.plots import plot as plot_rows

SECTIONS = ("facts", "growth")  # that can be run by themselves
FACTS = 120  # planted in each conversation
NOTES = {
    "facts": "facts: share whose exact string is in the context, (in brackets) whose whole sentence is legible. Age is "
    "counted in turns, from 0. Baselines have the whole budget; summary: half newest turns, half extracted sentences.",
    "questions": "readable: share of questions whose key sentences can be read, all of them; facts: mean share of what "
    "an answer needs that one sentence shows (what these are: `bench.memory.asked`); judged: mean score by the rubric, "
    "where a model answered. Baselines have the whole budget.",
}  # what a reader of the tables must know
ASKED = {"readable": "key sentences readable", "facts": "answer's facts found", "judged": "answers judged"}
PLANTED = {"survived": "exact string", "sentences": "with its sentence"}


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
    if plot is not None and not plot.is_dir():
        raise InputError(f"{plot} is not a folder")
    sections = chosen(only, SECTIONS, "part")
    talks = [*(beam_talks(beam) if beam else ()), *(locomo_talks(locomo) if locomo else ())]

    def show(rows: Sequence[Row], console: Console) -> None:
        print_rows(rows, console)
        if plot is not None:
            plot_all(rows, plot)

    with reported(json, show) as rows:
        if talks:
            with ExitStack() as closed:
                eyes = [_eyes(name, judge, closed, read > 0) for name in model or MODELS]
                _ask_all(talks, eyes, budget or BUDGETS, read, rows)
            return
        histories = gather(data)
        reader, budgets = reading.load((model or ["nano"])[0]), budget or [8000]
        for tokens in budgets:
            for history in histories if "facts" in sections else ():
                rows += _remembered(history, tokens, reader, read > 0)
        if "growth" in sections:
            with progress("appending turns", total=len(budgets) * most) as advance:
                for tokens in budgets:
                    with tempfile.TemporaryDirectory(prefix="sokdok-memory-") as folder:
                        for row in growth.measure(Path(folder), tokens, find_model(reader.name), most, advance):
                            rows.append({"table": "growth", **row})


def _eyes(name: str, judge: str | None, closed: ExitStack, read: bool) -> Eyes:
    """Return a model by its name, nano with its reader, or by the address of an endpoint that answers for it."""
    if not name.startswith(ENDPOINTS):
        found = find_model(name)
        return Eyes(found, reading.load(found.name) if read and found.name == "nano" else None)
    from sokdok_lab.bench.memory.judged import Answering, Chat  # which need the extra `remote`

    chat = Chat(name, closed)
    return Eyes(find_model(chat.name), answering=Answering(chat, Chat(judge, closed) if judge else chat))


def _ask_all(talks: Sequence[Talk], models: Sequence[Eyes], budgets: Sequence[int], read: int, rows: list[Row]) -> None:
    """Ask all models all questions; add means of what was found to the rows, and the answers of endpoints."""
    found: list[Row] = []
    try:
        for eyes in models:
            with progress(f"asking {eyes.model.name}", total=len(talks)) as advance:
                for talk in talks:
                    found += ask(talk, eyes, budgets, read)
                    advance(1)
    finally:
        rows += ({"table": "questions", **row} for row in question_rows(found))
        rows += ({"table": "answers", **row} for row in found if "answer" in row)


def _remembered(history: Talk, tokens: int, reader: Reader, read: bool) -> Iterator[Row]:
    """Plant facts in a long history, and look for them in its view, as read or as written, and in the baselines."""
    talk, facts = plant(history, FACTS)
    counts: VisionModel = find_model(reader.name)
    with tempfile.TemporaryDirectory(prefix="sokdok-memory-") as folder, Memory(Path(folder) / "memory.db") as store:
        store.extend(talk.turns)
        view = store.view(tokens, counts.name)
    read_back = read_pages(view, reader) if read else {}
    note(f"{talk.name}: {len(talk.turns):,} turns, {view.tokens:,} of {tokens:,} tokens, {len(view.pages)} pages")
    raw_tokens = counts.count_text("\n".join(turn.text for turn in talk.turns))
    yield {"table": "views", **view_row(talk, view, read_back, raw_tokens)}
    text = shown_text(view, read_back or {id(part): part.text for part in view.pages})
    others = (make(talk, tokens, counts) for make in (keep_last, summary))
    for each in (Context(OURS, view.tokens, {0: text}), *others):
        same = {"table": "facts", "conversation": talk.name, "budget": tokens}
        same |= {"system": each.system, "tokens": each.tokens}
        yield from fact_rows(same, len(talk.turns), facts, each.text)


def print_rows(rows: Sequence[Row], console: Console) -> None:
    """Print a table of each kind of rows, and what a reader of it must know; systems side by side."""
    tables = grouped(rows, "table")
    for name in ("views", "growth"):
        if name in tables:
            console.print(rows_table(tables[name]))
    for (conversation, budget), some in grouped(tables.get("facts", ()), "conversation", "budget").items():
        title = f"Planted facts found, {conversation}, budget {budget:,}"
        console.print(beside(some, ("age",), "facts", "system", "{survived:.0%} ({sentences:.0%})", title))
    questions = tables.get("questions", ())
    if questions:
        console.print(rows_table([row for row in questions if row["ability"] == "all"]))
    for (name, model, budget), some in grouped(questions, "set", "model", "budget").items():
        names = [key for key in ASKED if key in some[0]]
        written = [row | {key: shown(row[key]) for key in names} for row in some]
        title = f"{name}, {model}, budget {budget:,}: {' / '.join(names)}"
        cell = " / ".join(f"{{{key}}}" for key in names)
        console.print(beside(written, ("ability",), "questions", "system", cell, title))
    for name, text in NOTES.items():
        if name in tables:
            say(console, text)


def plot_all(rows: Sequence[Row], folder: Path) -> None:
    """Write memory-questions, -facts and -growth.png, as far as there are rows for them."""
    tables = grouped(rows, "table")
    if "questions" in tables:
        overall = [row for row in tables["questions"] if row["ability"] == "all"]
        names = {key: label for key, label in ASKED.items() if key in overall[0]}
        title = "Questions about long conversations, by the tokens of what is shown"
        plot_rows(overall, folder / "memory-questions.png", title, "tokens", names, ("set", "model"))
    if "facts" in tables:
        by_age = [row | {"age in turns": age_middle(row["age"])} for row in tables["facts"] if row["age"] != "all"]
        title = "Planted facts that can still be read"
        plot_rows(by_age, folder / "memory-facts.png", title, "age in turns", PLANTED, ("conversation", "budget"))
    if "growth" in tables:
        points = list(growth.curves(tables["growth"]))
        plot_rows(
            points, folder / "memory-growth.png", "How a view grows", "turns", growth.PANELS, ("budget",), log=True
        )
