"""Memories: conversations that are kept word for word, and what a model is shown of them in a budget of tokens.

A memory is its key's alone. Turns are added and never changed; a conversation can be deleted as a whole.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from sokdok.memory.turn import Turn
from sokdok.server.api.common import Owner, Parts, Server, answers, json_answer
from sokdok.server.api.requests import data_of

router = APIRouter(prefix="/memory", tags=["memory"])
_SECONDS = 60.0  # for one look at a memory
_MOST_TEXT = 2_000_000

Name = Annotated[str, Path(min_length=1, max_length=200, description="Of a conversation.")]
Budget = Annotated[int, Query(ge=1, le=10_000_000, description="Most tokens of what the model is shown.")]
About = Annotated[str | None, Query(max_length=20_000, description="What is asked; else a user's newest turn.")]
Words = Annotated[str, Query(min_length=1, max_length=1_000, description="Words, or a question.")]
Searched = Annotated[str | None, Query(max_length=200)]
Most = Annotated[int, Query(ge=1, le=100)]
Model = Annotated[str, Query(max_length=100, description="Who reads it: gpt-4o, claude-opus-4.5, nano …")]


class TurnToStore(BaseModel):
    """A turn to store."""

    model_config = ConfigDict(extra="forbid")
    role: Literal["user", "assistant", "system", "tool"]
    text: Annotated[str, Field(max_length=_MOST_TEXT)]
    name: Annotated[str | None, Field(max_length=200)] = None  # the speaker's
    time: AwareDatetime | None = None
    important: bool = False
    images: Annotated[list[str], Field(max_length=20)] = []  # data URLs


@router.get("/conversations", **answers(dict[str, Any]))
async def conversations(server: Server, owner: Owner) -> Response:
    """What is in your memory: `conversations`, each with `name`, `turns` and when its `last` one was."""
    return json_answer(await _asked(server, owner, "conversations"))


@router.get("/search", **answers(dict[str, Any]))
async def search(server: Server, owner: Owner, q: Words, conversation: Searched = None, limit: Most = 10) -> Response:
    """`hits`, turns that have these words, of all conversations or of one; the best first."""
    return json_answer(await _asked(server, owner, "search_turns", q, conversation, limit))


# A conversation's name may have slashes: what is about it in particular comes first.
@router.get("/conversations/{name:path}/view", **answers(dict[str, Any]))
async def view(
    server: Server, owner: Owner, name: Name, budget: Budget = 8_000, model: Model = "nano", about: About = None
) -> Response:
    """What a model is shown of a conversation: what is asked about word for word, the rest from faded to sharp.

    `tokens` of a `budget`, `text_tokens` if all were sent as text, `ratio`, and `parts`: each has its `kind`, `tokens`,
    `text`, `first_turn` and `last_turn`, its `level` of fading (0 is the sharpest) and `sharpness` from 1 to 0, whether
    it is `pinned`, and of a page its `size` and its `picture` as a data URL.
    """
    return json_answer(await _asked(server, owner, "show_view", name, budget, model, about))


@router.post("/conversations/{name:path}/turns", status_code=201, **answers(Turn, 201))
async def add(server: Server, owner: Owner, name: Name, turn: TurnToStore) -> Response:
    """Store a turn; the conversation begins with its first one."""
    images = [data_of(url, f"image {number}") for number, url in enumerate(turn.images, 1)]
    said = turn.role, turn.text, turn.name, turn.time, turn.important, images
    return json_answer(await _asked(server, owner, "add_turn", name, *said), 201)


@router.delete("/conversations/{name:path}", status_code=204)
async def forget(server: Server, owner: Owner, name: Name) -> None:
    """Delete a conversation for good, its images with it: nothing of it is left in the file to be read."""
    await _asked(server, owner, "forget_conversation", name)


@router.get("/conversations/{name:path}", **answers(dict[str, Any]))
async def turns(
    server: Server,
    owner: Owner,
    name: Name,
    first: Annotated[int | None, Query(ge=1, description="Number of a turn; the newest ones by default.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """`turns` of a conversation, word for word, of how many in `total`."""
    return json_answer(await _asked(server, owner, "show_turns", name, first, limit))


async def _asked(server: Parts, owner: str, name: str, *arguments: Any) -> bytes:
    """What a function of `work.memory` answers about an owner's memory."""
    asked = str(server.memory_file(owner)), *arguments
    answer: bytes = await server.tools.run(f"sokdok.server.work.memory:{name}", *asked, owner=owner, seconds=_SECONDS)
    return answer
