"""The options of `sokdok serve`: who reads, and what clients may take."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from sokdok.cli.ui.engine_options import Gpus, RayAddress, check_engine
from sokdok.cli.ui.reader_options import Device, Dtype, ModelName

if TYPE_CHECKING:
    from sokdok.server.settings import Bounds

KEYS = "SOKDOK_SERVE_KEYS"
WORKER_MB = 400  # for a worker of nano: it holds 175 after a dense page, with the process that opens its files


@dataclass(frozen=True)
class ReadingOptions:
    """Who reads, and where."""

    PANEL: ClassVar[str] = "Who reads"
    reader: Annotated[
        list[str],
        typer.Option(help="nano, a hub id, a checkpoint's folder, or an endpoint's address; several endpoints share."),
    ] = field(default_factory=lambda: ["nano"])
    model_name: ModelName = None
    dtype: Dtype = "bfloat16"
    device: Device = "auto"
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Processes that read, each with a reader of its own. Default: of nano one a core, as far as memory "
            "allows (.4 GB for each); of a checkpoint one a GPU; one for each endpoint; one with --engine ray.",
        ),
    ] = None
    threads: Annotated[int, typer.Option(min=1, help="Processor cores of each.")] = 1
    concurrency: Annotated[int, typer.Option(min=1, max=256, help="Requests under way at each endpoint.")] = 8
    engine: Annotated[
        str, typer.Option(help="local: worker processes on this machine; ray: replicas of Ray Serve (the extra ray).")
    ] = "local"
    ray_address: RayAddress = None
    gpus: Gpus = 0.0

    def __post_init__(self) -> None:
        check_engine(self.engine, ray_address=self.ray_address, gpus=self.gpus)

    def count(self) -> int:
        """How many workers read."""
        from sokdok.cli.bulk.engines import workers_here
        from sokdok.documents.question import Question
        from sokdok.machine import free_megabytes, usable_cores
        from sokdok.reading.load import ENDPOINTS

        if self.workers is not None:
            return self.workers
        reader = self.reader[0]
        if self.engine == "ray" or reader.startswith(ENDPOINTS):  # which says itself how much it takes at a time
            return 1
        fitting = min(workers_here(Question(reader=reader)), usable_cores() // self.threads)
        room = free_megabytes()
        return max(1, fitting if room is None else min(fitting, room // WORKER_MB))


@dataclass(frozen=True)
class BoundOptions:
    """What clients may take, and for how long it is kept."""

    PANEL: ClassVar[str] = "What clients may take"
    max_body_mb: Annotated[int, typer.Option(min=1, help="Of a request.")] = 100
    queue_pages: Annotated[int, typer.Option(min=1, help="Pages accepted and not yet read; more are refused.")] = 1_000
    key_pages: Annotated[int | None, typer.Option(min=1, help="The same of one key; by default as many as of all.")] = (
        None
    )
    keys: Annotated[
        Path | None, typer.Option(help=f"File of clients' keys, one a line, each with a queue of its own; or {KEYS}.")
    ] = None
    keep_hours: Annotated[float, typer.Option(min=0, help="Tasks that have ended are kept so long.")] = 24.0
    keep_gb: Annotated[float, typer.Option(min=0, help="Of tasks that have ended; the oldest go first.")] = 10.0

    def bounds(self) -> Bounds:
        """The same for the server, with its own defaults of what has no option."""
        from sokdok.server.settings import Bounds

        return Bounds(
            body_bytes=self.max_body_mb << 20,
            queue_pages=self.queue_pages,
            key_pages=self.key_pages or self.queue_pages,
            kept_hours=self.keep_hours,
            kept_bytes=int(self.keep_gb * (1 << 30)),
        )

    def accepted(self) -> tuple[str, ...]:
        """Keys that clients may show. The variable is taken away: workers inherit the others."""
        from sokdok.server.security.keys import keys_in, keys_of

        return keys_of(os.environ.pop(KEYS, "")) + (keys_in(self.keys) if self.keys else ())
