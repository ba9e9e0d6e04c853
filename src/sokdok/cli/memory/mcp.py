"""`sokdok memory serve-mcp`: a memory as tools for any MCP client, on standard input and output."""

from __future__ import annotations

import signal

import typer

from sokdok.cli.memory.common import CONVERSATION, FILE, Conversation, File


def add_to(group: typer.Typer) -> None:
    """Add `serve-mcp` to the commands of `sokdok memory`."""
    group.command("serve-mcp")(serve_mcp)


def serve_mcp(file: File = FILE, conversation: Conversation = CONVERSATION) -> None:
    """Let a model search, recall and remember: an MCP client starts this command and speaks over stdin and stdout.

    The file is made if it isn't there.
    """
    from sokdok.memory.connect.mcp import serve
    from sokdok.memory.memory import Memory

    # The SDK lets an interrupt through only after the next line of input. Whatever was acknowledged is on the disk.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with Memory(file, conversation=conversation) as memory:
        serve(memory)
