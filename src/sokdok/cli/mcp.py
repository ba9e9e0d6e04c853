"""`sokdok mcp`: documents and a memory as tools for any MCP client, on standard input and output."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Annotated

import typer

from sokdok.cli.memory import CONVERSATION, EMBEDDINGS, Conversation, File
from sokdok.memory.memory import Memory


def mcp(
    file: File,
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FOLDER]...", help="What stands below is read when a model asks for it, and no more."),
    ] = None,
    conversation: Conversation = None,
) -> None:
    """Let a model read documents, recall and remember: an MCP client starts this and speaks over stdin and stdout.

    Documents are those below the folders; hidden files are left alone, and links out of them are not followed.
    The memory's file is made if it isn't there.
    """
    from sokdok.server.mcp.server import serve_stdio  # which needs the extra `mcp`

    # The SDK lets an interrupt through only after the next line of input. Whatever was acknowledged is on the disk.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with Memory(file, conversation=conversation or CONVERSATION, embeddings=os.environ.get(EMBEDDINGS)) as memory:
        serve_stdio(memory, folders or ())
