from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import httpx
import pytest

from fakes.server.serving import Served
from sokdok.errors import InputError, SokdokError
from sokdok.server.run import serve
from sokdok.server.settings import Settings


def test_a_reader_that_cannot_be_opened_ends_the_start_with_its_one_line(tmp_path: Path) -> None:
    with pytest.raises(SokdokError, match="no-such-folder"):
        serve(Settings(tmp_path / "data", port=0, reader=str(tmp_path / "no-such-folder")))


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(InputError, match="choose another --port"):
        serve(Settings(tmp_path, port=taken.getsockname()[1]))


def test_it_tells_its_address_once_it_answers_and_stops_when_told(tmp_path: Path) -> None:
    told: list[str] = []

    def started(address: str) -> None:
        told.append(address)
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, lambda number, frame: None)  # raised again by the server when it has ended
    try:
        serve(Settings(tmp_path, port=0), "fakes.server.work", started)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert told[0].startswith("http://127.0.0.1:") and not told[0].endswith(":0")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{told[0]}/health")


def test_an_answers_body_does_not_wait_for_its_head_to_be_acknowledged(server: Served) -> None:
    assert server.listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
