"""What a child does with a memory: turns stored, found and shown. What they are as JSON says `memory`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import msgspec

from sokdok.errors import SokdokError
from sokdok.memory.memory import Memory, new_turn
from sokdok.memory.store.database import NotStored, StoreError
from sokdok.memory.store.store import Store
from sokdok.memory.turn import check_name
from sokdok.memory.view import View
from sokdok.server.errors import Absent, Unreadable

P = ParamSpec("P")


def _as_json(function: Callable[P, Any]) -> Callable[P, bytes]:
    """Answer in JSON; a reason says nothing of where the memory's file, the first argument, lies."""

    @wraps(function)
    def answered(*arguments: P.args, **named: P.kwargs) -> bytes:
        try:
            return msgspec.json.encode(function(*arguments, **named))
        except Absent:
            raise
        except (NotStored, StoreError) as error:
            raise type(error)(str(error).replace(str(arguments[0]), "the memory")) from None
        except SokdokError as error:
            raise Unreadable(str(error).replace(str(arguments[0]), "the memory")) from None

    return answered


@_as_json
def conversations(file: str) -> dict[str, Any]:
    """All conversations by name; none where nothing was stored yet."""
    if not Path(file).exists():
        return {"conversations": []}
    with Store(file, create=False) as store:
        found = store.conversations()
    return {"conversations": [{"name": name, "turns": turns, "last": last.isoformat()} for name, turns, last in found]}


@_as_json
def show_turns(file: str, conversation: str, first: int | None, most: int) -> dict[str, Any]:
    """Some turns of a conversation, the newest where no first one is named."""
    with _opened(file, conversation) as memory:
        total = memory.store.end(conversation).number
        first = max(total - most + 1, 1) if first is None else first
        turns = memory.store.turns(conversation, first, first + most - 1)
    return {"name": conversation, "total": total, "turns": [turn.row() for turn in turns]}


@_as_json
def search_turns(file: str, words: str, conversation: str | None, most: int) -> dict[str, Any]:
    """Turns that have the words of a question, the best first; of all conversations where none is named."""
    if not Path(file).exists():
        return {"hits": []}
    with Store(file, create=False) as store:
        return {"hits": [hit.row() for hit in store.search(words, conversation, most)]}


@_as_json
def add_turn(
    file: str,
    conversation: str,
    role: str,
    text: str,
    name: str | None,
    time: datetime | None,
    important: bool,
    images: list[bytes],
) -> dict[str, Any]:
    """Store a turn; the conversation, and its file, begin with their first one."""
    check_name(conversation)  # before the file is made
    meta = {} if name is None else {"name": name}
    turn = new_turn(role, text, important=important, images=images, time=time, **meta)
    with Memory(file, conversation=conversation) as memory:
        return memory.extend([turn])[0].row()


@_as_json
def forget_conversation(file: str, conversation: str) -> int:
    """Delete a conversation; how many turns it had. Raises Absent if it is not there."""
    with _opened(file, conversation) as memory:
        return memory.forget()


@_as_json
def show_view(file: str, conversation: str, budget: int, model: str, about: str | None = None) -> dict[str, Any]:
    """What a model is shown of a conversation: its parts with their pictures."""
    with _opened(file, conversation) as memory:
        view, tokens = memory.view(budget, model, about), memory.text_tokens(model)
    return view.row(tokens) | {"parts": list(_parts(view))}


def _parts(view: View) -> Iterator[dict[str, Any]]:
    faintest = max((part.level_number for part in view.parts), default=0)
    for part in view.parts:
        sharpness = 1 - part.level_number / faintest if part.level_number else 1.0
        picture = None if part.picture is None else f"data:image/png;base64,{b64encode(part.picture.png).decode()}"
        yield part.row() | {"sharpness": sharpness, "role": part.role, "text": part.text, "picture": picture}


@contextmanager
def _opened(file: str, conversation: str) -> Iterator[Memory]:
    """A conversation that is there. Raises Absent if it is not; nothing is made then."""
    if not Path(file).exists():
        raise Absent("nothing was stored there yet")
    with Memory(file, conversation=conversation, create=False) as memory:
        if not memory.store.end(conversation).number:
            raise Absent(f"there is no conversation {conversation!r}")
        yield memory
