"""The help of every command as it was last looked at.

Where a command has changed on purpose: `SOKDOK_SNAPSHOTS=write pytest tests/docs`, then look at the difference.
"""

import os
from pathlib import Path

import command_line
import pytest
from typer.testing import CliRunner

pytest.importorskip("vl_convert", reason="the lab adds commands of its own")
SNAPSHOTS = Path(__file__).parent / "snapshots"
COMMANDS = dict(command_line.commands())


def snapshot(name: str) -> Path:
    return SNAPSHOTS / f"{name.replace(' ', '-')}.md"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_what_it_was(name: str) -> None:
    text = command_line.describe(name, COMMANDS[name])
    if os.environ.get("SOKDOK_SNAPSHOTS") == "write":
        snapshot(name).write_text(text, encoding="utf-8")
    assert snapshot(name).is_file(), f"new command: SOKDOK_SNAPSHOTS=write pytest {Path(__file__).name}"
    assert text == snapshot(name).read_text(encoding="utf-8"), "SOKDOK_SNAPSHOTS=write pytest, if this is on purpose"


def test_no_snapshot_is_left_of_a_command_that_is_gone() -> None:
    if os.environ.get("SOKDOK_SNAPSHOTS") == "write":
        for path in set(SNAPSHOTS.glob("*.md")) - {snapshot(name) for name in COMMANDS}:
            path.unlink()
    assert set(SNAPSHOTS.glob("*.md")) == {snapshot(name) for name in COMMANDS}


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_in_a_terminal(name: str) -> None:
    from sokdok.cli import app

    result = CliRunner().invoke(app, [*name.split()[1:], "--help"])
    assert result.exit_code == 0 and "Usage" in result.output


def test_the_page_of_all_commands_has_their_options_and_exit_codes() -> None:
    page = command_line.page()
    assert "## sokdok compress" in page and "### sokdok memory add" in page
    assert "| `--output DIR`, `-o DIR` |" in page
    assert "| 4 | an optional dependency is not installed" in page
