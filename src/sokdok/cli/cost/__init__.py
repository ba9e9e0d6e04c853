"""`sokdok cost`."""

from __future__ import annotations

from sokdok.cli.cost.command import register

__all__ = ["register"]
