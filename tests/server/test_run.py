from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import httpx
import pytest

from fakes.server.serving import Served, fake_app
from sokdok.errors import InputError, SokdokError
from sokdok.server.run import serve
from sokdok.server.settings import Settings


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
