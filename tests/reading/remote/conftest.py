"""The server that a reader asks, and the reader."""

from collections.abc import Iterator
from typing import Any

import pytest

from fakes.remote import FakeEndpoint


@pytest.fixture
def endpoint() -> Iterator[FakeEndpoint]:
    with FakeEndpoint() as fake:
        yield fake


@pytest.fixture
def reader(endpoint: FakeEndpoint) -> Iterator[Any]:
    from sokdok.reading.remote.reader import RemoteReader  # not above: the base install has no httpx

    with RemoteReader(endpoint.url, "deepseek-ocr", timeout=60) as reader:
        yield reader
