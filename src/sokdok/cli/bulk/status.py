"""`sokdok bulk status DEST`: how far a run has come, once or again and again."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sokdok.cli.ui.console import note, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from sokdok.bulk.status import Status

WATCH_S = 2.0
MOST_REASONS = 10


def status(
    destination: Annotated[str, typer.Argument(metavar="DEST", help="What `sokdok bulk -o` was given.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Again every two seconds, until all pages are read.")] = False,
) -> None:
    """Tell how far a run has come: pages done and failed and why, pages a second, time left, tokens, cost by route."""
    from sokdok.bulk.status import Following
    from sokdok.bulk.store import open_store

    following = Following(open_store(destination))
    while True:
        found = following.status()
        if as_json:
            print_json(numbers(found))
        else:
            _print(found)
        if not watch or not found.missing:
            return
        time.sleep(WATCH_S)


def numbers(status: Status) -> dict[str, Any]:
    """All of it as plain data."""
    plan, tally = status.plan, status.tally
    return {
        "documents": plan.documents,
        "units": plan.units,
        "pages": plan.pages,
        "done": tally.done,
        "partial": tally.partial,
        "failed": tally.failed,
        "missing": status.missing,
        "skipped": plan.skipped,
        "driver": status.driver,
        "pages_per_second": status.pages_per_second,
        "seconds_left": status.seconds_left,
        "reasons": dict(tally.reasons),
        "skipped_reasons": status.skipped,
        "skipped_first": status.skipped_first,
        "routes": {
            route: {
                "pages": cost.pages,
                "seconds": round(cost.seconds, 3),
                "seconds_per_page": round(cost.seconds / cost.pages, 4) if cost.pages else None,
                "vision_tokens": cost.vision_tokens,
                "text_tokens": cost.text_tokens,
            }
            for route, cost in sorted(tally.routes.items())
        },
    }


def _print(status: Status) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    for line in lines(status):
        console.print(line, markup=False, soft_wrap=True)
    _routes(status, console)
    _reasons("why pages failed", status.tally.reasons, "pages", console)
    _reasons("why files were left out", status.skipped, "files", console, status.skipped_first)


def lines(status: Status) -> list[str]:
    """The numbers in a few lines."""
    from sokdok.cli.bulk.progress import count_of, duration

    plan, tally = status.plan, status.tally
    share = tally.pages / plan.pages if plan.pages else 1.0
    said = [
        f"{tally.pages:,} of {plan.pages:,} pages ({share:.1%}): {tally.done:,} done"
        f"{f' ({tally.partial:,} not whole)' if tally.partial else ''}, {tally.failed:,} failed; "
        f"{plan.documents:,} documents in {plan.units:,} units; {count_of(plan.skipped, 'file')} left out"
    ]
    if status.driver:
        pace, left = status.pages_per_second, status.seconds_left
        at = f" at {pace:.2f} pages/s" if pace else ""
        said.append(f"read by {status.driver}{at}" + (f", {duration(left)} left" if left is not None else ""))
    elif status.missing:
        said.append("nobody reads: the same command goes on")
    return said


def _routes(status: Status, console: Console) -> None:
    from rich.table import Table

    if not status.tally.routes:
        return
    table = Table("route", "pages", "worker seconds", "s a page", "vision tokens", "text tokens")
    for route, cost in sorted(status.tally.routes.items()):
        numbers = (f"{cost.seconds:,.1f}", f"{cost.seconds / max(cost.pages, 1):.3f}")
        table.add_row(route, f"{cost.pages:,}", *numbers, f"{cost.vision_tokens:,}", f"{cost.text_tokens:,}")
    console.print(table)


def _reasons(
    title: str, reasons: dict[str, int], what: str, console: Console, first: dict[str, str] | None = None
) -> None:
    """A table of reasons, each with the first file that has it where these are given."""
    from rich.table import Table

    from sokdok.cli.ui.terminal import message

    if not reasons:
        return
    table = Table(what, title)
    if first:
        table.add_column("such as", overflow="fold")
    for reason, count in Counter(reasons).most_common(MOST_REASONS):
        table.add_row(f"{count:,}", message(reason), *([message(first[reason])] if first else []))
    console.print(table)
    if len(reasons) > MOST_REASONS:
        note(f"{len(reasons) - MOST_REASONS:,} more reasons: --json")
