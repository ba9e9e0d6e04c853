"""`sokdok bulk status DEST` and `sokdok bulk report DEST`: how far a run has come, and what became of a corpus."""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sokdok.bulk.report import report_html
from sokdok.bulk.status import Following, Status
from sokdok.bulk.store import open_store
from sokdok.cli.bulk.progress import count_of, duration
from sokdok.cli.ui.console import note, print_json
from sokdok.cli.ui.terminal import message
from sokdok.files import replacing

if TYPE_CHECKING:
    from rich.console import Console

WATCH_S = 2.0
MOST_REASONS = 10
REPORT = "report.html"
Destination = Annotated[str, typer.Argument(metavar="DEST", help="What `sokdok bulk -o` was given.")]


def status(
    destination: Destination,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Again every two seconds, until all pages are read.")] = False,
) -> None:
    """Show how far a run has come: pages done and failed and why, pages a second, time left, tokens, cost by route."""
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


def report(
    destination: Destination,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help=f"Where the page goes; - is standard output. Default: DEST/{REPORT}."),
    ] = None,
) -> None:
    """Write a page that says what became of a corpus; one file, with nothing to fetch.

    It has accounts, throughput, routes and their cost, failures by reason and, after a merge, languages, what each rule
    kept, duplicates, personal data, and examples of what was dropped.
    """
    store = open_store(destination)
    data = report_html(store).encode("utf-8", "replace")
    if output is None:
        store.replace(REPORT, data)
        note(f"{store.address}/{REPORT}")
    elif str(output) == "-":
        sys.stdout.write(data.decode())
    else:
        with replacing(output) as temporary:
            temporary.write_bytes(data)
        note(str(output))


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


def lines(status: Status) -> list[str]:
    """The numbers in a few lines."""
    plan, tally = status.plan, status.tally
    share = tally.pages / plan.pages if plan.pages else 1.0
    found = [
        f"{tally.pages:,} of {plan.pages:,} pages ({share:.1%}): {tally.done:,} done"
        f"{f' ({tally.partial:,} not whole)' if tally.partial else ''}, {tally.failed:,} failed; "
        f"{plan.documents:,} documents in {plan.units:,} units; {count_of(plan.skipped, 'file')} left out"
    ]
    if status.driver:
        pace, left = status.pages_per_second, status.seconds_left
        at = f" at {pace:.2f} pages/s" if pace else ""
        found.append(f"read by {status.driver}{at}" + (f", {duration(left)} left" if left is not None else ""))
    elif status.missing:
        found.append("no process reads: the same command goes on")
    return found


def _print(status: Status) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    for line in lines(status):
        console.print(line, markup=False, soft_wrap=True)
    if status.tally.routes:
        table = Table("route", "pages", "worker seconds", "s a page", "vision tokens", "text tokens")
        for route, cost in sorted(status.tally.routes.items()):
            each = f"{cost.seconds / max(cost.pages, 1):.3f}"
            tokens = f"{cost.vision_tokens:,}", f"{cost.text_tokens:,}"
            table.add_row(route, f"{cost.pages:,}", f"{cost.seconds:,.1f}", each, *tokens)
        console.print(table)
    _reasons("why pages failed", status.tally.reasons, "pages", console, {})
    _reasons("why files were left out", status.skipped, "files", console, status.skipped_first)


def _reasons(title: str, reasons: dict[str, int], what: str, console: Console, first: dict[str, str]) -> None:
    """A table of reasons, each with the first file that has it where these are given."""
    from rich.table import Table

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
