"""MCP over standard input and output, for a client that starts this process: stdout carries the protocol alone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from sokdok.errors import MissingExtraError
from sokdok.memory.memory import Memory


def serve(memory: Memory, folders: Sequence[Path] = ()) -> None:
    """Serve a memory, and documents below some folders, until the client closes standard input.

    Raises InputError for what is no folder, MissingExtraError.
    """
    try:
        import anyio
        from mcp.server.stdio import stdio_server
    except ImportError:
        raise MissingExtraError("mcp", "an MCP server") from None
    from sokdok.server.mcp.build import Offer, build
    from sokdok.server.mcp.folders import Folders

    offer = Offer(Folders(folders) if folders else None, lambda: nullcontext(memory))
    server = build(lambda context: offer, documents=bool(folders), memory=True)

    async def run() -> None:
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())

    anyio.run(run)
