"""`sokdok bulk plan`: hours, nodes and dollars."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fakes.bulk.corpus import setup_of, write_corpus
from fakes.bulk.here import Here
from sokdok.bulk.run import Watcher, run
from sokdok.cli import app

pytestmark = pytest.mark.process


def _plan(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, ["bulk", "plan", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_pages_over_speed_times_price() -> None:
    plan = json.loads(_plan("--speed", "2.5", "--pages", "90000", "--hours", "4", "--price", "3", "--json"))
    (row,) = plan["rows"]
    assert (row["nodes"], row["hours"], row["node_hours"], row["dollars"]) == (3, pytest.approx(10 / 3), 10, 30)


def test_nothing_costs_nothing_only_because_no_price_is_known() -> None:
    free, priced = _plan("--speed", "1", "--pages", "3600"), _plan("--speed", "1", "--pages", "3600", "--price", "2")
    assert free.splitlines()[1].split()[4] == "–" and "--price says" in free
    assert priced.splitlines()[1].split()[4] == "2.00" and "--price says" not in priced


def test_the_results_of_a_run_say_its_speed(tmp_path: Path) -> None:
    run(setup_of(write_corpus(tmp_path / "corpus", a=3, b=2), tmp_path / "out"), Here, Watcher())
    speed = json.loads(_plan("--results", tmp_path / "out", "--json"))["speed"]
    assert speed["workers"] == 1 and speed["pages"] == 5 and speed["pages_per_second"] > 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name one of"),
        (("--speed", "2", "--results", "nowhere"), "name one of"),
        (("--results", "nowhere"), "nowhere"),
    ],
)
def test_what_can_not_be_planned_is_one_line(
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["bulk", "plan", *arguments])
    line = result.stderr + capfd.readouterr().err
    assert result.exit_code == 2 and said in line and line.count("\n") == 1
