"""`sokdok bench`."""

from __future__ import annotations

from sokdok_lab.cli.bench.commands import register

__all__ = ["register"]
