"""What the commands of `sokdok memory` have in common: their options, how a memory is opened, how turns are printed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sokdok.cli.ui.console import progress
from sokdok.errors import InputError

if TYPE_CHECKING:
    from sokdok.memory.memory import Memory
    from sokdok.memory.turn import Turn

FILE = Path("memory.db")
"""Default of --file."""
CONVERSATION = "default"
"""Default of --conversation."""
BUDGET = 8000
"""Default of --budget, in tokens."""
MAX_NAMES = 10
"""Names of conversations in an error, at most."""

File = Annotated[Path, typer.Option("--file", "-f", envvar="SOKDOK_MEMORY", help="The file with the memory.")]
Conversation = Annotated[str, typer.Option("--conversation", "-c", help="One of the conversations in it.")]
Budget = Annotated[int, typer.Option("--budget", "-b", help="Most tokens of the view.")]
Model = Annotated[str, typer.Option("--model", "-m", help="Who reads the view: gpt-4o, claude-opus-4.5, nano …")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@contextmanager
def opened(file: Path, conversation: str) -> Iterator[Memory]:
    """Open a conversation that is there. Raises InputError if it is not; nothing is made then."""
    from sokdok.memory.memory import Memory

    with Memory(file, conversation=conversation, create=False) as memory:
        names = [each.name for each in memory.store.conversations()]
        if conversation not in names:
            known = ", ".join(names[:MAX_NAMES]) + (" …" if len(names) > MAX_NAMES else "")
            hint = f"choose one with --conversation: {known}" if names else "nothing was stored there yet"
            raise InputError(f"there is no conversation {conversation!r} in {file}: {hint}")
        yield memory


def whole_tokens(memory: Memory, model: str) -> int:
    """Count what a model would be sent if it were sent everything: each turn as text, its images as they are."""
    from sokdok.tokens.models import find_model

    reader = find_model(model)
    turns = memory.store.end(memory.conversation).number
    tokens = turns * reader.message_tokens
    with progress("counting tokens", total=turns) as advance:
        for turn in memory.store.all_turns(memory.conversation):
            images = sum(reader.image_cost(image.width, image.height).tokens for image in turn.images)
            tokens += reader.count_text(turn.text) + images
            advance(1)
    return tokens


def local(time: datetime) -> str:
    """Write a time as the clock of this machine shows it, with its zone."""
    return f"{time.astimezone():%Y-%m-%d %H:%M %Z}"


def head_of(turn: Turn) -> str:
    """Write number, speaker and time, in one line that is safe to print."""
    from sokdok.memory.turn import speaker

    star = ", important" if turn.important else ""
    return f"[{turn.number}] {speaker(turn.role, turn.meta)}, {local(turn.time)}{star}"


def row_of(turn: Turn) -> dict[str, Any]:
    """Return a turn, JSON-ready."""
    return {
        "conversation": turn.conversation,
        "number": turn.number,
        "role": turn.role,
        "text": turn.text,
        "time": turn.time.isoformat(),
        "important": turn.important,
        "meta": turn.meta,
        "images": turn.images,
    }


def write(text: str) -> None:
    """Write text to stdout as it is, in UTF-8 whatever the terminal's encoding."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()
