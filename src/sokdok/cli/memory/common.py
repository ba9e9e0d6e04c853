"""What the commands of `sokdok memory` have in common: their options, how a memory is opened, how turns are printed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperGroup

from sokdok.cli.ui.console import note, progress
from sokdok.errors import InputError
from sokdok.memory.memory import Memory
from sokdok.memory.store.database import default_file
from sokdok.memory.turn import Turn, speaker

CONVERSATION = "default"  # Default of --conversation.
BUDGET = 8000  # Default of --budget, in tokens.
MAX_NAMES = 10  # Names of conversations in an error, at most.


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


@contextmanager
def opened(place: MemoryPlace) -> Iterator[Memory]:
    """Open a conversation that is there. Raises InputError if it is not; nothing is made then."""
    file, conversation = place.file, place.conversation
    with Memory(file, conversation=conversation, create=False) as memory:
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


def write(text: str) -> None:
    """Write text to stdout as it is, in UTF-8 whatever the terminal's encoding."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()
