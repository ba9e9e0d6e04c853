"""`sokdok models`: list and inspect checkpoints and their configs."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add `sokdok models` to the product's commands."""
