"""`sokdok compress`: text in, page images out, with the ratio and, with --check, how much reads back."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add `sokdok compress` to the product's commands."""
