"""`sokdok memory`: conversations that are kept exactly, and shown to a model in a budget of tokens."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NamedTuple, cast

import typer
from typer.core import TyperGroup

from sokdok.cli.ui.console import console, count_of, note, open_output, print_json, progress, short, table, write
from sokdok.cli.ui.options import Json, file_or_stdin
from sokdok.errors import InputError
from sokdok.files import MAX_PIPED_BYTES, lines_of, make_folder, open_regular, replacing
from sokdok.memory.memory import Memory, new_turn
from sokdok.memory.store.database import default_file
from sokdok.memory.store.interchange import export_turns, read_lines, store_lines
from sokdok.memory.store.store import Store
from sokdok.memory.stream import indented
from sokdok.memory.turn import Turn, check_name, speaker
from sokdok.memory.view import Style, View, total
from sokdok.pages import read_text

CONVERSATION = "default"  # Default of --conversation.
BUDGET = 8000  # Default of --budget, in tokens.
MAX_NAMES = 10  # Names of conversations in an error, at most.
MAX_LINE_BYTES = 512 << 20  # Of one turn with its images.
MESSAGES = "messages.json"  # File of the view's chat messages.
ID_CHARS = 12  # Characters of a page's id in a file's name.
# Names of files that this or an earlier version wrote for a view's parts.
_OURS = re.compile(r"\d{3,}-(preamble|legend|page|abridged|facts|factsheet|recalled|turn)(-[0-9a-f]{12})?\.(png|txt)")

File = Annotated[
    Path,
    typer.Option(
        "--file",
        "-f",
        envvar="SOKDOK_MEMORY",
        default_factory=default_file,
        show_default=False,
        help="The file with the memory. Default: memory.db here if there is one, else in your data folder.",
    ),
]
Conversation = Annotated[
    str | None,
    typer.Option(
        "--conversation", "-c", help=f"One of the conversations in it. Default: {CONVERSATION}; import and export: all."
    ),
]
EMBEDDINGS = "SOKDOK_EMBEDDINGS"  # an endpoint's embedding model: turns are found by meaning, too
Budget = Annotated[int, typer.Option("--budget", "-b", help="Most tokens of the view.")]
Model = Annotated[str, typer.Option("--model", "-m", help="Who reads the view: gpt-4o, claude-opus-4.5, nano …")]


class MemoryPlace(NamedTuple):
    """Which memory, and what of it."""

    file: Path
    named: str | None = None  # the conversation, if somebody names one

    @property
    def conversation(self) -> str:
        """The conversation that is named, or the default one."""
        return CONVERSATION if self.named is None else self.named


class MemoryGroup(TyperGroup):
    """Takes the file and the conversation also behind a command: `sokdok memory add user hi -c work`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the group's options before the command."""
        first, others = list[str](), list(args)
        for at in range(len(args) - 1, -1, -1):
            option, mark, _ = others[at].partition("=")
            if "--" in args[:at] or option not in ("--file", "-f", "--conversation", "-c"):
                continue
            end = at + (1 if mark else 2)
            first, others = [*others[at:end], *first], [*others[:at], *others[end:]]
        return super().parse_args(ctx, [*first, *others])


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
    said = read_text(file_or_stdin(text)) if text == "-" else text
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
        times = {"first": counted.first, "last": counted.last}
        row = asdict(counted) | {name: time.isoformat() if time else None for name, time in times.items()}
        more = {"days": counted.days, "model": model, "text_tokens": tokens, "conversations": conversations}
        print_json(row | more)
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
        try:
            sure = yes or typer.confirm(f"Delete the {turns:,} turns of {conversation!r} for good?", err=True)
        except typer.Abort:  # the end of the input, or Ctrl-C
            sure = False
        if not sure:
            raise InputError("nothing was deleted; --yes deletes without asking")
        turns = memory.forget()
    if as_json:
        print_json({"conversation": conversation, "turns": turns})
    else:
        print(f"deleted {count_of(turns, 'turn')} of {conversation!r}")


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
    with _lines(source) as (texts, count):
        lines = list(read_lines(texts, source, ctx.obj.named))  # before the store is made: a bad line leaves none
    with placed(ctx.obj.file), Store(ctx.obj.file) as store, progress("importing", total=count) as advance:
        imported = store_lines(store, lines, advance)
    if as_json:
        print_json(imported._asdict())
        return
    known = f"; {imported.known:,} {'was' if imported.known == 1 else 'were'} there already" if imported.known else ""
    print(f"imported {count_of(imported.added, 'turn')}{known}")


@group.command("export")
def export_lines(
    ctx: typer.Context,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: stdout.")] = None,
) -> None:
    """Write all turns as JSON lines, their images included; `import` takes them back."""
    with Store(ctx.obj.file, create=False) as store:
        chosen = [known for known in store.conversations() if ctx.obj.named in (None, known.name)]
        total = sum(known.turns for known in chosen)
        with open_output(output, [ctx.obj.file], private=True) as stream, progress("exporting", total=total) as advance:
            for line in export_turns(store, ctx.obj.named):
                stream.write(line.encode())
                advance(1)


@contextmanager
def _lines(source: str) -> Iterator[tuple[Iterator[str], int | None]]:
    """Open a file's lines, and count them; None for standard input."""
    if source == "-":
        yield map(bytes.decode, lines_of(sys.stdin.buffer, "standard input", MAX_LINE_BYTES, MAX_PIPED_BYTES)), None
        return
    with open_regular(Path(source)) as file:
        total = sum(chunk.count(b"\n") for chunk in iter(partial(file.read, 1 << 20), b""))
        file.seek(0)
        yield map(bytes.decode, lines_of(file, source, MAX_LINE_BYTES)), total


@group.command("view")
def view(
    ctx: typer.Context,
    budget: Budget = BUDGET,
    model: Model = "nano",
    about: Annotated[
        str | None,
        typer.Option(metavar="QUESTION", help="What is asked; what matches stays sharp. Default: a user's last turn."),
    ] = None,
    messages: Annotated[
        str | None,
        typer.Option(metavar="API", help="Print the chat messages of this API: openai or anthropic, as JSON."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Write pages, texts and messages.json there.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what a model gets to see of a conversation, and what that costs: never more tokens than the budget.

    What is asked about stands there word for word, the newest turns too; the rest fades by age. With --about "" nothing
    is asked.
    """
    with opened(ctx.obj) as memory:
        made = memory.view(budget, model, about)
        if output is not None:
            files = save_view(made, output, messages or "openai")
            note(f"wrote {files:,} files to {output}")
        if messages is not None and output is None:
            print_json(made.messages(cast(Style, messages)))
            return
        tokens = whole_tokens(memory, model)
    if as_json:
        print_json(made.row(tokens) | {"parts": [part.row() for part in made.parts]})
        return
    out = console()
    write(f"{made.conversation}: {made.turns:,} turns, as {made.model} sees them\n\n")
    rows = table(out, "shown as", "parts", "turns", "tokens", "share")
    for name, parts in made.explain().items():
        first, last = min(part.first_turn for part in parts), max(part.last_turn for part in parts)
        turns, spent = f"{first:,}-{last:,}" if first else "", total(parts)
        rows.add_row(name, f"{len(parts):,}", turns, f"{spent:,}", f"{spent / made.budget:.1%}")
    out.print(rows)
    counted = "" if made.exact_count else "; text tokens are estimated, erring high"
    times = f", {short(tokens / made.tokens)} times as many" if 0 < made.tokens < tokens else ""
    write(
        f"\n{made.tokens:,} of {made.budget:,} tokens ({made.tokens / made.budget:.1%}); "
        f"all of it as text: {tokens:,}{times}{counted}\n"
    )


def save_view(made: View, folder: Path, style: str) -> int:
    """Write a view's parts, numbered in their order, and last its messages; remove those of an earlier view there.

    Returns how many files were written.
    """
    make_folder(folder)
    digits = max(3, len(str(len(made.parts))))
    content = {MESSAGES: json.dumps(made.messages(cast(Style, style)), ensure_ascii=False, indent=1).encode()}
    for number, part in enumerate(made.parts, 1):
        if part.picture:
            content[f"{number:0{digits}}-page-{part.picture.id[:ID_CHARS]}.png"] = part.picture.png
        else:
            content[f"{number:0{digits}}-{part.kind}.txt"] = part.text.encode()
    for path in list(folder.iterdir()):
        if _OURS.fullmatch(path.name) and path.name not in content:
            path.unlink()
    for name, data in sorted(content.items()):  # the messages last
        with replacing(folder / name, private=True) as temporary:
            temporary.write_bytes(data)
    return len(content)


@contextmanager
def opened(place: MemoryPlace) -> Iterator[Memory]:
    """Open a conversation that is there. Raises InputError if it is not; nothing is made then."""
    file, conversation = place.file, place.conversation
    with Memory(file, conversation=conversation, create=False, embeddings=os.environ.get(EMBEDDINGS)) as memory:
        names = [each.name for each in memory.store.conversations()]
        if conversation not in names:
            known = ", ".join(names[:MAX_NAMES]) + (" …" if len(names) > MAX_NAMES else "")
            hint = f"choose one with --conversation: {known}" if names else "nothing was stored there yet"
            raise InputError(f"there is no conversation {conversation!r} in {file}: {hint}")
        yield memory


@contextmanager
def placed(file: Path) -> Iterator[None]:
    """Say where a memory is kept once its file was made."""
    new = not file.exists()
    yield
    if new and file.exists():
        note(f"this memory is kept in {file}; --file or SOKDOK_MEMORY names another")


def whole_tokens(memory: Memory, model: str) -> int:
    """Count what a model would be sent if it were sent everything."""
    with progress("counting tokens", total=memory.store.end(memory.conversation).number) as advance:
        return memory.text_tokens(model, advance)


def local(time: datetime) -> str:
    """Write a time as the clock of this machine shows it, with its zone."""
    return f"{time.astimezone():%Y-%m-%d %H:%M %Z}"


def head_of(turn: Turn) -> str:
    """Write number, speaker and time, in one line that is safe to print."""
    star = ", important" if turn.important else ""
    return f"[{turn.number}] {speaker(turn.role, turn.meta)}, {local(turn.time)}{star}"
