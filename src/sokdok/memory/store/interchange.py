"""Turns as JSON lines: everything that was given when they were stored, images included, out and in again.

- One object a line: conversation, number, role, text, time, important, meta, images (base64). What is empty is left
  out; only role and text must be there.
- An import is whole or nothing: each line is checked before the first is stored, and one transaction stores them.
- A turn that is there already, under its number and with the same content, is passed over, so the same file may be
  imported twice; with other content it is an error. What follows a gap in the numbers (of a damaged store's export)
  is stored without the gap.
- Lines without numbers are passed over if the conversation ends with exactly these turns, all of them: the file was
  just imported. Else they are new turns, whatever was said before.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from msgspec import Meta, Struct, ValidationError, convert

from sokdok.errors import InputError, encoded
from sokdok.memory.images import inspect_image
from sokdok.memory.store.store import Store
from sokdok.memory.turn import NewTurn, Turn, check_name, in_utc

DEFAULT_CONVERSATION = "default"  # Name of the conversation of a line that has none.
BATCH_TURNS = 1000  # Turns written at once, between two reports of progress.


class Picture(Struct):
    """An image on a line; what else is said of it is worked out again."""

    data: bytes  # in base64


class Fields(Struct, forbid_unknown_fields=True):
    """What may stand on a line, by the names and types of JSON."""

    role: str
    text: str
    conversation: str = DEFAULT_CONVERSATION
    number: Annotated[int, Meta(ge=1)] | None = None
    time: str | None = None
    important: bool = False
    meta: dict[str, Any] = {}
    images: list[Picture] = []


class Line(NamedTuple):
    """One line of a file of turns."""

    conversation: str
    number: int | None  # Number in its conversation; None: the next one, whichever that is.
    turn: NewTurn
    place: str = ""  # File and line it was read from.


class Imported(NamedTuple):
    """Counts of an import, in turns."""

    added: int
    known: int  # Turns that were there already.


def export_turns(store: Store, conversation: str | None = None) -> Iterator[str]:
    """Yield a line, with its end, for each turn of one conversation or of all. Raises InputError if it is not there."""
    names = [known.name for known in store.conversations()]
    if conversation is not None and conversation not in names:
        there = ", ".join(names) or "none"
        raise InputError(f"there is no conversation {conversation!r} in {store.path}; it has {there}")
    for name in names if conversation is None else [conversation]:
        for turn in store.all_turns(name):
            fields = turn.row() | {
                "important": turn.important or None,
                "meta": turn.meta or None,
                "images": [
                    {"media_type": image.media_type, "data": base64.b64encode(store.image(image.sha256)).decode()}
                    for image in turn.images
                ]
                or None,
            }
            known = {field: value for field, value in fields.items() if value is not None}
            yield json.dumps(known, ensure_ascii=False) + "\n"


def store_lines(store: Store, lines: Sequence[Line], advance: Callable[[int], None] = lambda turns: None) -> Imported:
    """Store the turns of lines, all or none. Raises InputError for one that is there already and differs."""
    added = 0
    by_conversation: dict[str, list[Line]] = {}
    for line in lines:
        by_conversation.setdefault(line.conversation, []).append(line)
    with store.transaction():
        for conversation, own in by_conversation.items():
            new = _new_turns(store, conversation, own, advance)
            for first in range(0, len(new), BATCH_TURNS):
                added += len(store.append(conversation, new[first : first + BATCH_TURNS]))
                advance(len(new[first : first + BATCH_TURNS]))
    return Imported(added, len(lines) - added)


def _new_turns(store: Store, conversation: str, lines: list[Line], advance: Callable[[int], None]) -> list[NewTurn]:
    """Return the turns that are not in the store yet. Raises InputError for one that is there and differs."""
    end = store.end(conversation).number
    if _ends_with(store, conversation, end, lines):
        advance(len(lines))
        return []
    new = []
    for line in lines:
        if line.number is None or line.number > end:
            new.append(line.turn)
            continue
        if not _same(store.turn(conversation, line.number), line.turn):
            raise InputError(
                f"{line.place}: turn {line.number} of {conversation!r} is there already and differs; "
                f"nothing was imported: choose another conversation for it"
            )
        advance(1)
    return new


def _ends_with(store: Store, conversation: str, end: int, lines: list[Line]) -> bool:
    """Whether a conversation of `end` turns ends with what stands on lines without numbers."""
    if len(lines) > end or any(line.number is not None for line in lines):
        return False
    stored = store.turns(conversation, end - len(lines) + 1, end)
    return all(_same(turn, line.turn) for turn, line in zip(stored, lines, strict=True))


def _same(stored: Turn, turn: NewTurn) -> bool:
    """Whether a line has the content of a stored turn; a line without a time fits any."""
    return (
        (stored.role, stored.text, stored.important, stored.meta) == (turn.role, turn.text, turn.important, turn.meta)
        and (turn.time is None or stored.time == in_utc(turn.time))
        and stored.images == tuple(image.info for image in turn.images)
    )


def read_lines(stream: Iterable[str], name: str, conversation: str | None = None) -> Iterator[Line]:
    """Read and check the lines of a file of turns. Raises InputError that says where."""
    last: dict[str, int] = {}
    count = 0
    try:
        for count, text in enumerate(stream, 1):
            if count == 1:
                text = text.removeprefix("\ufeff")  # some editors begin a file with a byte order mark
            if text.strip():
                line = _read_line(text, f"{name}:{count}", conversation)
                before = last.get(line.conversation, 0)
                if line.number is not None and line.number <= before:
                    raise InputError(f"turn {line.number} of {line.conversation!r} stands behind turn {before}")
                last[line.conversation] = line.number or before
                yield line
    except UnicodeDecodeError:
        raise InputError(f"{name}:{count + 1}: not UTF-8; nothing was imported") from None
    except InputError as error:
        raise InputError(f"{name}:{count}: {error}; nothing was imported") from None


def _read_line(text: str, place: str, conversation: str | None) -> Line:
    """Read one line. Raises InputError for a field that can't be used."""
    try:
        fields = convert(json.loads(text), Fields)
    except (ValueError, RecursionError, ValidationError) as error:
        raise InputError(f"not a turn as JSON ({error}); what is your own goes into meta") from None
    name = fields.conversation if conversation is None else conversation
    encoded(name, name="the conversation's name")
    check_name(name)
    try:
        time = datetime.fromisoformat(fields.time) if fields.time is not None else None
    except ValueError:
        raise InputError(f"{fields.time!r} is no time; write it like 2026-01-31T12:00:00Z") from None
    images = (inspect_image(image.data, f"image {number}") for number, image in enumerate(fields.images, 1))
    turn = NewTurn(fields.role, fields.text, time, fields.meta, fields.important, tuple(images))
    return Line(name, fields.number, turn, place)
