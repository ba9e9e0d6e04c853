"""`sokdok serve --demo`: examples for whoever looks at the page for the first time, and a conversation in the memory.

The examples are small files of the package, drawn by `scripts/serve/make_examples.py`, and two texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Response
from fastapi import Path as FromPath

from sokdok.demo import demo_text, text_file
from sokdok.memory.memory import Memory
from sokdok.server.api.common import Owner, Parts, Server

router = APIRouter(prefix="/v1/demo", tags=["demo"])
FILES = resources.files("sokdok.server") / "examples"
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Example:
    """Something to try."""

    name: str
    kind: Literal["document", "chart", "molecule", "geometry", "text"]
    title: dict[str, str]  # by language
    url: str
    bytes: int
    media_type: str


@dataclass(frozen=True)
class DemoContent:
    """All that there is to try."""

    examples: list[Example]
    memory: bool  # whether a memory has a conversation called demo


def example_file(name: str) -> Traversable:
    """Where the file of an example is."""
    return FILES / name if (FILES / name).is_file() else text_file(name.removesuffix(".txt"))


@cache
def all_examples() -> dict[str, Example]:
    """Examples by name."""
    found: list[Any] = [
        ("report.pdf", "document", "application/pdf", "A report of two pages", "두 쪽짜리 보고서"),
        ("scan.jpg", "document", "image/jpeg", "The same, scanned", "같은 보고서의 스캔"),
        ("chart.png", "chart", "image/png", "A bar chart", "막대그래프"),
        ("molecule.png", "molecule", "image/png", "Caffeine", "카페인"),
        ("geometry.png", "geometry", "image/png", "A triangle in a triangle", "삼각형 속의 삼각형"),
        ("demo_en.txt", "text", _TEXT, "An English text", "영어 글"),
        ("demo_ko.txt", "text", _TEXT, "A Korean text", "한국어 글"),
    ]
    sizes = {name: len(example_file(name).read_bytes()) for name, *_ in found}
    return {
        name: Example(name, kind, {"en": en, "ko": ko}, f"{router.prefix}/{name}", sizes[name], media_type)
        for name, kind, media_type, en, ko in found
    }


CONVERSATION = "demo"
_ASKED = {
    "en_1_ferry": "Tell me about the ferry.",
    "en_2_starter": "And how is the starter fed?",
    "en_3_bridge": "What is it about the bridge?",
    "ko_1_market": "시장 이야기를 들려줘.",
    "ko_2_type": "활자 이야기도 듣고 싶어.",
}  # text → what brings it up
_FACT = "Remember: my train leaves on Friday at 07:40 from platform 9."


@router.get("")
async def examples(server: Server, owner: Owner) -> DemoContent:
    """What there is to try."""
    _require_demo(server)
    return DemoContent(list(all_examples().values()), memory=not server.keys)


@router.get("/{name}", response_class=Response)
async def example(server: Server, owner: Owner, name: Annotated[str, FromPath(max_length=100)]) -> Response:
    """An example's file."""
    _require_demo(server)
    if name not in all_examples():
        raise HTTPException(404, "there is no example of that name")
    return Response(example_file(name).read_bytes(), media_type=all_examples()[name].media_type)


def _require_demo(server: Parts) -> None:
    if not server.settings.demo:
        raise HTTPException(404, "this server has no examples")


def add_conversation(file: Path) -> None:
    """Have a memory hold the conversation; one that holds it already stays as it is. Raises what `Memory` does."""
    with Memory(file, conversation=CONVERSATION) as memory:
        if memory.store.end(CONVERSATION).number:
            return
        memory.add("user", _FACT, important=True)
        memory.add("assistant", "Friday, 07:40, platform 9.")
        for role, text in _turns():
            memory.add(role, text)


def _turns() -> Iterator[tuple[str, str]]:
    for name, question in _ASKED.items():
        text = demo_text(name)
        yield "user", question
        for number, paragraph in enumerate(filter(None, text.split("\n\n"))):
            if number:
                yield "user", "Go on." if name.startswith("en") else "계속해 줘."
            yield "assistant", paragraph.strip()
