"""Every command and every Python block of README and tutorials runs, on small files.

A line that cannot run here says why in its comment, which begins with "needs": a download, an endpoint, data, hours.
What needs an endpoint is run against one on a loopback port where that takes no minutes; the rest is parsed, so that an
option that is renamed shows all the same.
"""

import builtins
import glob
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from fakes.docs import ENGLISH, ROOT, Block, Line, blocks, lines, write_files
from fakes.remote import FakeEndpoint, Reply, Request, completion, streamed

pytestmark = pytest.mark.process

ENDPOINT = "http://host:8000/v1"
ASKED = {"read", "convert", "ask"}  # commands that are run against an endpoint
UNTIL_STOPPED = {"serve"}  # commands that go on until somebody stops them: they are parsed
ELSEWHERE = {"curl", "ocrmypdf", "ray", "vllm"}  # commands that are not ours


@pytest.fixture(scope="module")
def endpoint() -> Iterator[FakeEndpoint]:
    """Reads every page as "Report of 1999"; chats, streamed or not."""

    def answer(request: Request) -> Reply:
        if request.body.get("stream"):
            return Reply(events=streamed("Report of 1999"))
        return Reply({"id": "1", "created": 0, "model": "any", **completion("Report of 1999")})

    fake = FakeEndpoint()
    fake.answer = answer
    yield fake
    fake.close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endpoint: FakeEndpoint) -> Path:
    """The working folder of a reader who follows a page."""
    write_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.sched_getaffinity", lambda process: {0}, raising=False)  # one process of each kind starts
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    said = iter(["What stands in the report?"])
    monkeypatch.setattr(builtins, "input", lambda prompt="": next(said, ""))
    return tmp_path


@pytest.mark.parametrize("page", ENGLISH, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_says_can_be_done(page: Path, folder: Path, endpoint: FakeEndpoint) -> None:
    names: dict[str, Any] = {}
    for block in blocks(page):
        if block.language == "sh":
            for line in lines(block):
                RUN.get(line.words[0], run_unknown)(line, endpoint)
        elif block.language == "python":
            run_python(block, names)
        else:
            assert block.language == "text", f"{block.place}: say which language this is: sh, python or text"


def run_python(block: Block, names: dict[str, Any]) -> None:
    """Run a block with what the blocks before it on the page have defined."""
    code = compile(block.code, block.place, "exec")
    if not block.code.startswith("# needs"):
        exec(code, names)


def run_sokdok(line: Line, endpoint: FakeEndpoint) -> None:
    """Run a command of ours, or parse it where it needs what is not here."""
    from sokdok.cli import app

    files = [
        sorted(glob.glob(word)) if word.endswith(".png") else [] for word in line.words[1:]
    ]  # as a shell finds them
    words = [word for given, found in zip(line.words[1:], files, strict=True) for word in found or [given]]
    arguments = [word.replace(ENDPOINT, endpoint.url) for word in words]
    asked = line.comment.startswith("needs an endpoint") and arguments[0] in ASKED
    if arguments[0] in UNTIL_STOPPED or (line.needs and not asked):
        parse(list(line.words[1:]))
        return
    result = CliRunner().invoke(app, arguments)
    error = "" if result.exception is None else repr(result.exception)
    assert result.exit_code == 0, f"{line.place}: {' '.join(line.words)}\n{result.output}\n{error}"


def parse(arguments: list[str]) -> None:
    """Take a command apart without running it; raises for an unknown command or option."""
    from sokdok.cli import app
    from sokdok.cli.bulk import DEFAULT

    command: Any = get_command(app)
    command.add_others()  # the lab's
    command = command.load(arguments.pop(0))
    while hasattr(command, "commands"):
        name = arguments.pop(0) if arguments[0] in command.commands else DEFAULT
        command = command.load(name) if hasattr(command, "load") else command.commands[name]
    command.make_context("sokdok", arguments)


def run_pip(line: Line, _: FakeEndpoint) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert line.words[1] == "install"
    for extra in ",".join(re.findall(r"\[(.+)\]", line.words[2])).split(","):
        assert not extra or extra in project["optional-dependencies"], f"{line.place}: no extra {extra!r}"


def run_make(line: Line, _: FakeEndpoint) -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(line.words[1:]) <= set(targets), line.place


def run_script(line: Line, _: FakeEndpoint) -> None:
    """The script is there and knows the options."""
    source = (ROOT / line.words[1]).read_text(encoding="utf-8")
    missing = [word for word in line.words[2:] if word.startswith("--") and f'"{word}"' not in source]
    assert not missing, f"{line.place}: {line.words[1]} knows no {', '.join(missing)}"


def run_unknown(line: Line, _: FakeEndpoint) -> None:
    assert line.words[0] in ELSEWHERE, f"{line.place}: what is {line.words[0]}?"


RUN: dict[str, Callable[[Line, FakeEndpoint], None]] = {
    "sokdok": run_sokdok,
    "pip": run_pip,
    "make": run_make,
    "python": run_script,
}


def test_an_option_that_is_gone_shows() -> None:
    with pytest.raises(Exception, match="--pixels"):
        parse(["read", "report.pdf", "--pixels", "12"])
    with pytest.raises(KeyError):
        parse(["memorize"])
