import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

import sokdok.cli.serve as command
from sokdok.cli import app
from sokdok.cli.serve import WORKER_MB
from sokdok.server import app as served
from sokdok.server.settings import Settings

KEY = "a-key-of-sixteen-or-more"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """What servers are told; none is started."""
    found: list[Settings] = []
    monkeypatch.setattr(served, "serve", lambda settings, on_start: found.append(settings))
    return found


def test_options_and_keys_reach_the_server(asked: list[Settings], tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("SOKDOK_SERVE_KEYS", f"{KEY}, {KEY}2")
    result = CliRunner().invoke(
        app, ["serve", "--host", "0.0.0.0", "--data", str(tmp_path), "--limit", "queue_pages=7", "--limit", "body_mb=2"]
    )
    assert result.exit_code == 0, result.output
    (settings,) = asked
    assert settings.keys == (KEY, f"{KEY}2") and KEY not in result.output
    assert (settings.bounds.queue_pages, settings.bounds.key_pages, settings.bounds.body_bytes) == (7, 7, 2 << 20)
    assert settings.data == tmp_path and settings.host == "0.0.0.0"


def test_several_endpoints_share_and_several_other_readers_do_not(asked: list[Settings]) -> None:
    both = ["serve", "--reader", "http://one/v1", "--reader", "http://two/v1", "--set", "concurrency=32"]
    assert CliRunner().invoke(app, both).exit_code == 0
    assert asked[0].readers == ("http://one/v1", "http://two/v1") and asked[0].concurrency == 32
    named = ["serve", "--reader", "http://one/v1#a", "--reader", "http://two/v1"]
    assert CliRunner().invoke(app, named).exit_code == 0 and asked.pop().model == "a"
    assert CliRunner().invoke(app, [*named, "--reader", "http://three/v1#b"]).exit_code == 2
    refused = CliRunner().invoke(app, ["serve", "--reader", "nano", "--reader", "http://two/v1"])
    assert refused.exit_code == 2 and "--workers" in refused.output and len(asked) == 1


@pytest.mark.parametrize(
    ("given", "room", "workers"),
    [
        ([], None, 8),
        ([], 100_000, 8),
        ([], 2 * WORKER_MB + 1, 2),
        ([], 5, 1),
        (["--set", "threads=4"], None, 2),
        (["--set", "threads=16"], None, 1),
        (["--workers", "3"], 5, 3),
        (["--reader", "http://one/v1"], None, 1),
    ],
)
def test_a_worker_a_core_reads_as_far_as_memory_allows(
    asked: list[Settings], monkeypatch: pytest.MonkeyPatch, given: list[str], room: int | None, workers: int
) -> None:
    for place in ("sokdok.cli.serve.usable_cores", "sokdok.cli.bulk.command.usable_cores"):
        monkeypatch.setattr(place, lambda: 8)
    monkeypatch.setattr(command, "free_megabytes", lambda: room)
    result = CliRunner().invoke(app, ["serve", *given])
    assert result.exit_code == 0, result.output
    assert asked[0].workers == workers


def test_keys_of_a_file_and_limits_of_each(asked: list[Settings], tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("SOKDOK_SERVE_KEYS", raising=False)
    (tmp_path / "keys").write_text(f"{KEY} queue=5\n")
    command = ["serve", "--keys", str(tmp_path / "keys")]
    assert CliRunner().invoke(app, command).exit_code == 0
    (settings,) = asked
    assert settings.keys == (f"{KEY} queue=5",)


@pytest.mark.parametrize("interactive", [True, False])
def test_the_demo_keeps_a_memory_and_opens_its_page_for_people_only(interactive: bool, tmp_path, monkeypatch) -> None:
    opened: list[str] = []
    monkeypatch.delenv("SOKDOK_SERVE_KEYS", raising=False)
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr(command, "sys", SimpleNamespace(stderr=SimpleNamespace(isatty=lambda: interactive)))
    monkeypatch.setattr(command, "note", lambda text: None)

    def run_it(settings: Settings, on_start: Callable[[str], None]) -> None:
        assert settings.demo and settings.memory == tmp_path / "memory"
        on_start("http://127.0.0.1:8400")

    monkeypatch.setattr(served, "serve", run_it)
    assert CliRunner().invoke(app, ["serve", "--data", str(tmp_path), "--demo"]).exit_code == 0
    assert opened == ["http://127.0.0.1:8400"] * interactive


def test_this_machine_alone_unless_there_are_keys(asked: list[Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOKDOK_SERVE_KEYS", raising=False)
    assert CliRunner().invoke(app, ["serve"]).exit_code == 0
    assert asked[0].host == "127.0.0.1" and asked[0].data.name == "serve"
    refused = CliRunner().invoke(app, ["serve", "--host", "0.0.0.0"])
    assert refused.exit_code == 2 and "SOKDOK_SERVE_KEYS" in refused.output and len(asked) == 1


@pytest.mark.parametrize("library", ["uvicorn", "mcp"])
def test_without_its_libraries_it_names_the_extra(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    for name in ("app", "mcp.http"):  # not the packages, whose attributes would stay the new ones
        monkeypatch.delitem(sys.modules, f"sokdok.server.{name}", raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    result = CliRunner().invoke(app, ["serve"])
    assert result.exit_code == 4 and "sokdok[serve]" in result.output
