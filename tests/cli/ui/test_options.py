"""Options that several commands have, as the question that they make."""

import pytest
import typer
from typer.testing import CliRunner

from sokdok.cli.ui.options import asks, question_of, split_model
from sokdok.documents.question import Question
from sokdok.errors import InputError
from sokdok.jobs import Limits


def test_options_make_a_question() -> None:
    asked = question_of(
        model="http://host:8000/v1#qwen",
        source="reader",
        pages="1-3",
        set=["temperature=0.5", "max-tokens=9", "prompt=a = b"],
        limit=["pages=3", "seconds=0.5"],
    )
    limits = Limits(pages=3, seconds=0.5)
    known = Question(reader="http://host:8000/v1", model="qwen", source="reader", pages="1-3", limits=limits)
    assert (asked.temperature, asked.max_tokens, asked.prompt) == (0.5, 9, "a = b")
    assert (asked.reader, asked.model, asked.source, asked.limits) == (known.reader, "qwen", "reader", limits)
    assert question_of() == Question()


def test_a_command_gets_the_question_that_its_options_make() -> None:
    app = typer.Typer()
    found: list[Question] = []

    @app.command()
    @asks("mode headers set")
    def make(name: str = "pot", *, question: Question) -> None:
        found.append(question)

    assert CliRunner().invoke(app, ["--mode", "tiny", "--headers", "--set", "dpi=72"]).exit_code == 0
    assert found == [Question(mode="tiny", headers=True, dpi=72.0)]
    shown = CliRunner().invoke(app, ["--help"]).output
    assert "--name" in shown and "--mode" in shown and "--source" not in shown


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"set": ["speed=1"]}, "--set takes NAME=VALUE, not 'speed=1'; NAME is one of prompt"),
        ({"set": ["dpi"]}, "--set takes NAME=VALUE"),
        ({"set": ["dpi=high"]}, "--set dpi takes a number, not 'high'"),
        ({"limit": ["pages=-1"]}, "--limit pages must be more than 0"),
        ({"mode": "huge"}, "unknown mode 'huge'"),
    ],
)
def test_what_means_nothing_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        question_of(**given)  # type: ignore[arg-type]


def test_models_have_addresses() -> None:
    assert split_model("runs/#1") == ("runs/#1", None)
    assert split_model("http://host/v1#a/b") == ("http://host/v1", "a/b")
