"""`sokdok memory`: conversations that are kept exactly, and shown to a model in a budget of tokens."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from sokdok.cli.memory.common import (
    Conversation,
    File,
    MemoryGroup,
    MemoryPlace,
    Model,
    head_of,
    local,
    opened,
    placed,
    whole_tokens,
    write,
)
from sokdok.cli.memory.view import view
from sokdok.cli.ui.console import note, open_output, print_json, progress
from sokdok.cli.ui.files import read_stdin
from sokdok.cli.ui.options import Json
from sokdok.errors import InputError
from sokdok.files import MAX_PIPED_BYTES, lines_of, open_regular
from sokdok.memory.memory import Memory, new_turn
from sokdok.memory.store.interchange import export_turns, read_lines, store_lines
from sokdok.memory.store.store import Store
from sokdok.memory.stream import indented
from sokdok.memory.turn import Stats, check_name
from sokdok.pages import read_text

MAX_LINE_BYTES = 512 << 20  # Of one turn with its images.

group = typer.Typer(
    cls=MemoryGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Keep conversations word for word; show a model any of them in a budget.",
)


@group.callback()
def place(ctx: typer.Context, file: File, conversation: Conversation = None) -> None:
    """Note which memory is meant."""
    ctx.obj = MemoryPlace(file, conversation)


@group.command("add")
def add(
    ctx: typer.Context,
    role: Annotated[str, typer.Argument(help="Who speaks: user, assistant, system or tool.")],
    text: Annotated[str, typer.Argument(metavar="TEXT|-", help="What was said, or - for standard input.")],
    important: Annotated[bool, typer.Option("--important", help="Never let it fade away.")] = False,
    image: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="An image it came with; can be given several times.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Store a turn; its number is printed when it is on the disk. The file is made if it isn't there."""
    said = read_text(read_stdin()) if text == "-" else text
    check_name(ctx.obj.conversation)  # before the file is made
    turn = new_turn(role, said, important=important, images=image or ())
    with placed(ctx.obj.file), Memory(ctx.obj.file, conversation=ctx.obj.conversation) as memory:
        stored = memory.extend([turn])[0]
    if as_json:
        print_json(stored.row())
    else:
        print(stored.number)


@group.command("search")
def search(
    ctx: typer.Context,
    query: Annotated[list[str], typer.Argument(help="Words of the turn, in any case and order, or a question.")],
    limit: Annotated[int, typer.Option(min=1, help="Most turns to print.")] = 10,
    as_json: Json = False,
) -> None:
    """Find turns by their words, the best first."""
    with opened(ctx.obj) as memory:
        hits = memory.search(" ".join(query), limit)
    if as_json:
        print_json([hit.row() for hit in hits])
        return
    for hit in hits:
        snippet = "".join(char if char.isprintable() else " " for char in hit.snippet)
        write(f"{head_of(hit)}: {snippet}\n")
    if not hits:
        note(f"no turn of {ctx.obj.conversation!r} has any of these words")


@group.command("recall")
def recall(
    ctx: typer.Context,
    wanted: Annotated[str, typer.Argument(metavar="TURN|RANGE", help="12, or 12-20.")],
    as_json: Json = False,
) -> None:
    """Print turns word for word; they stand as text in the next views for a few turns.

    Of one turn the text is printed, with a line end if it has none, and who said it on stderr; of several the texts are
    indented. --json is exact.
    """
    with opened(ctx.obj) as memory:
        turns = memory.recall(wanted)
    if as_json:
        print_json([turn.row() for turn in turns])
    elif len(turns) == 1:
        note(head_of(turns[0]))
        write(turns[0].text if turns[0].text.endswith("\n") else f"{turns[0].text}\n")
    else:
        write("\n\n".join(f"{head_of(turn)}\n{indented(turn.text)}" for turn in turns) + "\n")


@group.command("list")
def list_conversations(ctx: typer.Context, as_json: Json = False) -> None:
    """List the conversations in the file."""
    with Store(ctx.obj.file, create=False) as store:
        known = store.conversations()
    if as_json:
        print_json([{"name": name, "turns": turns, "last": last.isoformat()} for name, turns, last in known])
        return
    write(f"{'turns':>9}  {'last one':<20}  conversation\n")
    for name, turns, last in known:
        write(f"{turns:>9,}  {local(last):<20}  {name}\n")


@group.command("stats")
def stats(ctx: typer.Context, model: Model = "nano", as_json: Json = False) -> None:
    """Count a conversation: turns, characters, tokens, days, and the size of the file."""
    with opened(ctx.obj) as memory:
        counted, tokens = memory.stats(), whole_tokens(memory, model)
        conversations = len(memory.store.conversations())
    if as_json:
        print_json(_row(counted) | {"model": model, "text_tokens": tokens, "conversations": conversations})
        return
    write(
        f"{counted.conversation}\n"
        f"turns       {counted.turns:,} ({counted.important:,} important)\n"
        f"characters  {counted.characters:,}\n"
        f"tokens      {tokens:,} if {model} were sent all of it\n"
        f"days        {counted.days:,}, {counted.first:%Y-%m-%d} to {counted.last:%Y-%m-%d}\n"
        f"file        {counted.file_bytes:,} bytes, {conversations:,} conversation{'s' if conversations > 1 else ''}\n"
    )


@group.command("delete")
def delete(
    ctx: typer.Context,
    conversation: Annotated[str, typer.Argument(metavar="NAME", help="The conversation, as `list` names it.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    as_json: Json = False,
) -> None:
    """Delete a conversation for good: its turns, its images, and all that was worked out from them.

    Nothing of it is left in the file to be read. It can't be undone: `export` it before. Others are as they were.
    """
    with opened(ctx.obj._replace(named=conversation)) as memory:
        turns = memory.store.end(conversation).number
        if not yes and not sys.stdin.isatty():
            raise InputError(f"{conversation!r} has {turns:,} turns, which can't be had back: say --yes to delete them")
        if not yes and not typer.confirm(f"Delete the {turns:,} turns of {conversation!r} for good?", err=True):
            raise InputError("nothing was deleted")
        turns = memory.forget()
    if as_json:
        print_json({"conversation": conversation, "turns": turns})
    else:
        print(f"deleted {turns:,} turn{'' if turns == 1 else 's'} of {conversation!r}")


@group.command("import")
def import_lines(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FILE|-", help="JSON lines, or - for standard input.")],
    as_json: Json = False,
) -> None:
    """Store turns from JSON lines, all or none. The same file can be imported again: what is there is passed over.

    A line needs role and text; it may have conversation, number, time, important, meta, images (base64). With a number
    it is passed over if that turn is there with the same content. Lines without numbers are passed over if the
    conversation ends with exactly them, and added else.
    """
    with _lines(source) as (texts, total):
        lines = list(
            read_lines(texts, source, ctx.obj.named)
        )  # before the store is made: a bad line leaves none behind
    with placed(ctx.obj.file), Store(ctx.obj.file) as store, progress("importing", total=total) as advance:
        imported = store_lines(store, lines, advance)
    if as_json:
        print_json(imported)
        return
    were = "was" if imported.known == 1 else "were"
    known = f"; {imported.known:,} {were} there already" if imported.known else ""
    print(f"imported {imported.added:,} turn{'' if imported.added == 1 else 's'}{known}")


@group.command("export")
def export_lines(
    ctx: typer.Context,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: stdout.")] = None,
) -> None:
    """Write all turns as JSON lines, their images included; `import` takes them back."""
    with Store(ctx.obj.file, create=False) as store:
        chosen = [known for known in store.conversations() if ctx.obj.named in (None, known.name)]
        total = sum(known.turns for known in chosen)
        with open_output(output, private=True) as stream, progress("exporting", total=total) as advance:
            for line in export_turns(store, ctx.obj.named):
                stream.write(line.encode())
                advance(1)


@contextmanager
def _lines(source: str) -> Iterator[tuple[Iterator[str], int | None]]:
    """Open a file's lines, and count them; None for standard input."""
    if source == "-":
        yield _decoded(lines_of(sys.stdin.buffer, "standard input", MAX_LINE_BYTES, MAX_PIPED_BYTES)), None
        return
    with open_regular(Path(source)) as file:
        total = sum(chunk.count(b"\n") for chunk in iter(partial(file.read, 1 << 20), b""))
        file.seek(0)
        yield _decoded(lines_of(file, source, MAX_LINE_BYTES)), total


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    yield from map(bytes.decode, lines)


def _row(counted: Stats) -> dict[str, Any]:
    """Return a conversation in numbers, JSON-ready."""
    times = {
        name: time.isoformat() if time else None for name, time in (("first", counted.first), ("last", counted.last))
    }
    return asdict(counted) | times | {"days": counted.days}


group.command()(view)
