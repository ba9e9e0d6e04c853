"""A dataclass's fields are options of a command, under its heading in the help."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

import pytest
import typer
from typer.testing import CliRunner

from sokdok.cli.ui.groups import with_groups

Size = Annotated[int, typer.Option(help="How large.")]


@dataclass(frozen=True)
class Headed:
    """Options with a heading."""

    PANEL: ClassVar[str] = "What it is made of"
    size: Size = 3
    parts: Annotated[list[str], typer.Option(help="Of what.")] = field(default_factory=lambda: ["clay"])


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()

    @app.command()
    @with_groups
    def make(name: str = "pot", height: Size = 1, *, of: Headed) -> None:
        print(name, height, of.size, of.parts)

    return app


def test_the_command_gets_the_dataclass(app: typer.Typer) -> None:
    assert CliRunner().invoke(app, []).output == "pot 1 3 ['clay']\n"
    given = ["--size", "7", "--parts", "a", "--parts", "b", "--height", "2"]
    assert CliRunner().invoke(app, given).output == "pot 2 7 ['a', 'b']\n"


def test_its_options_alone_stand_under_its_heading(app: typer.Typer) -> None:
    before, after = CliRunner().invoke(app, ["--help"]).output.split("What it is made of")
    assert "--height" in before and "--name" in before
    assert "--size" in after and "--parts" in after and "--height" not in after
