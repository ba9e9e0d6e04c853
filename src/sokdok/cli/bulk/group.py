"""A group of commands in which whatever is no command is an argument of the default one."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

DEFAULT = "run"


class BulkGroup(TyperGroup):
    """`sokdok bulk papers/ -o out` is `sokdok bulk run papers/ -o out`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default command before arguments that name none."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)
