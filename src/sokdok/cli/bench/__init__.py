"""`sokdok bench`."""

from __future__ import annotations

from sokdok.cli.bench.commands import register

__all__ = ["register"]
