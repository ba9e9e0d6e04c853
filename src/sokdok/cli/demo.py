"""`sokdok demo`: one example, drawn, compressed and read back in front of your eyes."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add `sokdok demo` to the product's commands."""
