"""What an operator sees, in the format of Prometheus. Nothing of it names a document or a client."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sokdok.server.engine.engine import Engine


class _OfEngine(Collector):
    """Asks the engine when it is asked."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def collect(self) -> Iterator[Metric]:
        """All of it."""
        engine, scheduler = self.engine, self.engine.scheduler
        pages = CounterMetricFamily("sokdok_pages", "Pages read, by what became of them.", labels=["status"])
        for status in ("read", "failed"):
            pages.add_metric([status], scheduler.counts[status])
        yield pages
        yield CounterMetricFamily("sokdok_rejected", "Requests refused for want of room.", engine.refused)
        yield CounterMetricFamily(
            "sokdok_worker_restarts", "Workers that died and were replaced.", engine.pool.restarts
        )
        yield GaugeMetricFamily(
            "sokdok_workers_ready", "Workers that can read; others start, or rest.", engine.pool.ready_workers
        )
        yield GaugeMetricFamily("sokdok_queue_pages", "Pages accepted and not yet read.", scheduler.queued)
        yield GaugeMetricFamily(
            "sokdok_page_seconds", "A worker's recent mean for a page.", scheduler.speed.page_seconds
        )
        yield GaugeMetricFamily("sokdok_ready", "Whether jobs are taken and read.", int(engine.ready))


def registry_of(engine: Engine) -> CollectorRegistry:
    """The measures of one engine."""
    registry = CollectorRegistry()
    registry.register(_OfEngine(engine))
    return registry


def told(registry: CollectorRegistry) -> bytes:
    """All measures as text."""
    return generate_latest(registry)
