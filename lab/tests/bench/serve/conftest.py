from __future__ import annotations

from collections.abc import Iterator

import pytest

from sokdok_lab.bench.serve.program import Task
from sokdok_lab.bench.serve.serving import Serving


@pytest.fixture(scope="package")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One for all: small, so that its queue is full at times, and reading without nets."""
    fakes = {"opens": "fakes.bench.noted:NotedFake", "files": "fakes.server.work:FakeFiles"}
    task = Task(str(tmp_path_factory.mktemp("served")), workers=2, queue_pages=6, **fakes)
    with Serving(task) as running:
        yield running
