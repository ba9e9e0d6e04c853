"""Tasks that outlive their server, and what is kept of them."""

import asyncio
import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import msgspec
import pytest

from fakes.remote import wait_until
from fakes.server.serving import Served, served
from fakes.server.tasks import done
from fakes.server.uploads import pdf_saying
from sokdok.documents.question import Question
from sokdok.documents.write import FORMS as WRITTEN
from sokdok.errors import InputError
from sokdok.server.engine.engine import Engine
from sokdok.server.engine.job import ReadJob
from sokdok.server.settings import Bounds, Settings
from sokdok.server.tasks.files import PageLog, Spool, page_records, page_rows, shown_name
from sokdok.server.tasks.store import TaskStore
from sokdok.server.tasks.tasks import FORMS, Tasks


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
                assert wait_until(lambda: process.poll() is not None or self._answers(), 120)
                assert process.poll() is None
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

    def task(self, id: str) -> Any:
        return httpx.get(f"{self.address}/v1/tasks/{id}").json()

    def ended(self, id: str) -> dict[str, Any]:
        assert wait_until(lambda: self.task(id)["ended_at"], 240), self.task(id)
        return dict(self.task(id))

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
        assert wait_until(lambda: server.task(ids["a"])["pages_read"] >= 5)
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
        id = server.create("a", "pages=32 slow=0.1")
        assert wait_until(lambda: server.task(id)["pages_read"] >= 2)
        process.send_signal(signal.SIGTERM)
        process.wait(240)
    assert len(server.journaled(id)) % 8 == 0, "batches in progress were read to their end"
    with server.running():
        assert server.ended(id)["pages_read"] == 32
    assert set(server.noted().values()) == {1}, "no page was read twice"


def test_two_servers_do_not_share_a_folder(tmp_path: Path) -> None:
    async def second() -> None:
        Tasks(Engine(Settings(tmp_path)))

    with served(Settings(tmp_path)), pytest.raises(InputError, match="another server has the folder"):
        asyncio.run(second())


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


JOB = ReadJob(kind="document", upload="u.pdf", shown_as="보고서.pdf", asked=Question(mode="tiny"), pages=(2, 3, 5))


class Note(msgspec.Struct):
    text: str


class Other(msgspec.Struct):
    text: str


@pytest.fixture
def store(tmp_path: Path) -> TaskStore:
    return TaskStore(tmp_path / "tasks.sqlite")


def test_what_is_written_survives_a_kill_and_no_memory_is_shared_that_others_could_cut_off(tmp_path: Path) -> None:
    """The index of the write-ahead log is no file: whoever reads the folder gives up no lock that keeps it whole."""
    code = """
import os, signal, sys
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from sokdok.documents.question import Question
from sokdok.server.engine.job import ReadJob
from sokdok.server.tasks.store import TaskStore
path = Path(sys.argv[1])
store = TaskStore(path)
job = ReadJob(kind="document", upload="u.pdf", shown_as="a", asked=Question(), pages=(1,))
store.add("a", "one", job, 1)
for each in path.parent.iterdir():
    each.read_bytes()  # with the end of this the system forgets the locks that this process has on it
store.add("b", "one", job, 1)
print(*sorted(each.name for each in path.parent.iterdir()))
print([line.split()[-1] for line in open("/proc/self/maps") if "sqlite-" in line] if os.path.exists("/proc") else [])
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""
    command = [sys.executable, "-c", code, str(tmp_path / "tasks.sqlite"), *sys.path]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    assert run.stdout.splitlines() == ["tasks.sqlite tasks.sqlite-wal", "[]"], "no -shm is there, and none mapped"
    assert [task.id for task in TaskStore(tmp_path / "tasks.sqlite").all()] == ["a", "b"]


def test_a_task_is_what_it_was_after_the_file_is_opened_again(tmp_path: Path, store: TaskStore) -> None:
    added = store.add("a", "one", JOB, 100)
    store.close()
    again = TaskStore(tmp_path / "tasks.sqlite")
    (task,) = again.all()
    assert task == added and task.job == JOB and task.bytes == 100
    again.end("a", "failed", "no answer", "endpoint", 2, 1, 7)
    (task,) = again.of_owner("one", 10)
    assert (task.state, task.reason, task.fault) == ("failed", "no answer", "endpoint")
    assert (task.pages, task.failed, task.bytes) == (2, 1, 107)
    assert again.reopen(task).ended is None and again.all()[0].state == "waiting"


def test_a_task_is_its_owners_alone_and_nobody_else_reads_the_database(tmp_path: Path, store: TaskStore) -> None:
    store.add("a", "one", JOB, 1)
    assert store.find("a", "two") is None and store.of_owner("two", 10) == []
    assert store.find("a", "one") is not None and len(store.of_owner("one", 10)) == 1
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


def test_what_is_kept_too_long_or_takes_too_much_goes_oldest_first(store: TaskStore) -> None:
    for id in "abcd":
        store.add(id, "one", JOB, 10)
        if id != "d":
            store.end(id, "done", "", "", 0, 0, 0)
    assert [task.id for task in store.expired(0.0, 25)] == ["a"]
    assert {task.id for task in store.expired(1e12, 1 << 30)} == {"a", "b", "c"}, "one that has not ended stays"
    store.remove("a")
    assert store.find("a", "one") is None and store.uploads() == {"u.pdf"}


def test_a_value_is_its_owners_and_of_its_kind_alone(store: TaskStore) -> None:
    kept = store.keep("a", Note("첫째"), "file", 7)
    assert store.kept(kept.id, "a", Note) == (kept, Note("첫째")) and kept.bytes == 7
    assert store.kept(kept.id, "b", Note) is None and store.kept(kept.id, "a", Other) is None
    store.remove_kept(kept.id)
    assert store.kept(kept.id, "a", Note) is None


def test_the_newest_values_come_first_and_the_oldest_go_first(store: TaskStore) -> None:
    first, second, third = (store.keep("a", Note(str(number)), f"file{number}", 10) for number in range(3))
    store.keep("b", Note("another's"))
    listed = store.kept_of("a", Note, 2)
    assert {kept.id for kept, _ in listed} <= {first.id, second.id, third.id} and len(listed) == 2
    assert store.count_kept("a", Note) == len(store.kept_of("a", Note, 10)) == 3
    assert store.uploads() == {"file0", "file1", "file2"}
    assert store.expire_kept(0.0, 25) == ["file0"]
    assert sorted(store.expire_kept(third.created + 1, 100)) == ["file1", "file2"]
    assert store.count_kept("b", Note) == 0


@pytest.mark.parametrize(
    "given", ["../../etc/passwd", "a/../b.PDF", "x\x00y.pdf", "line\nbreak.md", "a.p/df", "a.txt; rm", "." * 300]
)
def test_names_never_become_paths(tmp_path: Path, given: str) -> None:
    with Spool(tmp_path / "spool").new(given) as path:
        path.write_bytes(b"x")
    assert path.parent == tmp_path / "spool" and path.name.isascii() and path.suffix in ("", ".pdf", ".md")
    shown = shown_name(given)
    assert "/" not in shown and shown.isprintable() and 0 < len(shown) <= 200
    assert [shown_name(each) for each in ("C:\\a\\보고서.pdf", None, "..")] == ["보고서.pdf", "document", "document"]


def test_an_upload_that_fails_leaves_nothing_and_what_no_task_has_is_removed(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    with pytest.raises(OSError, match="full"), spool.new("a.pdf") as path:
        path.write_bytes(b"x")
        raise OSError("full")
    assert list(tmp_path.iterdir()) == []
    for name in ("kept", "left"):
        (tmp_path / name).touch()
    spool.remove_others({"kept"})
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_page_is_in_its_log_though_the_next_one_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a" / "pages"
    log = PageLog(path)
    log.add(5, b"five", False)
    log.add(2, b"two", True)
    whole = path.read_bytes()
    for cut in range(1, 15):
        path.write_bytes(whole + whole[:cut])  # a server was killed as it wrote
        assert [record.number for record in page_records(path)] == [5, 2]
        assert list(page_rows(path)) == [b"two", b"five"], "by their numbers"
    again = PageLog(path)
    assert again.records == log.records and path.read_bytes() == whole
    again.add(3, b"three", False)
    assert list(page_rows(path, 3, 4)) == [b"three"] and again.records[-1].number == 3


def test_a_page_of_which_a_machine_without_power_kept_the_head_alone_is_none(tmp_path: Path) -> None:
    path = tmp_path / "pages"
    log = PageLog(path)
    log.add(1, b"one", False)
    log.add(2, b"two", False)
    path.write_bytes(path.read_bytes().replace(b"two", b"\0\0\0"))
    assert list(page_rows(path)) == [b"one"]
    assert [record.number for record in PageLog(path).records] == [1]


def test_a_full_disk_loses_nothing_that_was_kept_and_what_follows_works(tmp_path: Path, monkeypatch) -> None:
    log = PageLog(tmp_path / "pages")
    log.add(1, b"one", False)
    write = os.pwrite
    with monkeypatch.context() as patch, pytest.raises(OSError, match="no space"):
        patch.setattr(os, "pwrite", lambda file, data, at: write(file, data[:5], at))
        log.add(2, b"two", False)
    log.add(3, b"three", False)
    assert [record.number for record in page_records(log.path)] == [1, 3]
    assert list(page_rows(log.path)) == [b"one", b"three"]
    assert page_records(tmp_path / "none") == [] and list(page_rows(tmp_path / "none")) == []


@pytest.fixture(scope="module")
def task(server: Served) -> str:
    return done(server, pdf_saying("pages=2 drawn=1", 2), "분기; 보고서.pdf")


@pytest.mark.parametrize("form", list(FORMS))
def test_a_document_in_every_form_that_convert_writes(task: str, form: str) -> None:
    assert set(FORMS) == set(WRITTEN)
    answer = httpx.get(f"{task}/result", params={"form": form}, timeout=60)
    assert answer.status_code == 200 and answer.headers["content-type"] == FORMS[form], answer.text
    disposition = answer.headers["content-disposition"]
    assert unquote(disposition).endswith(f"utf-8''분기; 보고서.{form}"), disposition
    assert disposition.isascii() and disposition.count(";") == 1
    assert disposition.startswith("inline" if form in ("md", "html", "json", "txt") else "attachment")
    if form in ("docx", "xlsx"):
        assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    elif form == "pdf":
        assert answer.content.startswith(b"%PDF-")
    else:
        assert "page" in answer.text


def test_a_document_of_html_has_its_figures_in_it_and_runs_nothing(task: str) -> None:
    answer = httpx.get(f"{task}/result", params={"form": "html"}, timeout=60)
    assert answer.text.count("data:image/png;base64,") == 2
    assert answer.headers["content-security-policy"].startswith("sandbox;")


def test_a_form_that_needs_pixels_of_a_file_without(server: Served) -> None:
    task = done(server, "pages=1", "notes.txt")
    answer = httpx.get(f"{task}/result", params={"form": "pdf"}, timeout=60)
    assert answer.status_code == 422 and "notes.txt has no pixels" in answer.json()["detail"]
    assert httpx.get(f"{task}/result", params={"form": "docx"}, timeout=60).status_code == 200
