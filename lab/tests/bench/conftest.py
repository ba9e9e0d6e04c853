"""The command `sokdok bench`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from sokdok.cli import app


@pytest.fixture
def bench() -> Callable[..., tuple[str, str]]:
    """Run it with these arguments; what it prints on stdout and on stderr."""

    def run(*arguments: object, code: int = 0) -> tuple[str, str]:
        result = CliRunner().invoke(app, ["bench", *map(str, arguments)])
        assert result.exit_code == code, result.output
        return result.stdout, result.stderr

    return run
