"""What clients may send by mistake or on purpose, byte by byte, to a server on the loopback."""

import errno
import logging
import sqlite3
import time
from collections.abc import Iterator

import httpx
import pytest

from fakes.remote import wait_until
from fakes.server.serving import Served, connected, raw, served
from fakes.server.tasks import create, ended
from sokdok.jobs import Limits
from sokdok.server.settings import Bounds, Settings
from sokdok.server.tasks.files import PageLog

FORM = b"Content-Type: multipart/form-data; boundary=x\r\n"
PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n'


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that takes long files."""
    bounds, limits = Bounds(body_bytes=200_000), Limits(pages=10_000)
    with served(Settings(tmp_path_factory.mktemp("data"), bounds=bounds, limits=limits)) as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_is_left_or_a_mistake(asked: Served, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """After each test uploads are those of tasks, and nothing was logged as a mistake of the server's."""
    with caplog.at_level(logging.ERROR, "sokdok.server"):
        yield
    assert not [record.getMessage() for record in caplog.records if "failed:" in record.getMessage()]
    tasks = asked.app.state.parts.tasks
    uploads = tasks.spool.folder.iterdir
    assert wait_until(lambda: {path.name for path in uploads()} <= tasks.store.uploads(), 120), "an upload is left"
    assert asked.get("/ready").status_code == 200


def head(path: str, *fields: bytes, method: str = "POST") -> bytes:
    lines = b"".join(field + b"\r\n" for field in (b"Host: localhost", b"Connection: close", *fields))
    return f"{method} {path} HTTP/1.1\r\n".encode() + lines + b"\r\n"


def status(answer: bytes) -> int:
    return int(answer.split()[1]) if answer else 0


def test_a_head_without_end_is_refused(asked: Served) -> None:
    lines = [b"X-%d: %s\r\n" % (number, b"x" * 1_000) for number in range(200)]
    assert status(raw(asked, b"GET /health HTTP/1.1\r\nHost: localhost\r\n", *lines)) in (0, 400, 431)
    assert status(raw(asked, b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\n")) in (0, 400, 414)


@pytest.mark.parametrize(
    "request_",
    [
        b"POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\nhello",
        b"POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1_0\r\n\r\n",
        b"POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        b"GET /health HTTP/1.1\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nA: b\0c\r\n\r\n",
        b"GET /he alth HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
        b"SSH-2.0-x\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_and_the_connection_with_it(asked: Served, request_: bytes) -> None:
    behind = head("/health", method="GET")
    answer = raw(asked, request_ + behind)
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 ", b"HTTP/1.1 422 ")) or not answer
    assert b'"ok"' not in answer, "a request was smuggled behind it"


def test_a_length_beside_chunks_smuggles_nothing(asked: Served) -> None:
    """Servers that disagree where a body ends take its rest for a request: this one believes the chunks."""
    inner = head("/health", method="GET")
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(inner), inner)
    answer = raw(asked, head("/v1/tasks", FORM.strip(), b"Content-Length: 4", b"Transfer-Encoding: chunked") + body)
    assert answer.count(b"HTTP/1.1 ") == 1 and status(answer) in (400, 422)


def test_a_client_that_leaves_while_it_sends_leaves_nothing(asked: Served) -> None:
    for body in (b"", PART % b"a.pdf" + b"pages=5 "):
        with connected(asked) as connection:
            connection.sendall(head("/v1/tasks", FORM.strip(), b"Content-Length: 100000") + body)
            time.sleep(0.1)


def test_a_task_goes_on_when_who_watches_it_leaves(asked: Served) -> None:
    id = create(asked, b"pages=9 slow=0.05").json()["id"]
    with httpx.stream("GET", f"{asked.address}/v1/tasks/{id}/events") as answer:
        next(answer.iter_bytes())
    task = ended(asked, id)
    assert (task["status"], task["pages_read"]) == ("done", 9)


def test_a_full_disk_accepts_nothing_and_says_so(asked: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def checked(answer: httpx.Response) -> None:
        assert answer.status_code == 507 and "disk is full" in answer.json()["detail"], answer.text
        assert int(answer.headers["retry-after"]) >= 1

    with monkeypatch.context() as patch:
        patch.setattr("shutil.copyfileobj", full)
        checked(create(asked, b"pages=1"))
    with monkeypatch.context() as patch:
        patch.setattr("tempfile.SpooledTemporaryFile.write", full)
        checked(create(asked, b"pages=1"))

    def no_room(*_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorname = "SQLITE_FULL"
        raise error

    store = asked.app.state.parts.tasks.store
    with monkeypatch.context() as patch:
        patch.setattr(store, "add", no_room)
        checked(create(asked, b"pages=1"))
    with monkeypatch.context() as patch:
        patch.setattr(PageLog, "add", full)
        task = ended(asked, create(asked, b"pages=20").json()["id"])
        assert task["status"] == "failed" and "disk full" in task["reason"]
    with monkeypatch.context() as patch:
        patch.setattr(store, "end", no_room)
        id = create(asked, b"pages=1").json()["id"]
        assert wait_until(lambda: asked.get(f"/v1/tasks/{id}").json()["status"] == "done"), "it waits for ever"
    asked.app.state.parts.tasks.sweep()
    assert ended(asked, id)["pages_read"] == 1, "its end is written down when there is room"
    assert create(asked, b"pages=1").status_code == 202
    assert asked.app.state.parts.engine.queued <= 1, "nothing of what was refused is read"


def test_ten_thousand_pages_are_a_task_like_any_other(asked: Served) -> None:
    task = create(asked, b"pages=10000").json()
    assert task["pages"] == 10_000
    assert create(asked, b"pages=1").status_code == 429, "and there is no room behind it"
    assert asked.delete(f"/v1/tasks/{task['id']}").json()["status"] == "cancelled"
