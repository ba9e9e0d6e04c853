"""A server from its start to its end, and many clients at once while workers are killed under them."""

import asyncio
import base64
import hashlib
import os
import signal
import socket
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Thread

import httpx
import pytest

from fakes.server.serving import Served, fake_app, served
from sokdok.errors import InputError, SokdokError
from sokdok.reading.remote.key import is_loopback
from sokdok.server.app import serve
from sokdok.server.settings import NOBODY, Bounds, Keys, Settings, keys_in, keys_of, shown_key

CLIENTS, EACH = 24, 5


def test_a_reader_that_cannot_be_opened_ends_the_start_with_its_one_line(tmp_path: Path) -> None:
    with pytest.raises(SokdokError, match="no-such-folder"):
        serve(Settings(tmp_path / "data", port=0, reader=str(tmp_path / "no-such-folder")))


@pytest.mark.parametrize("name", ["memory", "data/spool", "data/tasks.sqlite"])
def test_what_cannot_be_written_to_ends_the_start_with_its_name(name: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / name).write_bytes(b"neither a folder nor a database" * 9)
    with pytest.raises((InputError, OSError), match=name):
        serve(Settings(tmp_path / "data", port=0, memory=tmp_path / "memory"))


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(InputError, match="choose another --port"):
        serve(Settings(tmp_path, port=taken.getsockname()[1]))


def test_its_address_is_known_once_it_answers_and_a_signal_stops_it(tmp_path: Path) -> None:
    found: list[str] = []

    def started(address: str) -> None:
        found.append(address)
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, lambda number, frame: None)  # raised again by the server when it has ended
    try:
        settings = Settings(tmp_path, port=0)
        serve(settings, started, fake_app(settings))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert found[0].startswith("http://127.0.0.1:") and not found[0].endswith(":0")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{found[0]}/health")


def test_the_first_request_does_no_more_than_others(tmp_path: Path) -> None:
    """By functions that are called for the page: a measure that a busy machine does not change."""

    async def calls(client: httpx.AsyncClient) -> int:
        counted = Counter[str]()
        sys.setprofile(lambda frame, event, of: counted.update((event,)))
        try:
            answer = await client.get("/")
        finally:
            sys.setprofile(None)
        assert answer.status_code == 200
        return counted["call"]

    async def run() -> None:
        app = fake_app(Settings(tmp_path))
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")
        async with app.router.lifespan_context(app), client:
            await client.get("/health")  # puts the middleware together
            first, second = await calls(client), await calls(client)
            assert first < 2 * second, (first, second)

    asyncio.run(run())


def test_an_answers_body_does_not_wait_for_its_head_to_be_acknowledged(server: Served) -> None:
    assert server.listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def asked(text: str) -> dict[str, object]:
    url = f"data:image/png;base64,{base64.b64encode(text.encode()).decode()}"
    part = {"type": "image_url", "image_url": {"url": url}}
    return {"model": "fake", "messages": [{"role": "user", "content": [part]}]}


def test_no_answer_is_lost_or_another_clients_though_the_queue_is_full_and_workers_die(tmp_path: Path) -> None:
    refused = 0

    def client(number: int) -> list[str]:
        nonlocal refused
        got = []
        with httpx.Client(base_url=address, timeout=60) as connection:
            for turn in range(EACH):
                while True:
                    answer = connection.post("/v1/chat/completions", json=asked(f"client {number} turn {turn}"))
                    if answer.status_code == 200:
                        break
                    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) >= 1, answer.text
                    refused += 1
                    time.sleep(0.1)
                got.append(answer.json()["choices"][0]["message"]["content"])
        return got

    def kill() -> None:
        for _ in range(3):
            time.sleep(0.5)
            for pid in engine.readers[0].children.pids[:1]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    with served(Settings(tmp_path, workers=2, bounds=Bounds(queue_pages=8, key_pages=8))) as server:
        address, engine = server.address, server.app.state.parts.engine
        spool = server.app.state.parts.tasks.spool.folder
        killer = Thread(target=kill)
        killer.start()
        with ThreadPoolExecutor(CLIENTS) as pool:
            answers = list(pool.map(client, range(CLIENTS)))
        killer.join()
        assert engine.queued == 0 and not list(spool.iterdir()), "nothing is left of what was answered"
    for number, got in enumerate(answers):
        assert got == [f"Free OCR.: client {number} turn {turn}" for turn in range(EACH)]
    assert refused, "the queue was never full: nothing was tested"


KEY = "a-key-of-sixteen"


def test_without_keys_only_this_machine_is_served() -> None:
    with pytest.raises(InputError, match="SOKDOK_SERVE_KEYS"):
        Settings(Path("data"), host="0.0.0.0")
    assert Settings(Path("data"), host="0.0.0.0", keys=(KEY,)).keys == (KEY,)
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "10.0.0.1", "localhost.example", "a.localhost", "")))


def test_neither_keys_nor_an_endpoints_address_are_told() -> None:
    settings = Settings(Path("data"), keys=(KEY,), reader="http://secret:8000/v1")
    assert KEY not in repr(settings) and not any(word in str(settings.capabilities()) for word in (KEY, "secret"))


ONE, TWO = "the-first-key-of-all", "the-second-key-of-all"


def test_each_key_has_a_name_that_does_not_give_it_away_and_anything_else_opens_nothing() -> None:
    keys = Keys([ONE, TWO])
    first, second = keys.owner(ONE), keys.owner(TWO)
    assert first and second and first != second
    assert first not in ONE and ONE not in str(vars(keys))
    assert {keys.owner(shown) for shown in (None, "", "wrong", ONE[:-1], ONE + " ", "열쇠", "\udcff")} == {None}
    assert Keys([]).owner(None) == Keys([]).owner("anything") == NOBODY


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({"authorization": f"Bearer {ONE}"}, ONE),
        ({"authorization": f"bearer  {ONE} "}, ONE),
        ({"x-api-key": ONE}, ONE),
        ({"authorization": "Basic eA==", "x-api-key": ONE}, ONE),
        ({"authorization": "Bearer "}, None),
        ({}, None),
    ],
)
def test_where_a_key_is_looked_for(headers: dict[str, str], key: str | None) -> None:
    assert shown_key(headers) == key


def test_keys_of_a_variable() -> None:
    assert keys_of("one,two\n two  three,") == ("one", "two", "three")
    assert keys_of("one queue=2, two,three queue=1") == ("one queue=2", "two", "three queue=1")


def test_limits_follow_their_key_and_a_key_may_be_its_hash() -> None:
    hashed = hashlib.sha256(TWO.encode()).hexdigest()
    keys = Keys([f"{ONE} queue=5", f"sha256:{hashed}"])
    first, second = keys.owner(ONE), keys.owner(TWO)
    assert first and second and second == hashed[:12] and keys.owner(hashed) is None
    assert keys.queues == {first: 5}


@pytest.mark.parametrize(
    "entry",
    [f"{ONE} queue=", f"{ONE} queue=-1", f"{ONE} pages=5", f"{ONE}  queue=5", "sha256:00", "queue=5", "", "short"],
)
def test_what_is_no_key_is_refused_and_not_shown(entry: str) -> None:
    with pytest.raises(InputError, match="16 ASCII") as caught:
        Keys([entry])
    assert ONE not in str(caught.value)


def test_a_file_of_keys_has_some(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"# the first team's\n{ONE} queue=60\n\n  # {TWO}\n")
    assert keys_in(path) == (f"{ONE} queue=60",)
    path.write_text(f"# {ONE}")
    with pytest.raises(InputError, match="holds no key"):
        keys_in(path)
