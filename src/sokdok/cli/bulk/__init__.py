"""`sokdok bulk`: the group of commands, one of which is the default."""

from __future__ import annotations

import typer

from sokdok.cli.bulk import command, merge, plan, report, status
from sokdok.cli.bulk.group import BulkGroup
from sokdok.cli.ui.console import PANEL_READ

group = typer.Typer(
    cls=BulkGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Read a corpus, and make training data of it: `sokdok bulk SOURCE... -o DEST`. It may be killed at any moment "
    "and goes on. What is no command is a source; a folder called like one is written ./status.",
)


def register(app: typer.Typer) -> None:
    """Add `sokdok bulk` to the product's commands."""
    command.add_to(group)
    plan.add_to(group)
    status.add_to(group)
    merge.add_to(group)
    report.add_to(group)
    app.add_typer(group, name="bulk", rich_help_panel=PANEL_READ)
