"""`sokdok ask`."""

from __future__ import annotations

from sokdok.cli.ask.command import register

__all__ = ["register"]
