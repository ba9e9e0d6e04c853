"""`sokdok read`."""

from __future__ import annotations

from sokdok.cli.read.command import register

__all__ = ["register"]
