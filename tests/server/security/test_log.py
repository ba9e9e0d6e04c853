from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from fakes.server.serving import Served, served
from sokdok.errors import InputError
from sokdok.server.record import note_job, note_owner
from sokdok.server.security.log import Logged, log_to
from sokdok.server.settings import Settings

KEY = "a-key-that-no-log-may-have"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "requests.log"


@pytest.fixture(scope="module")
def logged(log: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(Settings(tmp_path_factory.mktemp("data"), keys=(KEY,), log=str(log))) as running:
        yield running


def lines(log: Path, id: str) -> list[dict[str, Any]]:
    """What the log says of a request, a moment after its answer."""
    end = time.monotonic() + 120
    while True:
        found = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        if (mine := [line for line in found if line["id"] == id]) or time.monotonic() > end:
            return mine
        time.sleep(0.02)


def test_a_request_has_one_line_without_key_name_or_content(logged: Served, log: Path) -> None:
    files = {"file": ("secret-name.pdf", b"pages=3 secret-content")}
    headers = {"X-Api-Key": KEY, "X-Request-Id": "mine.1"}
    answer = httpx.post(f"{logged.address}/v1/tasks", files=files, headers=headers, timeout=60)
    assert answer.status_code == 202 and answer.headers["x-request-id"] == "mine.1"
    id = answer.json()["id"]
    events = {"X-Api-Key": KEY, "X-Request-Id": "mine.2"}
    httpx.get(f"{logged.address}/v1/tasks/{id}/events", headers=events, timeout=60)
    (line,) = lines(log, "mine.1")
    told = {name: line[name] for name in ("method", "route", "status", "whole", "pages")}
    assert told == {"method": "POST", "route": "/v1/tasks", "status": 202, "whole": True, "pages": 3}
    assert line["bytes_in"] > 20 and line["bytes_out"] == len(answer.content) and line["ms"] > 0
    assert line["time"].endswith("+00:00") and len(line["key"]) == 12 and set(line) == {*told, *_OTHERS}
    (line,) = lines(log, "mine.2")
    assert line["route"] == "/v1/tasks/{id}/events" and line["pages"] == 0
    text = log.read_text(encoding="utf-8")
    assert "secret" not in text and KEY not in text and id not in text


_OTHERS = {"time", "id", "ms", "bytes_in", "bytes_out", "key"}


def test_what_is_refused_and_what_is_not_there_have_lines_too(logged: Served, log: Path) -> None:
    shown = {"X-Api-Key": KEY}
    asked: list[tuple[str, dict[str, str], int, str]] = [
        ("/v1/models", {}, 401, "/v1/models"),
        ("/no/secret\u202epath?secret=1", shown, 404, ""),
        ("/v1/tasks/x", shown, 404, "/v1/tasks/{id}"),
    ]
    for number, (path, headers, status, route) in enumerate(asked):
        httpx.get(logged.address + path, headers={**headers, "X-Request-Id": f"not-{number}"})
        (line,) = lines(log, f"not-{number}")
        assert (line["status"], line["route"]) == (status, route)


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'a"', "한글".encode(), "../a"])
def test_an_id_that_is_none_is_not_taken(logged: Served, given: str | bytes) -> None:
    shown = given if isinstance(given, bytes) else given.encode()
    answer = httpx.get(f"{logged.address}/health", headers={b"X-Request-Id": shown})
    assert len(answer.headers["x-request-id"]) == 32


def test_a_log_that_is_turned_over_is_begun_anew_and_names_files_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "requests.log"
    log = log_to(str(path))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        note_owner("me")
        note_job("보고서.pdf", 3)
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ConnectionError

    async def send(message: Message) -> None:
        pass

    async def ask(names: bool) -> None:
        with suppress(ConnectionError):
            await Logged(app, log, names)({"type": "http", "method": "GET"}, send, send)  # type: ignore[arg-type]

    asyncio.run(ask(False))
    path.rename(tmp_path / "requests.log.1")
    asyncio.run(ask(True))
    (first,) = (tmp_path / "requests.log.1").read_text(encoding="utf-8").splitlines()
    (second,) = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert "보고서" not in first and second["files"] == ["보고서.pdf"]
    assert (second["key"], second["pages"], second["whole"], second["bytes_out"]) == ("me", 3, False, 4)


def test_a_log_that_cannot_be_written_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="choose another --log"):
        log_to(str(tmp_path / "none" / "log"))
