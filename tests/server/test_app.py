"""A server from its start to its end, and many clients at once while workers are killed under them."""

import base64
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Thread

import httpx
import pytest

from fakes.server.serving import Served, fake_app, served
from sokdok.errors import InputError, SokdokError
from sokdok.server.app import serve
from sokdok.server.settings import Bounds, Settings

CLIENTS, EACH = 24, 8


def test_a_reader_that_cannot_be_opened_ends_the_start_with_its_one_line(tmp_path: Path) -> None:
    with pytest.raises(SokdokError, match="no-such-folder"):
        serve(Settings(tmp_path / "data", port=0, reader=str(tmp_path / "no-such-folder")))


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
