"""`sokdok convert`."""

from __future__ import annotations

from sokdok.cli.convert.command import register

__all__ = ["register"]
