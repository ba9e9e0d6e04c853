"""`sokdok memory`."""

from __future__ import annotations

from sokdok.cli.memory.commands import group

__all__ = ["group"]
