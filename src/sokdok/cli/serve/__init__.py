"""`sokdok serve`."""

from __future__ import annotations

from sokdok.cli.serve.command import register

__all__ = ["register"]
