"""`sokdok serve`."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from sokdok.cli.serve.options import BoundOptions, ReadingOptions
from sokdok.cli.ui.console import PANEL_READ, note
from sokdok.cli.ui.groups import with_groups
from sokdok.errors import MissingExtraError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel=PANEL_READ)(with_groups(serve))


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; one that others reach needs keys.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535)] = 8400,
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
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Fetch files from addresses of the public network that clients name.")
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Open the page with examples to try, and a conversation in its memory.")
    ] = False,
    *,
    reading: ReadingOptions,
    bounding: BoundOptions,
) -> None:
    """Serve readers over HTTP: OpenAI's API for pictures, and tasks that survive a restart.

    Clients show one of the keys in SOKDOK_SERVE_KEYS (parted by commas). Without any, only this machine is served.
    """
    try:
        from sokdok.server.run import serve as run
        from sokdok.server.settings import Settings
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("fastapi", "mcp", "starlette", "uvicorn", "prometheus_client"):
            raise
        raise MissingExtraError("serve", "serving over HTTP") from None
    data = data or _data_folder()
    settings = Settings(
        data=data,
        host=host,
        port=port,
        reader=reading.reader[0],
        others=tuple(reading.reader[1:]),
        model=reading.model_name,
        dtype=reading.dtype,
        device=reading.device,
        workers=reading.count(),
        threads=reading.threads,
        concurrency=reading.concurrency,
        engine=cast("Literal['local', 'ray']", reading.engine),
        ray_address=reading.ray_address,
        gpus=reading.gpus,
        keys=bounding.accepted(),
        bounds=bounding.bounds(),
        fetch=fetch,
        extract_model=extract_model,
        memory=memory or (data / "memory" if demo else None),
        demo=demo,
    )

    def told(address: str) -> None:
        note(f"serving on {address} (Ctrl-C stops it)")
        if demo and sys.stderr.isatty():
            webbrowser.open(address)

    run(settings, told=told)


def _data_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("sokdok", appauthor=False) / "serve"
