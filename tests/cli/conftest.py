"""A reader that says what it was told to say, in place of nano: these tests are about the commands."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fakes.converting import FakeReader
from sokdok.cli import app
from sokdok.model.nano.alphabet import Alphabet, default_chars
from sokdok.model.preprocess import MODES
from sokdok.reading import Abilities

Run = Callable[..., Any]
ABILITIES = Abilities(
    alphabet=Alphabet(default_chars()).code_points,
    layout_task="markdown",
    modes=tuple(MODES),
    chooses_mode=False,
    decoders=("auto", "autoregressive", "parallel"),
    sampling=True,
    max_tokens=True,
)
USUAL = {"decoder": "autoregressive", "mode": "small", "steps": 10}
USUAL |= {"vision_tokens": 100, "sequence_tokens": 111, "seconds": 0.5}


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> FakeReader:
    fake = FakeReader(abilities=ABILITIES, answers=[], usual=USUAL)
    monkeypatch.setattr("sokdok.reading.load", lambda name="nano", **options: fake)
    return fake


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: FakeReader) -> Run:
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str | Path, stdin: bytes | None = None) -> Any:
        return CliRunner().invoke(app, list(map(str, arguments)), input=stdin)

    return invoke
