"""Servers that are killed, stopped, and two of them on one folder."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from fakes.server.serving import served
from sokdok.documents.question import Question
from sokdok.errors import InputError
from sokdok.server.engine.engine import Engine
from sokdok.server.engine.job import ReadJob
from sokdok.server.settings import Bounds, Settings
from sokdok.server.tasks.files import page_records
from sokdok.server.tasks.tasks import Tasks


class Killable:
    """A server of a process of its own, started again and again on one folder and one port."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.notes = folder / "data", folder / "notes"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        command = [sys.executable, "-m", "fakes.server.main", str(self.folder), str(self.port)]
        with subprocess.Popen(command, env=os.environ | {"SOKDOK_TEST_NOTES": str(self.notes)}) as process:
            try:
                end = time.monotonic() + 120
                while not self._answers():
                    assert process.poll() is None and time.monotonic() < end
                    time.sleep(0.05)
                yield process
            finally:
                process.kill()

    def _answers(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.address}/ready").status_code == 200
        return False

    def create(self, name: str, says: str) -> str:
        answer = httpx.post(f"{self.address}/v1/tasks", files={"file": (name, says.encode())})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def task(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{self.address}/v1/tasks/{id}").json()
        return found

    def ended(self, id: str) -> dict[str, Any]:
        end = time.monotonic() + 240
        while not (task := self.task(id))["ended_at"]:
            assert time.monotonic() < end, task
            time.sleep(0.05)
        return task

    def journaled(self, id: str) -> list[int]:
        return [record.number for record in page_records(self.folder / "tasks" / id / "pages")]

    def noted(self) -> Counter[str]:
        return Counter(self.notes.read_text(encoding="utf-8").splitlines())


def test_what_was_accepted_is_read_though_the_server_is_killed_and_no_journaled_page_twice(tmp_path: Path) -> None:
    server = Killable(tmp_path)
    ids: dict[str, str] = {}
    with server.running() as process:
        for name in ("a", "b", "c"):
            ids[name] = server.create(name, "pages=40 gate=12")
        while server.task(ids["a"])["pages_read"] < 5:
            time.sleep(0.02)
        process.kill()
        process.wait()
    (server.folder / "open").touch()
    journaled = [f"{name} {page}" for name in ids for page in server.journaled(ids[name])]
    assert 5 <= len(journaled) < 120, "both workers stand before gates"
    before = server.noted()
    (server.folder / "spool" / "left").touch()
    with server.running():
        tasks = [server.ended(id) for id in ids.values()]
        assert [(task["status"], task["pages_read"], task["pages_failed"]) for task in tasks] == [("done", 40, 0)] * 3
        after = server.noted()
        assert all(after[page] == before[page] for page in journaled)
        assert not (server.folder / "spool" / "left").exists()
        text = httpx.get(f"{server.address}/v1/tasks/{ids['b']}/result", params={"form": "txt"}).text
        assert re.findall(r"page (\d+) of b", text) == [str(number) for number in range(1, 41)]


def test_a_server_that_is_stopped_refuses_journals_and_goes_on(tmp_path: Path) -> None:
    server = Killable(tmp_path)
    with server.running() as process:
        id = server.create("a", "pages=64 slow=0.1")
        while server.task(id)["pages_read"] < 2:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        process.wait(240)
    assert len(server.journaled(id)) % 8 == 0, "batches in progress were read to their end"
    with server.running():
        assert server.ended(id)["pages_read"] == 64
    assert set(server.noted().values()) == {1}, "no page was read twice"


def test_two_servers_do_not_share_a_folder(tmp_path: Path) -> None:
    with served(Settings(tmp_path)), pytest.raises(InputError, match="another server has the folder"):
        _tasks(tmp_path)


def test_what_has_ended_is_kept_for_its_time_and_within_its_room(tmp_path: Path) -> None:
    async def run() -> None:
        bounds = Bounds(kept_hours=1.0, kept_bytes=250)
        tasks = Tasks(Engine(Settings(tmp_path, bounds=bounds)))

        def task(name: str, ended: bool = True) -> None:
            upload = tasks.spool.folder / name
            upload.write_bytes(b"x" * 100)
            job = ReadJob(kind="document", upload=name, shown_as=name, asked=Question(), pages=(1,))
            tasks.store.add(name, "one", job, 100)
            (tasks.folder(name) / "1.png").touch()
            if ended:
                tasks.store.end(name, "done", "", "", 0, 0, 0)

        def left() -> set[str]:
            uploads = {path.name for path in tasks.spool.folder.iterdir()}
            assert uploads == {task.id for task in tasks.store.all()}, "an upload goes with its task"
            return uploads

        for name in ("a", "b", "c"):
            task(name)
        task("d", ended=False)
        tasks.sweep(time.time)
        assert left() == {"b", "c", "d"}, "the oldest went: all together had 300 bytes"
        tasks.sweep(lambda: time.time() + 3_590)
        assert left() == {"b", "c", "d"}
        tasks.sweep(lambda: time.time() + 3_610)
        assert left() == {"d"}, "what has not ended stays"
        assert [path.name for path in (tmp_path / "tasks").iterdir()] == ["d"], "what was made of it goes, too"
        tasks.stop()

    asyncio.run(run())


def _tasks(folder: Path) -> None:
    async def run() -> None:
        Tasks(Engine(Settings(folder)))

    asyncio.run(run())
