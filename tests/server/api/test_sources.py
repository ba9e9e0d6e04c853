"""Addresses in requests of every API, before a server that fetches."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fakes.server.serving import Served, served
from fakes.server.web import Web, said, web
from sokdok.server.fetch import Addresses, IPAddress
from sokdok.server.settings import Bounds, Settings


@pytest.fixture(scope="module")
def site() -> Iterator[Web]:
    inwards = said(b"", status="302 Found", Location="http://127.0.0.2/")
    answers = {"/a": said(b"pages=2"), "/in": inwards, "/none": said(b""), "/large": said(b"x" * 2_000)}
    answers["/late"] = said(b"", status="503 Unavailable")
    with web(answers) as running:
        yield running


@pytest.fixture(scope="module")
def fetching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server for which this machine's own address is the public network."""

    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1" if host == "files.test" else host]

    def is_outer(address: IPAddress) -> bool:
        return str(address) == "127.0.0.1"

    settings = Settings(tmp_path_factory.mktemp("data"), fetch=True, bounds=Bounds(body_bytes=1_000))
    with served(settings) as running:
        running.app.state.parts.fetcher._addresses = Addresses(resolve, is_outer, any_port=True)
        yield running


def ask(server: Served, api: str, url: str) -> httpx.Response:
    """Have a server read what is at an address, over one of its APIs."""
    picture = [{"type": "image_url", "image_url": {"url": url}}]
    bodies: dict[str, Any] = {
        "tasks": {"files": {"url": (None, url)}},
        "chat/completions": {"json": {"model": "fake", "messages": [{"role": "user", "content": picture}]}},
        "ocr": {"json": {"model": "fake", "document": {"type": "document_url", "document_url": url}}},
        "convert/source": {"json": {"sources": [{"kind": "http", "url": url}]}},
    }
    return httpx.post(f"{server.address}/v1/{api}", timeout=60, **bodies[api])


APIS = ["tasks", "chat/completions", "ocr", "convert/source"]


@pytest.mark.parametrize("api", APIS)
def test_what_is_at_an_address_is_read(fetching: Served, site: Web, api: str) -> None:
    answer = ask(fetching, api, f"http://files.test:{site.port}/a")
    assert answer.status_code == (202 if api == "tasks" else 200), answer.text
    assert "pages=2" in answer.text or "page 2 of a.pdf" in answer.text or answer.json()["file"] == "a.pdf"


@pytest.mark.parametrize("api", APIS)
def test_what_is_within_is_not_and_why_is_said(fetching: Served, site: Web, api: str) -> None:
    spool = fetching.app.state.parts.tasks.spool.folder
    before = set(spool.iterdir())
    for path, status, reason in [
        ("http://127.0.0.2/", 422, "no host of the public network"),
        (f"http://files.test:{site.port}/in", 422, "no host of the public network"),
        (f"http://files.test:{site.port}/none", 422, "empty"),
        (f"http://files.test:{site.port}/missing", 422, "status 404"),
        (f"http://files.test:{site.port}/large", 413, "1,000 bytes"),
        (f"http://files.test:{site.port}/late", 502, "try again later"),
    ]:
        answer = ask(fetching, api, path)
        assert answer.status_code == status and reason in answer.json()["detail"], answer.text
    end = time.monotonic() + 120
    while set(spool.iterdir()) - before:
        assert time.monotonic() < end, "something is left of what was refused"
        time.sleep(0.02)


def test_a_task_is_of_a_file_or_of_an_address(fetching: Served, server: Served) -> None:
    both = httpx.post(
        f"{fetching.address}/v1/tasks", files={"file": ("a", b"pages=1"), "url": (None, "https://example.org/")}
    )
    neither = httpx.post(f"{fetching.address}/v1/tasks", files={"pages": (None, "1")})
    assert [both.status_code, neither.status_code] == [422, 422] and "either a file or" in neither.json()["detail"]
    assert httpx.get(f"{fetching.address}/v1/capabilities").json()["fetches_urls"] is True
    assert "send the file itself" in ask(server, "tasks", "https://example.org/a.pdf").json()["detail"]
