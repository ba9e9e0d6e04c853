"""`sokdok train`: train a checkpoint from a recipe."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add `sokdok train` to the product's commands."""
