"""A worker without nets whose requests are noted."""

from __future__ import annotations

from fakes.server.work import FakeWork
from sokdok.server.engine.main import main
from sokdok_lab.bench.serve.noted import noted

if __name__ == "__main__":
    main(noted(FakeWork))
