"""A server whose readers are replicas of a Ray Serve deployment, on a cluster that is started here."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import aclosing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from fakes.server.serving import FAKE, fake_app, served
from sokdok.documents.question import Question
from sokdok.errors import EndpointError, MissingExtraError
from sokdok.jobs import Died, Job, Limits
from sokdok.server.engine.job import About, PageRead, ReaderSetup, ReadJob
from sokdok.server.engine.ray import RayChildren, Replica, import_serve
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
    settings = Settings(tmp_path / "data", workers=2)
    app = fake_app(settings, lambda setup, workers: RayChildren(setup, workers, None, 0.0, FAKE))
    with served(settings, app) as server, httpx.Client(timeout=60) as client:
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
        assert server.app.state.parts.engine.readers[0].children.deaths >= 1
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


def jobs_of(says: str, pages: int, name: str = "a.txt") -> tuple[list[ReadJob], list[int], bool]:
    numbers = tuple(range(1, pages + 1))
    return [ReadJob(kind="document", upload=name, shown_as=name, asked=Question(), pages=numbers)], list(numbers), False


class OneReplica:
    """A deployment without Ray: requests go to a replica in this process, in a loop of their own."""

    def __init__(self, replica: Replica) -> None:
        self.replica, self.about, self.read = replica, self, self

    def options(self, stream: bool) -> OneReplica:
        return self

    def remote(self, *asked: Any) -> Any:
        return iter(asyncio.run(self._answers(*asked))) if asked else self

    def result(self, timeout_s: float) -> bytes:
        return asyncio.run(self.replica.about())

    async def _answers(self, request: bytes, uploads: list[bytes]) -> list[bytes]:
        async with aclosing(Replica.read(self.replica, request, uploads)) as stream:
            return [data async for data in stream]


def test_what_replicas_answer_is_what_children_of_this_machine_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = ReaderSetup(str(tmp_path), Limits(), Question())
    replica = Replica(msgspec.msgpack.encode(setup), FAKE)
    children = RayChildren(setup, 1, None, 0.0)
    monkeypatch.setattr(children, "_deployed", lambda: OneReplica(replica))
    monkeypatch.setattr(children, "_upload", lambda name: (tmp_path / name).read_bytes())
    try:
        assert children.submit("about", kind=About).result(60).reader == "fake" and children.ready == 1

        def read(says: str, pages: int, name: str) -> tuple[Job, list[int]]:
            (tmp_path / name).write_text(says)
            read: list[int] = []
            how = {"item": PageRead, "on_item": lambda page: read.append(page.number), "retry": lambda job, death: None}
            return children.submit("read", *jobs_of(says, pages, name), **how), read

        whole, numbers = read("pages=3", 3, "a.txt")
        assert whole.exception(60) is None and numbers == [1, 2, 3]
        broken, _ = read("pages=1 broken=1", 1, "b.txt")
        assert isinstance(broken.exception(60), EndpointError)
        deadly, numbers = read("pages=3 die=2", 3, "c.txt")
        assert isinstance(deadly.exception(60), Died) and "SIGSEGV" in str(deadly.exception())
        assert numbers == [1] and children.deaths == 1 and children.room == 2
        again, numbers = read("pages=1", 1, "d.txt")
        assert again.exception(60) is None and numbers == [1], "the replica has another child"
    finally:
        replica._pool.close(tidily=False)
        children.close()


def test_a_replica_keeps_the_last_uploads_only(tmp_path: Path) -> None:
    replica = Replica(msgspec.msgpack.encode(ReaderSetup(str(tmp_path), Limits(), Question())), FAKE)
    for number in range(20):
        replica._keep(f"../{number}.txt", b"x")
    kept = {path.name for path in replica._spool.iterdir()}
    assert len(kept) == 8 and "19.txt" in kept and not (replica._spool.parent / "19.txt").exists()
    replica._pool.close(tidily=False)
