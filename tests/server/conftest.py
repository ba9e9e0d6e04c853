"""Servers for all tests of serving.

A busy machine needs more than the five seconds that httpx waits by itself, and no test waits for them to pass.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import httpx
import pytest

from fakes.remote import FakeEndpoint
from fakes.server.serving import KEYS, Served, served
from sokdok.server.settings import Bounds, Settings

for step in ("connect", "read", "write", "pool"):
    setattr(httpx._config.DEFAULT_TIMEOUT_CONFIG, step, 120.0)


@pytest.fixture(scope="package", autouse=True)
def certificates() -> Iterator[None]:
    """Load the certificates of the world once, not for every request to the loopback."""
    from httpx._transports import default

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(default, "create_ssl_context", cache(default.create_ssl_context))
        yield


@pytest.fixture(scope="package")
def language_model() -> Iterator[FakeEndpoint]:
    fake = FakeEndpoint()
    yield fake
    fake.close()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory, language_model: FakeEndpoint) -> Iterator[Served]:
    """One for all: without keys, reading by the fake."""
    bounds = Bounds(body_bytes=200_000, queue_pages=500, key_pages=500, text_characters=100_000, text_pages=20)
    memory = tmp_path_factory.mktemp("memory") / "of all"
    with served(
        Settings(tmp_path_factory.mktemp("data"), bounds=bounds, memory=memory, extract_model=language_model.url)
    ) as running:
        yield running


@pytest.fixture(scope="package")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One with two keys, room for few pages, and tool results cut in messages."""
    data: Path = tmp_path_factory.mktemp("locked")
    bounds = Bounds(queue_pages=20, key_pages=10)
    with served(Settings(data, keys=KEYS, bounds=bounds, memory=data / "memory", compress=True)) as running:
        yield running
