"""`sokdok bulk`: a group of commands in which whatever is no command is an argument of the default one."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from sokdok.cli.bulk.command import run
from sokdok.cli.bulk.merge import merge
from sokdok.cli.bulk.plan import plan
from sokdok.cli.bulk.status import report, status

DEFAULT = "run"


class BulkGroup(TyperGroup):
    """`sokdok bulk papers/ -o out` is `sokdok bulk run papers/ -o out`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default command before arguments that name none."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


group = typer.Typer(
    cls=BulkGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Read a corpus, and make training data of it: `sokdok bulk SOURCE... -o DEST`. It may be killed at any moment "
    "and goes on. What is no command is a source; a folder called like one is written ./status.",
)
group.command(DEFAULT)(run)
for each in (plan, status, merge, report):
    group.command()(each)
