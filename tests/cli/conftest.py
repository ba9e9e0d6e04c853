"""A reader that says what it was told to say, in place of nano: these tests are about the commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sokdok.cli import app
from sokdok.model.nano.alphabet import Alphabet, default_chars
from sokdok.model.preprocess import MODES
from sokdok.pages import Page
from sokdok.reading import Abilities, Reading

Answer = str | dict[str, Any]
Run = Callable[..., Any]


class FakeReader:
    """Gives queued answers in turn; an answer is a text, or fields of the Reading."""

    name = "fake"
    abilities = Abilities(
        alphabet=Alphabet(default_chars()).code_points,
        layout_task="markdown",
        modes=tuple(MODES),
        chooses_mode=False,
        decoders=("auto", "autoregressive", "parallel"),
        sampling=True,
        max_tokens=True,
    )

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.pages: list[Page] = []
        self.options: dict[str, Any] = {}
        self.prompts: list[str] = []

    def read(self, pages: Iterable[Page], prompt: str = "", batch_size: int = 8, **options: Any) -> Iterator[Reading]:
        self.options = options | {"batch_size": batch_size}
        self.prompts.append(prompt)
        stream = iter(enumerate(pages))
        while batch := list(islice(stream, batch_size)):
            for index, page in batch:
                self.pages.append(page)
                yield self._answer(index, page)

    def _answer(self, index: int, page: Page) -> Reading:
        answer = self.answers.pop(0) if self.answers else ""
        fields = {"text": answer} if isinstance(answer, str) else answer
        usual = {"status": "ok", "text": "", "decoder": "autoregressive", "mode": "small", "steps": 10}
        tokens = {"vision_tokens": 100, "sequence_tokens": 111, "seconds": 0.5}
        return Reading(index, page.source, **(usual | tokens | fields))


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> FakeReader:
    fake = FakeReader()
    monkeypatch.setattr("sokdok.reading.load", lambda name="nano", **options: fake)
    return fake


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: FakeReader) -> Run:
    """Run the command `sokdok` with these arguments in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str | Path, stdin: bytes | None = None) -> Any:
        return CliRunner().invoke(app, list(map(str, arguments)), input=stdin)

    return invoke
