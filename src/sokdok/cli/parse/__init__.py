"""`sokdok parse`."""

from __future__ import annotations

from sokdok.cli.parse.command import register

__all__ = ["register"]
