"""`sokdok bench`: each bench is loaded when it is named, and says what its line in the group's help says."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from typer.testing import CliRunner

from sokdok import cli
from sokdok.errors import MissingExtraError
from sokdok_lab.cli import bench


@pytest.mark.parametrize("name", bench.BENCHES)
def test_each_bench_loads_and_says_what_the_group_says_of_it(name: str) -> None:
    assert bench.BenchGroup().load(name).help.startswith(bench.BENCHES[name].help)


def test_the_group_lists_all() -> None:
    listed = CliRunner().invoke(cli.app, ["bench", "--help"]).output
    assert bench.HELP.split(":")[0] in listed and all(f" {name} " in listed for name in bench.BENCHES)


def test_what_a_bench_needs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "import_module", Mock(side_effect=ModuleNotFoundError("no httpx", name="httpx")))
    with pytest.raises(MissingExtraError, match=r"sokdok\[serve\]"):
        bench.BenchGroup().load("serve")
    with pytest.raises(ModuleNotFoundError):
        bench.BenchGroup().load("speed")
