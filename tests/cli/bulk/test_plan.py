"""`sokdok bulk plan`: nodes, hours and dollars."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fakes.bulk.corpus import write_corpus
from sokdok.cli import app

LAYERS = ("--source", "text-layer")


def _plan(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, ["bulk", "plan", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.stdout


def _refused(capfd: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    result = CliRunner().invoke(app, ["bulk", "plan", *map(str, arguments)])
    assert result.exit_code == 2
    return result.stderr + capfd.readouterr().err


def test_nodes_hours_and_dollars_stand_with_every_input() -> None:
    out = _plan("--pages", "100000", "--hours", "5")
    (row,) = [line for line in out.splitlines() if line.startswith("100,000")]
    assert row.split()[1] == "2"
    for name in ("pages_per_document", "loop_share", "curve", "spot_losses", "twice_share", "deadly_share"):
        assert name in out
    assert "limited by its reader" in out and "in 95 of 100 runs" in out


def test_nothing_costs_nothing_only_because_no_price_is_known() -> None:
    given = ("--pages", "1000", "--tokens", "640", "--nodes", "1")
    free, priced = _plan(*given, "--price", "0"), _plan(*given, "--price", "3")
    (row,) = [line.split() for line in free.splitlines() if line.startswith("1,000")]
    assert row[4:6] == ["–", "–"] and "--price says" in free
    assert "–" not in priced.splitlines()[1] and "--price says" not in priced


def test_what_is_given_counts() -> None:
    given = ("--tokens", "640", "--curve", "1:580,4:1320,16:2710", "--price", "3", "--api-servers", "2", "--nodes", "1")
    plan = json.loads(_plan("--pages", "20000", *given, "--start", "0", "--spot-losses", "0", "--json"))
    assert plan["inputs"]["node"]["curve"] == [[1, 580.0], [4, 1320.0], [16, 2710.0]]
    assert plan["node"]["pages_per_second"] == pytest.approx(2710 / 640, rel=0.05)
    (row,) = plan["rows"]
    assert row["dollars"] == pytest.approx(3 * row["node_hours"])
    assert row["done"] + row["failed"] == 20_000
    assert "run" not in row


def test_inputs_of_a_plan_are_taken_up_again(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(_plan("--pages", "5000", "--tokens", "333", "--json"))
    again = json.loads(_plan("--pages", "5000", "--figures", path, "--json"))
    assert again == json.loads(path.read_text())


def test_a_sample_says_how_many_pages_there_are(tmp_path: Path) -> None:
    write_corpus(tmp_path, **{f"d{number}": 3 for number in range(6)})
    plan = json.loads(_plan("--sample", tmp_path, "--nodes", "1", "--json"))
    assert plan["rows"][0]["pages"] == 18
    assert plan["inputs"]["corpus"]["exact_share"] == 1.0


def test_pages_are_read_here_to_know_what_a_page_takes(tmp_path: Path) -> None:
    write_corpus(tmp_path, **{f"d{number}": 3 for number in range(6)})
    plan = json.loads(
        _plan("--sample", tmp_path, "--measure", "12", "--workers", "1", *LAYERS, "--nodes", "1", "--json")
    )
    node = plan["inputs"]["node"]
    assert node["name"] == "this machine, 1 worker" and 0 < node["exact_s"] < 2


def test_a_picture_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "plan.svg"
    _plan("--pages", "1000", "--pages", "100000", "-o", path)
    assert "<svg" in path.read_text()


def test_published_figures_stand_beside_simulated_ones() -> None:
    checks = json.loads(_plan("--check", "--json"))
    assert sum(check["holds"] is True for check in checks) >= 9
    assert all(check["holds"] is not False for check in checks)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--nodes", "2", "--hours", "3"), "name one"),
        (("--curve", "16:3,1:2"), "rising order"),
        (("--curve", "fast"), "write pages at once"),
        (("--curve", "1:2", "--tokens-per-second", "5"), "leave one of them out"),
        (("--measure", "4"), "name the corpus by --sample"),
        (("--tokens", "100", "--loops", "0.5"), "lower loop_share"),
        (("--figures", "missing.json"), "missing.json"),
        (("--sample", "nowhere"), "nowhere"),
        (("--results", "nowhere"), "nowhere"),
        (("-o", "plan.xyz"), "xyz"),
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
    line = _refused(capfd, *arguments)
    assert said in line and line.count("\n") == 1
