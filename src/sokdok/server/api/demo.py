"""`sokdok serve --demo`: examples for whoever looks at the page for the first time, and a conversation in the memory.

The examples are small files of the package, drawn by `scripts/serve/make_examples.py`, and two texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Response
from fastapi import Path as FromPath

from sokdok.demo import demo_text
from sokdok.memory.memory import Memory
from sokdok.server.api.common import Owner, Parts, Server

router = APIRouter(prefix="/v1/demo", tags=["demo"])
Kind = Literal["document", "chart", "molecule", "geometry", "text"]


@dataclass(frozen=True)
class Example:
    """Something to try."""

    name: str
    kind: Kind
    media_type: str
    english: str
    korean: str  # what it is called
    package: str = "sokdok.server"
    folder: str = "examples"

    @property
    def file(self) -> Traversable:
        """Where it is."""
        return resources.files(self.package) / self.folder / self.name


_TEXT = "text/plain; charset=utf-8"
EXAMPLES = {
    example.name: example
    for example in (
        Example("report.pdf", "document", "application/pdf", "A report of two pages", "두 쪽짜리 보고서"),
        Example("scan.jpg", "document", "image/jpeg", "The same, scanned", "같은 보고서의 스캔"),
        Example("chart.png", "chart", "image/png", "A bar chart", "막대그래프"),
        Example("molecule.png", "molecule", "image/png", "Caffeine", "카페인"),
        Example("geometry.png", "geometry", "image/png", "A triangle in a triangle", "삼각형 속의 삼각형"),
        Example("demo_en.txt", "text", _TEXT, "An English text", "영어 글", "sokdok.demo", "texts"),
        Example("demo_ko.txt", "text", _TEXT, "A Korean text", "한국어 글", "sokdok.demo", "texts"),
    )
}  # by name
CONVERSATION = "demo"
_ASKED = {
    "en_1_ferry": "Tell me about the ferry.",
    "en_2_starter": "And how is the starter fed?",
    "en_3_bridge": "What is it about the bridge?",
    "ko_1_market": "시장 이야기를 들려줘.",
    "ko_2_type": "활자 이야기도 듣고 싶어.",
}  # text → what brings it up
_FACT = "Remember: my train leaves on Friday at 07:40 from platform 9."


@dataclass(frozen=True)
class ExampleTitle:
    """What an example is called."""

    en: str
    ko: str


@dataclass(frozen=True)
class ExampleFile:
    """An example."""

    name: str
    kind: Kind
    title: ExampleTitle
    url: str
    bytes: int
    media_type: str


@dataclass(frozen=True)
class DemoContent:
    """All of them."""

    examples: list[ExampleFile]
    memory: bool  # whether a memory has a conversation called demo


@router.get("")
async def examples(server: Server, owner: Owner) -> DemoContent:
    """What there is to try."""
    _require_demo(server)
    return DemoContent(list(map(_example_file, EXAMPLES.values())), memory=not server.keys)


@router.get("/{name}", response_class=Response)
async def example(server: Server, owner: Owner, name: Annotated[str, FromPath(max_length=100)]) -> Response:
    """An example's file."""
    _require_demo(server)
    if name not in EXAMPLES:
        raise HTTPException(404, "there is no example of that name")
    found = EXAMPLES[name]
    return Response(found.file.read_bytes(), media_type=found.media_type)


def _require_demo(server: Parts) -> None:
    if not server.settings.demo:
        raise HTTPException(404, "this server has no examples")


def _example_file(example: Example) -> ExampleFile:
    return ExampleFile(
        name=example.name,
        kind=example.kind,
        title=ExampleTitle(en=example.english, ko=example.korean),
        url=f"{router.prefix}/{example.name}",
        bytes=len(example.file.read_bytes()),
        media_type=example.media_type,
    )


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
