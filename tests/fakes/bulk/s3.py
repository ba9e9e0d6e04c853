"""Object stores on the loopback: moto's S3, and one that refuses as often as it is told."""

from __future__ import annotations

import logging
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}


@contextmanager
def moto_store(monkeypatch: pytest.MonkeyPatch, *buckets: str) -> Iterator[str]:
    """An S3 of this process with empty buckets, which the environment names; yields its address."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    try:
        point_to(address, monkeypatch)
        _ask(f"{address}/moto-api/reset", "POST")
        for bucket in buckets:
            _ask(f"{address}/{bucket}", "PUT")
        yield address
    finally:
        server.stop()


def point_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the environment name a store and keys to it."""
    for name, value in (CREDENTIALS | {"AWS_ENDPOINT_URL": address}).items():
        monkeypatch.setenv(name, value)


@contextmanager
def refusing_store(times: int, status: int = 503) -> Iterator[tuple[str, list[str]]]:
    """A store that answers so many requests with an error; yields its address and what was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked.append(f"PUT {self.path}")
            refuse = len(asked) <= times
            self.send_response(status if refuse else 200)
            self.send_header("ETag", '"0"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *values: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


def _ask(address: str, method: str) -> None:
    with urllib.request.urlopen(urllib.request.Request(address, method=method)) as answer:
        answer.read()
