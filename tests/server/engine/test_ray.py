"""A server whose readers are replicas of a Ray Serve deployment, on a cluster that is started here."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from fakes.server.serving import served
from sokdok.errors import MissingExtraError
from sokdok.server.engine.ray import import_serve
from sokdok.server.settings import Settings
from sokdok_lab.bench.processes import started_by


def replicas(pid: int) -> Iterator[int]:
    """Processes below one that hold a reader."""
    for child in started_by(pid):
        try:
            name = Path(f"/proc/{child}/cmdline").read_text()
        except OSError:
            continue
        if "ServeReplica" in name:
            yield child
        yield from replicas(child)


@pytest.mark.slow
@pytest.mark.skipif(not all(map(find_spec, ("ray", "grpc"))), reason="ray[serve] is not installed")
def test_documents_are_read_by_replicas_and_a_replica_that_dies_costs_no_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    notes = tmp_path / "notes"
    monkeypatch.setenv("SOKDOK_TEST_NOTES", str(notes))
    with served(Settings(tmp_path / "data", engine="ray", workers=2)) as server, httpx.Client(timeout=60) as client:
        tasks = [
            client.post(f"{server.address}/v1/tasks", files={"file": (name, b"pages=30 slow=0.1")}).json()["id"]
            for name in ("one.txt", "two.txt")
        ]
        end = time.monotonic() + 120
        while not notes.exists() or len(notes.read_text().splitlines()) < 6:
            assert time.monotonic() < end
            time.sleep(0.05)
        os.kill(next(replicas(os.getpid())), signal.SIGKILL)
        for task, name in zip(tasks, ("one.txt", "two.txt"), strict=True):
            with client.stream("GET", f"{server.address}/v1/tasks/{task}/events", timeout=120) as stream:
                assert any(line.startswith("event: end") for line in stream.iter_lines())
            told = client.get(f"{server.address}/v1/tasks/{task}").json()
            assert (told["status"], told["pages_read"], told["pages_failed"]) == ("done", 30, 0)
            text = client.get(f"{server.address}/v1/tasks/{task}/result?form=txt").text
            assert [f"page {number} of {name}" in text for number in range(1, 31)] == [True] * 30
        assert server.app.state.parts.engine.readers[0].children.deaths == 1
        wanted = client.post(f"{server.address}/v1/tasks", files={"file": ("x.txt", b"pages=9 slow=9")}).json()["id"]
        client.delete(f"{server.address}/v1/tasks/{wanted}")
        again = client.post(f"{server.address}/v1/tasks", files={"file": ("y.txt", b"pages=1")}).json()["id"]
        while client.get(f"{server.address}/v1/tasks/{again}").json()["status"] != "done":
            assert time.monotonic() < end + 120
            time.sleep(0.1)
    lines = notes.read_text().splitlines()
    assert len(lines) - len(set(lines)) <= 8, "no more is read twice than a unit"


def test_what_is_missing_for_ray_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray.serve", None)
    if (ray := sys.modules.get("ray")) is not None:
        monkeypatch.delattr(ray, "serve", raising=False)
    with pytest.raises(MissingExtraError, match=r"sokdok\[ray\]"):
        import_serve()
