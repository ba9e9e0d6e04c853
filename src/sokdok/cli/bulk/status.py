"""`sokdok bulk status DEST` and `sokdok bulk report DEST`: how far a run has come, and what became of a corpus."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec.structs import asdict
from rich.console import Console
from rich.table import Table

from sokdok.bulk.report import report_html
from sokdok.bulk.status import Status, status_of
from sokdok.bulk.store import open_store
from sokdok.cli.bulk.progress import duration
from sokdok.cli.ui.console import count_of, message, note, open_output, print_json
from sokdok.cli.ui.options import Json

MOST_REASONS = 10
REPORT = "report.html"
Destination = Annotated[str, typer.Argument(metavar="DEST", help="What `sokdok bulk -o` was given.")]


def status(destination: Destination, as_json: Json = False) -> None:
    """Show how far a run has come: pages done and failed and why, pages a second, time left, tokens, cost by route."""
    found = status_of(open_store(destination))
    if as_json:
        print_json(numbers(found))
    else:
        _print(found)


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
        return
    to_stdout = str(output) == "-"
    with open_output(None if to_stdout else output) as file:
        file.write(data)
    if not to_stdout:
        note(str(output))


def numbers(status: Status) -> dict[str, Any]:
    """All of it as plain data."""
    plan, tally = status.plan, status.tally
    routes = {}
    for route, cost in sorted(tally.routes.items()):
        each = round(cost.seconds / cost.pages, 4) if cost.pages else None
        routes[route] = asdict(cost) | {"seconds": round(cost.seconds, 3), "seconds_per_page": each}
    return {
        **{name: getattr(plan, name) for name in ("documents", "units", "pages", "skipped")},
        **{name: getattr(tally, name) for name in ("done", "partial", "failed", "reasons")},
        **{name: getattr(status, name) for name in ("missing", "driver", "pages_per_second", "seconds_left")},
        "skipped_reasons": status.skipped,
        "skipped_first": status.skipped_first,
        "routes": routes,
    }


def _print(status: Status) -> None:
    plan, tally, out = status.plan, status.tally, Console(highlight=False)
    share = tally.pages / plan.pages if plan.pages else 1.0
    part = f" ({tally.partial:,} not whole)" if tally.partial else ""
    done = f"{tally.pages:,} of {plan.pages:,} pages ({share:.1%}): {tally.done:,} done{part}, {tally.failed:,} failed"
    planned = f"{plan.documents:,} documents in {plan.units:,} units; {count_of(plan.skipped, 'file')} left out"
    out.print(f"{done}; {planned}", markup=False, soft_wrap=True)
    if status.driver:
        pace, left = status.pages_per_second, status.seconds_left
        at = f" at {pace:.2f} pages/s" if pace else ""
        at += f", {duration(left)} left" if left is not None else ""
        out.print(f"read by {status.driver}{at}", markup=False, soft_wrap=True)
    elif status.missing:
        out.print("no process reads: the same command goes on")
    if tally.routes:
        table = Table("route", "pages", "worker seconds", "s a page", "vision tokens", "text tokens")
        for route, cost in sorted(tally.routes.items()):
            each = f"{cost.seconds / max(cost.pages, 1):.3f}"
            tokens = f"{cost.vision_tokens:,}", f"{cost.text_tokens:,}"
            table.add_row(route, f"{cost.pages:,}", f"{cost.seconds:,.1f}", each, *tokens)
        out.print(table)
    _reasons("why pages failed", tally.reasons, "pages", out, {})
    _reasons("why files were left out", status.skipped, "files", out, status.skipped_first)


def _reasons(title: str, reasons: dict[str, int], what: str, out: Console, first: dict[str, str]) -> None:
    """A table of reasons, each with the first file that has it where these are given."""
    if not reasons:
        return
    table = Table(what, title)
    if first:
        table.add_column("such as", overflow="fold")
    for reason, count in Counter(reasons).most_common(MOST_REASONS):
        table.add_row(f"{count:,}", message(reason), *([message(first[reason])] if first else []))
    out.print(table)
    if len(reasons) > MOST_REASONS:
        note(f"{len(reasons) - MOST_REASONS:,} more reasons: --json")
