"""The table of commands: what it says is true, a command is loaded when it is named, and all options are few."""

import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from typing import Any

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from sokdok.cli import COMMANDS, MEASURE, Command, RootGroup, app

MAX_OPTIONS = 150  # of all commands, each where it stands; this number may only fall


def whole() -> Any:
    root: Any = get_command(app)
    for name in COMMANDS:
        root.load(name)
    return root


def options(command: Any) -> list[str]:
    """All options that the help of a command and of those below it shows, but for --help."""
    own = [parameter for parameter in command.params if parameter.param_type_name == "option"]
    shown = [parameter.opts[0] for parameter in own if not getattr(parameter, "hidden", False)]
    below = getattr(command, "commands", {}).values()
    return [*shown, *(name for child in below if not child.hidden for name in options(child))]


def test_options_are_few_and_help_says_of_a_command_what_it_says_itself() -> None:
    pytest.importorskip("httpx")
    found = options(root := whole())
    assert len(found) <= MAX_OPTIONS, f"{len(found)} options: take one away before adding another"
    for name, command in root.commands.items():
        own = " ".join(command.help.split())
        assert own.startswith(COMMANDS[name].help), name


@pytest.mark.process
def test_help_loads_no_command() -> None:
    code = (
        "import sys; from sokdok.cli import app; sys.argv = ['sokdok', '--help']\n"
        "try: app()\nexcept SystemExit: pass\n"
        "print(*(name for name in sys.modules if name.startswith('sokdok.')), file=sys.stderr)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    rooms = {name.split(".")[1] for name in run.stderr.split() if not name.startswith("sokdok_lab")}
    assert "convert" in run.stdout and rooms <= {"cli", "errors", "files", "reasons", "version"}


def other(size: int = 3) -> None:
    """Do another thing."""
    print(f"size {size}")


def register(group: RootGroup) -> None:
    """Add a command, as a package beside this one does."""
    group.add({"other": Command(MEASURE, "Do another thing.", f"{__name__}:other")})


def test_other_packages_add_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, __name__, sys.modules.get(__name__, sys.modules[other.__module__]))
    entry = EntryPoint("other", f"{__name__}:register", "sokdok.commands")
    monkeypatch.setattr("sokdok.cli.entry_points", lambda group: [entry] if group == "sokdok.commands" else [])
    assert "Do another thing." in CliRunner().invoke(app, ["--help"]).stdout
    assert CliRunner().invoke(app, ["other", "--size", "4"]).stdout == "size 4\n"
    assert CliRunner().invoke(app, ["nothing"]).exit_code == 2
    assert "the package sokdok-lab" in CliRunner().invoke(app, ["train", "nano"]).stderr


def test_a_group_of_commands_may_be_added_too() -> None:
    root: Any = get_command(app)
    assert isinstance(root, RootGroup) and isinstance(root.load("models"), typer.core.TyperGroup)
