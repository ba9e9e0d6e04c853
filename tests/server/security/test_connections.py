"""Clients that keep their connections: others are served."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from fakes.server.serving import Served, served
from sokdok.server.security.connections import BoundedConnection
from sokdok.server.settings import Bounds, Settings

MOST = 8
SLOW = (
    b"POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
    b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x"
)


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data: Path = tmp_path_factory.mktemp("data")
    with served(Settings(data, bounds=Bounds(connections=MOST))) as running:
        yield running


@pytest.fixture
def opened() -> Iterator[list[socket.socket]]:
    found: list[socket.socket] = []
    yield found
    for each in found:
        each.close()


def connected(server: Served, says: bytes = b"") -> socket.socket:
    where = urlsplit(server.address)
    connection = socket.create_connection((str(where.hostname), where.port or 0), timeout=120)
    connection.sendall(says)
    return connection


def taken(connection: socket.socket) -> bytes:
    """All that comes until the server has hung up."""
    pieces = []
    with suppress(ConnectionError):
        while piece := connection.recv(1 << 20):
            pieces.append(piece)
    return b"".join(pieces)


def connections(server: Served) -> set[BoundedConnection]:
    return server.connections  # type: ignore[return-value]


def until_served(server: Served, count: int) -> None:
    """Until so many connections have a request that is being served."""
    end = time.monotonic() + 120
    while sum(not each.is_idle for each in list(connections(server))) != count:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_idle_clients_keep_nobody_out_and_the_longest_idle_one_goes(
    narrow: Served, opened: list[socket.socket]
) -> None:
    for _ in range(MOST):
        opened.append(connected(narrow, b"GET /health HTTP/1.1\r\n"))
    for _ in range(3):
        assert httpx.get(f"{narrow.address}/health").status_code == 200
    assert taken(opened[0]) == b""
    opened[-1].sendall(b"Host: localhost\r\n\r\n")
    assert opened[-1].recv(100).startswith(b"HTTP/1.1 200"), "who came last is served"


def test_where_all_are_served_one_more_is_told_when_to_come_again(narrow: Served, opened: list[socket.socket]) -> None:
    for _ in range(MOST):
        opened.append(connected(narrow, SLOW))
    until_served(narrow, MOST)
    answer = httpx.get(f"{narrow.address}/health")
    assert answer.status_code == 503 and answer.headers["retry-after"] == "2", answer.text
    assert set(answer.json()) == {"error", "detail", "why"}
    opened.pop().close()
    until_served(narrow, MOST - 1)
    assert httpx.get(f"{narrow.address}/health").status_code == 200
    assert httpx.get(f"{narrow.address}/v1/capabilities").json()["limits"]["connections"] == MOST


def test_who_takes_nothing_of_an_answer_is_left(
    narrow: Served, opened: list[socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedConnection, "take_seconds", 0.1)
    large = b"x" * (24 << 20)  # more than the buffers of both sides hold
    id = httpx.post(f"{narrow.address}/v1/files", files={"file": ("a.pdf", large)}).json()["id"]
    opened.append(connected(narrow, f"GET /v1/files/{id}/content HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()))
    until_served(narrow, 1)
    until_served(narrow, 0)
    assert len(taken(opened[-1])) < len(large)


def test_a_length_that_is_said_twice_ends_the_connection(narrow: Served) -> None:
    """A proxy that counts bytes and a server that counts chunks see different requests: the second is smuggled in."""
    both = b"Host: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = taken(connected(narrow, b"POST /v1/tasks HTTP/1.1\r\n" + both + b"0\r\n\r\nGET /health HTTP/1.1\r\n\r\n"))
    assert answer.startswith(b"HTTP/1.1 400 ") and b"said twice" in answer and answer.count(b"HTTP/1.1") == 1
