"""What a server with keys does before it reads a body, and which of its addresses need no key."""

import socket
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from fakes.server.serving import Served, served
from sokdok.server.settings import Bounds, Settings

KEY = "the-key-of-many-requests"
OPEN = {"/health", "/ready", "/openapi.json", "/", "/docs", "/static/{digest}/{name:path}"}
"""addresses that answer without a key"""


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    bounds = Bounds(queue_pages=100, body_bytes=1_000_000)
    with served(Settings(tmp_path_factory.mktemp("data"), keys=(KEY,), bounds=bounds)) as running:
        yield running


def paths_of(routes: Iterable[Any], before: str = "") -> Iterator[str]:
    """Addresses as they are written in the code, those of routers within included."""
    for route in routes:
        if hasattr(route, "original_router"):
            yield from paths_of(route.original_router.routes, before + route.include_context.prefix)
        else:
            yield before + route.path


def raw(server: Served, request: bytes) -> bytes:
    """What a server answers to bytes, and nothing more is sent."""
    where = urlsplit(server.address)
    with socket.create_connection((str(where.hostname), where.port or 0), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
            if b"\r\n\r\n" in answer and b"}" in answer:
                break
    return answer


def test_a_strangers_body_is_not_read(limited: Served) -> None:
    head = b"POST /v1/tasks HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    head += b"%sContent-Length: 900000\r\n\r\n"
    assert raw(limited, head % b"").startswith(b"HTTP/1.1 401 ")
    assert raw(limited, head % b"X-Api-Key: wrong\r\n").startswith(b"HTTP/1.1 401 ")
    assert raw(limited, head % b"Expect: 100-continue\r\n").startswith(b"HTTP/1.1 401 "), "and not asked for either"


@pytest.mark.parametrize("place", ["?api_key={}", "?key={}", "?access_token={}", "?token={}"])
def test_a_key_in_the_address_opens_nothing(limited: Served, place: str) -> None:
    for method in ("GET", "POST"):
        answer = httpx.request(method, f"{limited.address}/v1/tasks{place.format(KEY)}")
        assert answer.status_code == 401 and KEY not in answer.text


def test_every_address_but_a_few_needs_a_key(limited: Served) -> None:
    paths = set(paths_of(limited.app.routes))
    assert len(paths) > 10 and paths >= OPEN
    for path in sorted(paths - OPEN):
        for method in ("GET", "POST", "PUT", "DELETE"):
            answer = httpx.request(method, limited.address + path.replace("{", "").replace("}", ""))
            # A method that an address does not have is no answer of it.
            assert answer.status_code == 401 or (answer.status_code == 405 and method == "GET"), (method, path)
