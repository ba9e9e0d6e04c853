"""`sokdok memory`."""

from __future__ import annotations

from sokdok.cli.memory.commands import register

__all__ = ["register"]
