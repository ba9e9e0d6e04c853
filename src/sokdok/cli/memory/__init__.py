"""`sokdok memory`: the group of commands, which takes the file and the conversation for all of them."""

from __future__ import annotations

from sokdok.cli.memory.commands import group

__all__ = ["group"]
