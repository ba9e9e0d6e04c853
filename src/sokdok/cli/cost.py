"""`sokdok cost`: what a text costs as text tokens and as vision tokens."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add `sokdok cost` to the product's commands."""
