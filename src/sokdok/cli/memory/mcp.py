"""`sokdok memory serve-mcp`: what `sokdok mcp` was called, so that clients that are set up go on."""

from __future__ import annotations

import typer

from sokdok.cli.memory.common import CONVERSATION, Conversation, File


def add_to(group: typer.Typer) -> None:
    """Add `serve-mcp`, which is not shown, to the commands of `sokdok memory`."""
    group.command("serve-mcp", hidden=True)(serve_mcp)


def serve_mcp(file: File, conversation: Conversation = CONVERSATION) -> None:
    """Do what `sokdok mcp` does without folders."""
    from sokdok.cli.mcp import mcp  # which has its options from this room

    mcp(file, conversation=conversation)
