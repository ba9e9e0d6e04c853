"""Memories as a worker of the executor sees them: what is stored, found and shown of them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sokdok.memory.memory import Memory, new_turn
from sokdok.memory.store.store import Store
from sokdok.memory.turn import check_name
from sokdok.memory.view import Part, View
from sokdok.server.engine.refused import Absent
from sokdok.server.executor.messages import AddTurn, ForgetConversation, SearchTurns, ShowMemory, ShowTurns


def conversations(file: str) -> list[dict[str, Any]]:
    """All conversations by name; none where nothing was stored yet."""
    if not Path(file).exists():
        return []
    with Store(file, create=False) as store:
        return [{"name": name, "turns": turns, "last": last.isoformat()} for name, turns, last in store.conversations()]


def show_turns(asked: ShowTurns) -> dict[str, Any]:
    """Some turns of a conversation, the newest where no first one is named."""
    with _opened(asked.file, asked.conversation) as memory:
        total = memory.store.end(asked.conversation).number
        first = max(total - asked.most + 1, 1) if asked.first is None else asked.first
        turns = memory.store.turns(asked.conversation, first, first + asked.most - 1)
    return {"name": asked.conversation, "total": total, "turns": [turn.row() for turn in turns]}


def search_turns(asked: SearchTurns) -> list[dict[str, Any]]:
    """Turns that have the words of a question, the best first; of all conversations where none is named."""
    if not Path(asked.file).exists():
        return []
    with Store(asked.file, create=False) as store:
        return [hit.row() for hit in store.search(asked.words, asked.conversation, asked.most)]


def add_turn(asked: AddTurn) -> dict[str, Any]:
    """Store a turn; the conversation, and its file, begin with their first one."""
    check_name(asked.conversation)  # before the file is made
    meta = {} if asked.name is None else {"name": asked.name}
    time = None if asked.time is None else datetime.fromisoformat(asked.time)
    turn = new_turn(asked.role, asked.text, important=asked.important, images=asked.images, time=time, **meta)
    with Memory(asked.file, conversation=asked.conversation) as memory:
        return memory.extend([turn])[0].row()


def forget_conversation(asked: ForgetConversation) -> int:
    """Delete a conversation; how many turns it had. Raises Absent if it is not there."""
    with _opened(asked.file, asked.conversation) as memory:
        return memory.forget()


def show_memory(asked: ShowMemory) -> dict[str, Any]:
    """What a model is shown of a conversation: its parts with their pictures."""
    with _opened(asked.file, asked.conversation) as memory:
        made, tokens = memory.view(asked.budget, asked.model), memory.text_tokens(asked.model)
    return made.row(tokens) | {"parts": list(_parts(made))}


def show_image(file: str, sha256: str) -> dict[str, Any]:
    """An image that a turn came with."""
    if not Path(file).exists():
        raise Absent("nothing was stored there yet")
    with Store(file, create=False) as store:
        return {"data": store.image(sha256)}


def _parts(made: View) -> Iterator[dict[str, Any]]:
    faintest = max((part.level_number for part in made.parts), default=0)
    for part in made.parts:
        sharpness = 1 - part.level_number / faintest if part.level_number else 1.0
        yield part.row() | {
            "sharpness": sharpness,
            "role": part.role,
            "text": part.text,
            "picture": _picture(part),
        }


def _picture(part: Part) -> str | None:
    return None if part.picture is None else f"data:image/png;base64,{b64encode(part.picture.png).decode()}"


@contextmanager
def _opened(file: str, conversation: str) -> Iterator[Memory]:
    """A conversation that is there. Raises Absent if it is not; nothing is made then."""
    if not Path(file).exists():
        raise Absent("nothing was stored there yet")
    with Memory(file, conversation=conversation, create=False) as memory:
        if not memory.store.end(conversation).number:
            raise Absent(f"there is no conversation {conversation!r}")
        yield memory
