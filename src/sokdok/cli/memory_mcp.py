"""`sokdok memory serve-mcp`: a memory as tools for any MCP client, on standard input and output."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

import typer


def add_to(group: typer.Typer) -> None:
    """Add `serve-mcp` to the commands of `sokdok memory`."""
    group.command("serve-mcp")(serve_mcp)


def serve_mcp(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The memory; made if it isn't there.")],
    conversation: Annotated[str, typer.Option(help="Which of its conversations.")] = "default",
) -> None:
    """Let an MCP client search, recall and remember: it starts this command and speaks over stdin and stdout."""
    from sokdok.memory.mcp import serve
    from sokdok.memory.memory import Memory

    # The SDK lets an interrupt through only after the next line of input. Whatever was acknowledged is on the disk.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with Memory(file, conversation=conversation) as memory:
        serve(memory)
