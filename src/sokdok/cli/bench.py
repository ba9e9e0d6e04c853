"""`sokdok bench`: the published experiments, reproduced."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add `sokdok bench` to the product's commands."""
