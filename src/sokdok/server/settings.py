"""How a server is set up: who reads, where, for whom, and how much."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sokdok.errors import InputError
from sokdok.jobs import Limits
from sokdok.server.keys import Keys

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Bounds:
    """What clients may ask for. Stated by `/v1/capabilities`."""

    body_bytes: int = 100 << 20  # of a request
    queue_pages: int = 1_000  # accepted and not yet read, of all clients together
    key_pages: int = 1_000  # the same of one key
    uploads: int = 32  # requests whose files are looked at before they are accepted
    job_seconds: float = 3_600.0  # from accepting a job to its last page
    wait_seconds: float = 600.0  # for which a request waits for its answer
    kept_hours: float = 24.0  # for which a task is kept when it has ended
    kept_bytes: int = 10 << 30  # of tasks that have ended, uploads included; the oldest go first
    text_characters: int = 200_000  # of a text that is drawn as pages
    text_pages: int = 100  # that it may take


@dataclass(frozen=True)
class Settings:
    """How to serve. Raises InputError for what would be open to strangers."""

    data: Path  # folder of tasks and uploads: one server's alone
    host: str = LOOPBACK
    port: int = 8400
    reader: str = "nano"  # what `reading.load` takes
    model: str | None = None
    dtype: str = "bfloat16"
    device: str = "auto"
    workers: int = 1
    threads: int = 1  # processor cores of a worker
    keys: tuple[str, ...] = field(default=(), repr=False)
    """that clients may show, each as `keys.key_of` takes it; none: any client on this machine"""
    limits: Limits = field(default_factory=lambda: Limits(pages=2_000, seconds=30.0, file_seconds=600.0))
    """what one file may take"""
    bounds: Bounds = field(default_factory=Bounds)
    extract_model: str | None = None
    """address of a language model that extracts fields; by default of the endpoint that reads"""
    memory: Path | None = None  # folder of memories, each key's in a folder of its own; None: there are none
    demo: bool = False  # whether there are examples to try, and a conversation in the memory
    stop_seconds: float = 10.0  # for pages in progress, when the server is stopped
    others: tuple[str, ...] = ()  # further endpoints with the same model: the least loaded one reads
    concurrency: int = 8  # requests under way at each endpoint, by each worker

    def __post_init__(self) -> None:
        if self.others and not all("://" in reader for reader in self.readers):
            raise InputError("several --reader must all be addresses of endpoints; --workers reads with more processes")
        if not self.keys and not is_loopback(self.host):
            raise InputError(
                f"{self.host} is open to other machines: set SOKDOK_SERVE_KEYS to keys for clients, or leave "
                f"--host at {LOOPBACK}"
            )
        Keys(self.keys)

    @property
    def readers(self) -> tuple[str, ...]:
        """All of them."""
        return self.reader, *self.others

    @property
    def extractor(self) -> tuple[str, str | None] | None:
        """Address and name of the language model that extracts fields; None if there is none."""
        if self.extract_model is not None:
            return self.extract_model, None
        return (self.reader, self.model) if "://" in self.reader else None

    def capabilities(self) -> dict[str, Any]:
        """Limits, for clients."""
        limits, bounds = self.limits, self.bounds
        return {
            "reader": self.reader if "://" not in self.reader else "endpoint",  # its address is nobody's business
            "limits": {
                "body_bytes": bounds.body_bytes,
                "file_pages": limits.pages,
                "picture_pixels": limits.megapixels * 1_000_000,
                "file_seconds": limits.file_seconds,
                "job_seconds": bounds.job_seconds,
                "wait_seconds": bounds.wait_seconds,
                "queue_pages": bounds.queue_pages,
                "kept_hours": bounds.kept_hours,
                "kept_bytes": bounds.kept_bytes,
                "text_characters": bounds.text_characters,
                "text_pages": bounds.text_pages,
            },
            "fetches_urls": False,
            "memory": self.memory is not None,
            "extracts": self.extractor is not None,
            "demo": self.demo,
        }


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
