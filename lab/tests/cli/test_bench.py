"""`sokdok bench`: each bench is loaded when it is named, and says what its line in the group's help says."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from sokdok.cli import app
from sokdok_lab.cli import bench


@pytest.mark.parametrize("name", bench.BENCHES)
def test_each_bench_loads_and_says_what_the_group_says_of_it(name: str) -> None:
    assert bench.BenchGroup().load(name).help.startswith(bench.BENCHES[name].help)


def test_the_group_lists_all() -> None:
    listed = CliRunner().invoke(app, ["bench", "--help"]).output
    assert bench.HELP.split(":")[0] in listed and all(f" {name} " in listed for name in bench.BENCHES)


def test_what_a_bench_needs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError("no httpx", name="httpx")

    monkeypatch.setattr(bench, "import_module", missing)
    result = CliRunner().invoke(app, ["bench", "serve"])
    assert result.exit_code == 4 and "sokdok[serve]" in result.stderr
    with pytest.raises(ModuleNotFoundError):
        bench.BenchGroup().load("speed")
