"""A server on the loopback, in a thread of this process."""

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import httpx
from fastapi import FastAPI

from fakes.remote import wait_until
from sokdok.jobs import Pool
from sokdok.server.app import Server, configured, create_app
from sokdok.server.engine.engine import local_children
from sokdok.server.engine.job import ReaderSetup
from sokdok.server.settings import Settings

FAKE = "fakes.server.work:FakeReader"
KEYS = ("the-first-key-of-all", "the-second-key-of-all", "the-key-of-one-test")
FIRST, SECOND = {"X-Api-Key": KEYS[0]}, {"Authorization": f"Bearer {KEYS[1]}"}  # headers of who has them


def fake_children(setup: ReaderSetup, workers: int) -> Pool:
    return local_children(setup, workers, FAKE)


def fake_app(settings: Settings, children: Callable[[ReaderSetup, int], Pool] = fake_children) -> FastAPI:
    return create_app(settings, children=children, files="fakes.server.work:FakeFiles")


@dataclass
class Served:
    address: str
    app: FastAPI
    listening: socket.socket
    connections: set[object]  # that are open

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def delete(self, path: str, **more: Any) -> httpx.Response:
        return self.request("DELETE", path, **more)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        return httpx.request(method, self.address + path, **{"timeout": 120, **more})


@contextmanager
def served(settings: Settings, app: FastAPI | None = None, *, real: bool = False) -> Iterator[Served]:
    app = app or (create_app(settings) if real else fake_app(settings))
    listening = socket.create_server(("127.0.0.1", 0))
    server = Server(configured(app, replace(settings, stop_seconds=3.0)), app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive(), 120)
        assert server.started, getattr(app.state, "failed", "it did not start")
        yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", app, listening, server.server_state.connections)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def connected(server: Served) -> socket.socket:
    where = urlsplit(server.address)
    return socket.create_connection((str(where.hostname), where.port or 0))


def raw(server: Served, *pieces: bytes, pause: float = 0.0) -> bytes:
    with connected(server) as connection:
        answer = b""
        try:
            for piece in pieces:
                connection.sendall(piece)
                if select.select([connection], [], [], pause)[0]:  # it wants to hear no more
                    break
            while piece := connection.recv(65_536):
                answer += piece
        except ConnectionError:  # it did not want to hear the rest
            pass
        return answer
