"""`sokdok read`: documents in, text out."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add `sokdok read` to the product's commands."""
