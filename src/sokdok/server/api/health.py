"""How the server is, for people, for programs and for Prometheus. Whether it lives is open to all: who watches over it
has no key. Nothing of it names a document or a client.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sokdok.server.api.common import Owner, Server
from sokdok.server.api.errors import refusal
from sokdok.server.engine.engine import Engine
from sokdok.version import version as installed

router = APIRouter(tags=["health"])


@router.get("/health")
async def health() -> dict[str, str]:
    """The server answers."""
    return {"status": "ok"}


@router.get("/ready", response_model=None)
async def ready(server: Server) -> dict[str, str] | Response:
    """Whether jobs are taken: 503 while the server starts or stops."""
    if server.engine.ready:
        return {"status": "ready"}
    return refusal(503, "the server takes nothing now", retry_after=5)


@router.get("/version")
async def version(owner: Owner) -> dict[str, str]:
    """Of sokdok."""
    return {"version": installed()}


@router.get("/v1/capabilities")
async def capabilities(server: Server, owner: Owner) -> dict[str, Any]:
    """The reader, the limits of what may be asked, and how many pages of the key that asks may wait."""
    more = {"reader": server.engine.about.reader, "key": {"queue_pages": server.engine.queue_of(owner)}}
    return server.settings.capabilities() | more


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request, server: Server, owner: Owner) -> Response:
    """In the format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(_OfEngine(server.engine))
    registry.register(request.app.state.seconds)
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")


def request_seconds() -> Histogram:
    """What counts how long requests wait for the head of their answer: of a stream, until it begins."""
    buckets = (0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 600)
    about = "From a request to the head of its answer."
    return Histogram("sokdok_request_seconds", about, ["method", "route"], registry=None, buckets=buckets)


class _OfEngine(Collector):
    """Asks the engine when it is asked."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def collect(self) -> Iterator[Metric]:
        """All measures."""
        engine, readers = self.engine, self.engine.readers
        restarts = sum(reader.children.deaths for reader in readers)
        ready = sum(reader.children.ready for reader in readers if not reader.backoff_s)
        pages = CounterMetricFamily("sokdok_pages", "Pages read, by what became of them.", labels=["status"])
        for status in ("read", "failed"):
            pages.add_metric([status], engine.counts[status])
        yield pages
        yield CounterMetricFamily("sokdok_rejected", "Requests refused for want of room.", engine.counts["refused"])
        yield CounterMetricFamily("sokdok_worker_restarts", "Workers that died and were replaced.", restarts)
        yield GaugeMetricFamily("sokdok_workers_ready", "Workers that can read; others start, or rest.", ready)
        yield GaugeMetricFamily("sokdok_queue_pages", "Pages accepted and not yet read.", engine.queued)
        seconds = engine.speed.page_seconds
        yield GaugeMetricFamily("sokdok_page_seconds", "A worker's recent mean for a page.", seconds)
        yield GaugeMetricFamily("sokdok_ready", "Whether jobs are taken and read.", int(engine.ready))
