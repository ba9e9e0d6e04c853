"""Object stores on the loopback: moto's S3, and one that refuses as often as it is told."""

import logging
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fakes.remote import FakeEndpoint, Reply, Request

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

    def answer(request: Request) -> Reply:
        asked.append(f"{request.method} {request.path}")
        return Reply(b"", status if len(asked) <= times else 200, {"ETag": '"0"'})

    with FakeEndpoint() as server:
        server.elsewhere = answer
        yield server.url.removesuffix("/v1"), asked


def _ask(address: str, method: str) -> None:
    with urllib.request.urlopen(urllib.request.Request(address, method=method)) as answer:
        answer.read()
