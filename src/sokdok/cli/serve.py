"""`sokdok serve`: readers over HTTP, until it is stopped."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_data_path

from sokdok.cli.bulk.command import workers_here
from sokdok.cli.ui.console import note
from sokdok.cli.ui.options import pairs, split_model, typed_as
from sokdok.documents.question import Question
from sokdok.errors import InputError, MissingExtraError
from sokdok.machine import free_megabytes, usable_cores
from sokdok.reading import ENDPOINTS

KEYS = "SOKDOK_SERVE_KEYS"
WORKER_MB = 400  # for a worker of nano: it holds 175 after a dense page, with the process that opens its files
SETTINGS = {"dtype": str, "device": str, "threads": int, "concurrency": int}
LIMITS = {"body_mb": int, "queue_pages": int, "key_pages": int, "keep_hours": float, "keep_gb": float}


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; one that others reach needs keys.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535)] = 8400,
    data: Annotated[
        Path | None, typer.Option(help="Folder of tasks and uploads, of this server alone; by default the user's.")
    ] = None,
    reader: Annotated[
        list[str] | None,
        typer.Option(
            help="nano (the default), a hub id, a checkpoint's folder, or an endpoint's address, #NAME behind it if it "
            "has several models; several endpoints share."
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Processes that read, each with a reader of its own. Default: of nano one a core, as far as memory "
            "allows (.4 GB for each); of a checkpoint one a GPU; one for each endpoint.",
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Of the readers: dtype and device of a checkpoint, threads (cores of a worker: 1), concurrency "
            "(requests under way at each endpoint: 8); more than one.",
        ),
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help=f"File of clients' keys, one a line, each with a queue of its own; or {KEYS}.")
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="What clients may take: body_mb of a request (100), queue_pages accepted and not yet read (1000), "
            "key_pages of one key (as many), keep_hours (24) and keep_gb (10) of tasks that have ended; more than one.",
        ),
    ] = None,
    extract_model: Annotated[
        str | None,
        typer.Option(metavar="URL", help="A language model's endpoint, for /v1/extract. Default: the one that reads."),
    ] = None,
    compress: Annotated[
        bool, typer.Option("--compress", help="Shorten old tool results in a gateway's messages; else count only.")
    ] = False,
    memory: Annotated[
        Path | None, typer.Option(help="Folder of memories, a file for each key; without it there are none.")
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Open the page with examples to try, and a conversation in its memory.")
    ] = False,
) -> None:
    """Serve readers over HTTP: OpenAI's API for pictures, and tasks that survive a restart.

    Clients show one of the keys in SOKDOK_SERVE_KEYS (parted by commas). Without any, only this machine is served.
    """
    try:
        from sokdok.server.app import serve as run
        from sokdok.server.settings import Bounds, Settings, keys_in, keys_of
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("fastapi", "mcp", "starlette", "uvicorn", "prometheus_client"):
            raise
        raise MissingExtraError("serve", "serving over HTTP") from None
    readers, model = readers_of(reader or ["nano"])
    how = typed_as(SETTINGS, "--set", pairs("--set", settings, tuple(SETTINGS)))
    taken = typed_as(LIMITS, "--limit", pairs("--limit", limit, tuple(LIMITS)))
    queue = taken.get("queue_pages", Bounds.queue_pages)
    data = data or user_data_path("sokdok", appauthor=False) / "serve"
    accepted = keys_of(os.environ.pop(KEYS, ""))  # taken away: workers inherit the others
    accepted += keys_in(keys) if keys else ()
    made = Settings(
        data=data,
        host=host,
        port=port,
        reader=readers[0],
        others=tuple(readers[1:]),
        model=model,
        workers=workers or _workers(readers[0], how.get("threads", 1)),
        **how,
        keys=accepted,
        bounds=Bounds(
            body_bytes=taken["body_mb"] << 20 if "body_mb" in taken else Bounds.body_bytes,
            queue_pages=queue,
            key_pages=taken.get("key_pages", queue),
            kept_hours=taken.get("keep_hours", Bounds.kept_hours),
            kept_bytes=int(taken["keep_gb"] * (1 << 30)) if "keep_gb" in taken else Bounds.kept_bytes,
        ),
        extract_model=extract_model,
        compress=compress,
        memory=memory or (data / "memory" if demo else None),
        demo=demo,
    )

    def started(address: str) -> None:
        note(f"serving on {address} (Ctrl-C stops it)")
        if demo and sys.stderr.isatty():
            webbrowser.open(address)

    run(made, started)


def readers_of(given: Sequence[str]) -> tuple[list[str], str | None]:
    """What each `--reader` names, and what all endpoints call their model. Raises InputError for two models."""
    parts = [split_model(text) for text in given]
    models = {model for _, model in parts if model}
    if len(models) > 1:
        raise InputError(f"all readers have one model, not {' and '.join(sorted(models))}")
    return [reader for reader, _ in parts], next(iter(models), None)


def _workers(reader: str, threads: int) -> int:
    """The default of `--workers`: as many as fit the cores and the memory that is free; 1 before an endpoint."""
    if reader.startswith(ENDPOINTS):  # which says itself how much it takes at a time
        return 1
    fitting, room = min(workers_here(Question(reader=reader)), usable_cores() // threads), free_megabytes()
    return max(1, fitting if room is None else min(fitting, room // WORKER_MB))
