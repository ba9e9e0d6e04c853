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
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sokdok.errors import InputError, encoded
from sokdok.memory.images import NewImage, inspect_image
from sokdok.memory.store.store import Store
from sokdok.memory.turn import NewTurn, Turn, check_name, in_utc, parse_time

DEFAULT_CONVERSATION = "default"  # Name of the conversation of a line that has none.
BATCH_TURNS = 1000  # Turns written at once, between two reports of progress.

_TYPES: dict[str, type] = {
    "conversation": str,
    "number": int,
    "role": str,
    "text": str,
    "time": str,
    "important": bool,
    "meta": dict,
    "images": list,
}  # The fields of a line and their types in JSON.


@dataclass(frozen=True)
class Line:
    """One line of a file of turns."""

    conversation: str
    number: int | None  # Number in its conversation; None: the next one, whichever that is.
    turn: NewTurn
    place: str = ""  # File and line it was read from.


@dataclass(frozen=True)
class Imported:
    """Counts of an import, in turns."""

    added: int
    known: int  # Turns that were there already.


def export_turns(store: Store, conversation: str | None = None) -> Iterator[str]:
    """Yield a line, with its end, for each turn of one conversation or of all. Raises InputError if it is not there."""
    names = [known.name for known in store.conversations()]
    if conversation is not None and conversation not in names:
        raise InputError(
            f"there is no conversation {conversation!r} in {store.path}; it has {', '.join(names) or 'none'}"
        )
    for name in names if conversation is None else [conversation]:
        for turn in store.all_turns(name):
            images = tuple(NewImage(store.image(info.sha256), info) for info in turn.images)
            new = NewTurn(turn.role, turn.text, turn.time, turn.meta, turn.important, images)
            yield write_line(Line(name, turn.number, new))


def write_line(line: Line) -> str:
    """Return a turn as one line of JSON, with its end."""
    turn = line.turn
    images = [
        {"media_type": image.info.media_type, "data": base64.b64encode(image.data).decode()} for image in turn.images
    ]
    fields = {
        "conversation": line.conversation,
        "number": line.number,
        "role": turn.role,
        "text": turn.text,
        "time": turn.time.isoformat() if turn.time else None,
        "important": turn.important or None,
        "meta": turn.meta or None,
        "images": images or None,
    }
    return json.dumps({name: value for name, value in fields.items() if value is not None}, ensure_ascii=False) + "\n"


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
    for first in range(0, len(lines), BATCH_TURNS):
        some = lines[first : first + BATCH_TURNS]
        number = end - len(lines) + first + 1
        stored = store.turns(conversation, number, number + len(some) - 1)
        if not all(_same(turn, line.turn) for turn, line in zip(stored, some, strict=True)):
            return False
    return True


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
    fields = _read_object(text)
    name = fields.get("conversation", DEFAULT_CONVERSATION) if conversation is None else conversation
    encoded(name, name="the conversation's name")
    check_name(name)
    turn = NewTurn(
        fields["role"],
        fields["text"],
        parse_time(fields["time"]) if "time" in fields else None,
        fields.get("meta", {}),
        fields.get("important", False),
        tuple(_read_image(image, f"image {i}") for i, image in enumerate(fields.get("images", []), 1)),
    )
    return Line(name, fields.get("number"), turn, place)


def _read_object(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not a line of JSON ({error})") from None
    if not isinstance(fields, dict):
        raise InputError("not a JSON object")
    for name, value in fields.items():
        if name not in _TYPES:
            raise InputError(f"unknown field {name!r}; put what is your own into meta")
        if type(value) is not _TYPES[name]:
            raise InputError(f"the field {name!r} is not of type {_TYPES[name].__name__}")
    if missing := [name for name in ("role", "text") if name not in fields]:
        raise InputError(f"the field {missing[0]!r} is missing")
    if fields.get("number", 1) < 1:
        raise InputError(f"the number {fields['number']} is less than 1")
    return fields


def _read_image(image: Any, name: str) -> NewImage:
    """Read an image in base64; `name` is its in errors. Raises InputError."""
    if not isinstance(image, dict) or not isinstance(image.get("data"), str):
        raise InputError(f"{name} is no object with its data in base64")
    try:
        data = base64.b64decode(image["data"], validate=True)
    except (binascii.Error, ValueError):
        raise InputError(f"{name} is not in base64") from None
    return inspect_image(data, name)
