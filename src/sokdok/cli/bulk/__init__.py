"""`sokdok bulk`: the group of commands, one of which is the default."""

from __future__ import annotations

import typer

from sokdok.cli.bulk.command import run
from sokdok.cli.bulk.group import DEFAULT, BulkGroup
from sokdok.cli.bulk.merge import merge
from sokdok.cli.bulk.plan import plan
from sokdok.cli.bulk.report import report
from sokdok.cli.bulk.status import status

group = typer.Typer(
    cls=BulkGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Read a corpus, and make training data of it: `sokdok bulk SOURCE... -o DEST`. It may be killed at any moment "
    "and goes on. What is no command is a source; a folder called like one is written ./status.",
)
group.command(DEFAULT)(run)
for command in (plan, status, merge, report):
    group.command()(command)
