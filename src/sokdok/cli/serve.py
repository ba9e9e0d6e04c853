"""`sokdok serve`."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from sokdok.cli.ui.console import PANEL_READ, note
from sokdok.cli.ui.reader_options import Device, Dtype, ModelName
from sokdok.errors import InputError, MissingExtraError, require_choice

KEYS = "SOKDOK_SERVE_KEYS"
ENGINES = ("local", "ray")
WORKER_MB = 400
"""for a worker of nano: it holds 175 after a dense page, with the process that opens its files"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel=PANEL_READ)(serve)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; one that others reach needs keys.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535)] = 8400,
    reader: Annotated[
        list[str],
        typer.Option(help="nano, a hub id, a checkpoint's folder, or an endpoint's address; several endpoints share."),
    ] = ["nano"],  # noqa: B006  # the framework's way to say it
    model_name: ModelName = None,
    dtype: Dtype = "bfloat16",
    device: Device = "auto",
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Processes that read, each with a reader of its own. Default: of nano one a core, as far as memory "
            "allows (.4 GB for each); of a checkpoint one a GPU; one for each endpoint; one with --engine ray.",
        ),
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Processor cores of each.")] = 1,
    concurrency: Annotated[int, typer.Option(min=1, max=256, help="Requests under way at each endpoint.")] = 8,
    engine: Annotated[
        str, typer.Option(help="local: worker processes on this machine; ray: replicas of Ray Serve (the extra ray).")
    ] = "local",
    ray_address: Annotated[
        str | None,
        typer.Option(help="With --engine ray: the cluster, host:6379 or auto; without, one is started here."),
    ] = None,
    gpus: Annotated[float, typer.Option(min=0, help="With --engine ray: GPUs of each worker.")] = 0.0,
    data: Annotated[
        Path | None, typer.Option(help="Folder of tasks and uploads, of this server alone; by default the user's.")
    ] = None,
    extract_model: Annotated[
        str | None,
        typer.Option(metavar="URL", help="A language model's endpoint, for /v1/extract. Default: the one that reads."),
    ] = None,
    memory: Annotated[
        Path | None, typer.Option(help="Folder of memories, a file for each key; without it there are none.")
    ] = None,
    max_connections: Annotated[
        int, typer.Option(min=1, help="Of clients at a time. Idle ones make room; where all are served: 503.")
    ] = 500,
    max_body_mb: Annotated[int, typer.Option(min=1, help="Of a request.")] = 100,
    queue_pages: Annotated[int, typer.Option(min=1, help="Pages accepted and not yet read; more are refused.")] = 1_000,
    key_pages: Annotated[
        int | None, typer.Option(min=1, help="The same of one key; by default as many as of all.")
    ] = None,
    requests_per_minute: Annotated[int | None, typer.Option(min=1, help="Of one key; by default any number.")] = None,
    pages_per_minute: Annotated[
        int | None, typer.Option(min=1, help="Accepted of one key; by default any number.")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help=f"File of clients' keys, one a line, each with limits of its own; or {KEYS}.")
    ] = None,
    keep_hours: Annotated[float, typer.Option(min=0, help="Tasks that have ended are kept so long.")] = 24.0,
    keep_gb: Annotated[float, typer.Option(min=0, help="Of tasks that have ended; the oldest go first.")] = 10.0,
    demo: Annotated[
        bool, typer.Option("--demo", help="Open the page with examples to try, and a conversation in its memory.")
    ] = False,
    log: Annotated[
        str | None, typer.Option(metavar="FILE", help="A line of JSON for each request; - is standard output.")
    ] = None,
    log_names: Annotated[bool, typer.Option("--log-names", help="Name files in it.")] = False,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Fetch files from addresses of the public network that clients name.")
    ] = False,
) -> None:
    """Serve readers over HTTP: OpenAI's API for pictures, and tasks that survive a restart.

    Clients show one of the keys in SOKDOK_SERVE_KEYS (parted by commas). Without any, only this machine is served.
    """
    require_choice("engine", engine, ENGINES)
    for name, given in (("ray-address", ray_address), ("gpus", gpus)):
        if given and engine != "ray":
            raise InputError(f"--{name} goes with --engine ray")
    try:
        from sokdok.server.run import serve as run
        from sokdok.server.security.keys import keys_in, keys_of
        from sokdok.server.settings import Bounds, Settings
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("fastapi", "mcp", "starlette", "uvicorn", "prometheus_client"):
            raise
        raise MissingExtraError("serve", "serving over HTTP") from None
    bounds = Bounds(
        connections=max_connections,
        body_bytes=max_body_mb << 20,
        queue_pages=queue_pages,
        key_pages=key_pages or queue_pages,
        key_requests_minute=requests_per_minute,
        key_pages_minute=pages_per_minute,
        kept_hours=keep_hours,
        kept_bytes=int(keep_gb * (1 << 30)),
    )
    data = data or _data_folder()
    settings = Settings(
        data=data,
        host=host,
        port=port,
        reader=reader[0],
        model=model_name,
        dtype=dtype,
        device=device,
        workers=workers or _workers(reader[0], engine, threads),
        threads=threads,
        keys=keys_of(os.environ.pop(KEYS, "")) + (keys_in(keys) if keys else ()),  # popped: workers inherit the rest
        bounds=bounds,
        engine=cast("Literal['local', 'ray']", engine),
        ray_address=ray_address,
        gpus=gpus,
        fetch=fetch,
        log=log,
        log_names=log_names,
        extract_model=extract_model,
        memory=memory or (data / "memory" if demo else None),
        others=tuple(reader[1:]),
        concurrency=concurrency,
        demo=demo,
    )

    def told(address: str) -> None:
        note(f"serving on {address} (Ctrl-C stops it)")
        if demo and sys.stderr.isatty():
            webbrowser.open(address)

    run(settings, told=told)


def _workers(reader: str, engine: str, threads: int) -> int:
    """How many read where nobody says it."""
    from sokdok.bulk.question import Question
    from sokdok.cli.bulk.engines import workers_here
    from sokdok.machine import free_megabytes, usable_cores
    from sokdok.reading.load import ENDPOINTS

    if engine == "ray" or reader.startswith(ENDPOINTS):  # which says itself how much it takes at a time
        return 1
    fitting = min(workers_here(Question(reader=reader)), usable_cores() // threads)
    room = free_megabytes()
    return max(1, fitting if room is None else min(fitting, room // WORKER_MB))


def _data_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("sokdok", appauthor=False) / "serve"
