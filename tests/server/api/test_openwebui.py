from __future__ import annotations

import time
from urllib.parse import quote

import httpx
import pytest

from fakes.server.serving import Served
from fakes.server.uploads import locked_pdf


def put(server: Served, body: bytes, name: str = "보고서 1.pdf", **more: str) -> httpx.Response:
    headers = {"X-Filename": quote(name), "Content-Type": "application/pdf", **more}
    return httpx.put(f"{server.address}/process", content=body, headers=headers, timeout=60)


def test_a_file_comes_back_as_its_text(server: Served) -> None:
    answer = put(server, b"pages=2", "/data/보고서 1.pdf")
    assert answer.json() == {
        "page_content": "page 1 of 보고서 1.pdf\n\npage 2 of 보고서 1.pdf",
        "metadata": {"file_name": "보고서 1.pdf", "pages": 2, "pages_failed": 0, "reader": "fake"},
    }


def test_pages_that_fail_are_told_within_and_a_file_of_only_such_is_422(server: Served) -> None:
    answer = put(server, b"pages=3 damaged=2").json()
    assert "> page 2: " in answer["page_content"] and answer["metadata"]["pages_failed"] == 1
    none = put(server, b"pages=1 damaged=1")
    assert none.status_code == 422 and "보고서 1.pdf: it is damaged" in none.json()["detail"]


@pytest.mark.parametrize(
    ("body", "name", "reason"),
    [
        (b"", "a.pdf", "a.pdf is empty"),
        (b"no document", "../../etc/passwd", "passwd is no document"),
        (b"no document", "..", "document is no document"),
        (b"no document", "a\0b\nc.pdf", "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c.pdf is no document"),
        (b"no document", "가" * 1_000, "가 is no document"),
    ],
)
def test_what_is_refused_says_why(server: Served, body: bytes, name: str, reason: str) -> None:
    answer = put(server, body, name)
    assert answer.status_code == 422 and reason in answer.json()["detail"], answer.text


def test_a_password_comes_in_a_header(server: Served) -> None:
    refused = put(server, b"locked=1")
    assert refused.status_code == 422 and refused.json()["detail"].endswith("in the header X-Password")
    data = locked_pdf("pages=1", "열려라")
    assert put(server, data).status_code == 422
    answer = put(server, data, **{"X-Password": quote("열려라")})
    assert answer.json()["page_content"] == "page 1 of 보고서 1.pdf", answer.text


def test_nothing_is_kept_of_it_and_a_client_that_leaves_is_not_read_for(server: Served) -> None:
    tasks = server.app.state.parts.tasks
    before = {path.name for path in tasks.spool.folder.iterdir()}
    with pytest.raises(httpx.ReadTimeout):
        slow = httpx.Timeout(60, read=0.3)
        httpx.put(f"{server.address}/process", content=b"pages=200 slow=0.2", timeout=slow)
    end = time.monotonic() + 30  # of the 40 s that all would take
    while {path.name for path in tasks.spool.folder.iterdir()} - before or tasks.engine.scheduler.queued:
        assert time.monotonic() < end, "it is still there"
        time.sleep(0.02)


def test_it_needs_a_key_where_keys_are_set(locked: Served) -> None:
    assert put(locked, b"pages=1").status_code == 401
    assert put(locked, b"pages=1", Authorization="Bearer the-first-key-of-all").status_code == 200
