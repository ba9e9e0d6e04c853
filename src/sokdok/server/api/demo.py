"""The examples of a server that is started to be looked at."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path, Response
from pydantic import BaseModel

from sokdok.server.api.dependencies import Owner, Parts, Server
from sokdok.server.demo.examples import EXAMPLES, Example

router = APIRouter(prefix="/v1/demo", tags=["demo"])


class Title(BaseModel):
    """What an example is called."""

    en: str
    ko: str


class Told(BaseModel):
    """An example."""

    name: str
    kind: Literal["document", "chart", "molecule", "geometry", "text"]
    title: Title
    url: str
    bytes: int
    media_type: str


class ToldAll(BaseModel):
    """All of them."""

    examples: list[Told]
    memory: bool
    """whether a memory has a conversation called demo"""


@router.get("")
async def examples(server: Server, owner: Owner) -> ToldAll:
    """What there is to try."""
    _require_demo(server)
    return ToldAll(examples=list(map(_told, EXAMPLES.values())), memory=not server.keys)


@router.get("/{name}", response_class=Response)
async def example(server: Server, owner: Owner, name: Annotated[str, Path(max_length=100)]) -> Response:
    """An example's file."""
    _require_demo(server)
    if name not in EXAMPLES:
        raise HTTPException(404, "there is no example of that name")
    found = EXAMPLES[name]
    return Response(found.file.read_bytes(), media_type=found.media_type)


def _require_demo(server: Parts) -> None:
    if not server.settings.demo:
        raise HTTPException(404, "this server has no examples")


def _told(example: Example) -> Told:
    return Told(
        name=example.name,
        kind=example.kind,
        title=Title(en=example.english, ko=example.korean),
        url=f"{router.prefix}/{example.name}",
        bytes=len(example.file.read_bytes()),
        media_type=example.media_type,
    )
