"""`sokdok bulk plan`: hours, nodes and dollars of a run, from what was measured of one, of a sample, or given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sokdok.cli.bulk.engines import threads_each
from sokdok.cli.bulk.options import QuestionOptions
from sokdok.cli.ui.console import note, print_json, progress
from sokdok.cli.ui.groups import with_groups
from sokdok.cli.ui.tables import console, si, table
from sokdok.errors import InputError

if TYPE_CHECKING:
    from sokdok.bulk.estimate import Speed

POWERS = tuple(10**power for power in range(3, 10))


def add_to(group: typer.Typer) -> None:
    """Add the command to its group."""
    group.command()(with_groups(plan))


def plan(
    results: Annotated[str | None, typer.Option(metavar="DEST", help="The speed that a run of bulk has had.")] = None,
    sample: Annotated[str | None, typer.Option(metavar="SOURCE", help="Read some pages of this corpus here.")] = None,
    speed: Annotated[float | None, typer.Option(min=1e-6, metavar="PAGES/S", help="Of a node, as you know it.")] = None,
    pages: Annotated[list[int] | None, typer.Option(min=1, help="To read; repeatable. Default: 10³ to 10⁹.")] = None,
    hours: Annotated[float | None, typer.Option(min=0.01, help="As few nodes as finish within these hours.")] = None,
    price: Annotated[float | None, typer.Option(min=0, help="Dollars of a node and hour.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    *,
    asking: QuestionOptions,
) -> None:
    """Say how many hours, nodes and dollars a run takes: pages ÷ measured pages a second × price.

    A node is a machine like the one measured. What a run loses to starts, lost nodes and stragglers is not in it.
    """
    from sokdok.bulk.estimate import estimate

    if sum(one is not None for one in (results, sample, speed)) != 1:
        raise InputError("name one of --results DEST, --sample SOURCE and --speed PAGES/S: the speed comes from it")
    known, here = _speed(results, sample, speed, asking)
    counts = sorted(pages or {*([here] if here else []), *POWERS})
    rows = [estimate(known, count, hours, price) for count in counts]
    if as_json:
        print_json({"speed": vars(known), "rows": [vars(row) for row in rows]})
        return
    out = console(100)
    shown = table(out, "pages", "nodes", "hours", "node hours", "$", "pages/day", "±")
    for row in rows:
        shown.add_row(
            f"{row.pages:,}",
            f"{row.nodes:,}",
            f"{row.hours:,.2f}",
            f"{row.node_hours:,.1f}",
            "–" if row.dollars is None else f"{row.dollars:,.2f}",
            si(round(86400 * known.pages_per_second * row.nodes)),
            f"{row.error:.0%}",
        )
    out.print(shown)
    if known.pages:
        workers = "1 worker" if known.workers == 1 else f"{known.workers} workers"
        rate = f"{known.pages_per_second:,.3g} pages/s of a node with {workers}"
        out.print(f"{rate}, measured on {known.pages:,} pages", markup=False, soft_wrap=True)
    if price is None:
        out.print("no price is known of a node: --price says what one costs an hour", soft_wrap=True)


def _speed(
    results: str | None, sample: str | None, speed: float | None, asking: QuestionOptions
) -> tuple[Speed, int | None]:
    """The speed of a node, and the pages of a sampled corpus."""
    from sokdok.bulk.estimate import SAMPLE_PAGES, Speed, speed_here, speed_of_run
    from sokdok.bulk.sources import open_source
    from sokdok.bulk.store import open_store
    from sokdok.bulk.work.messages import WorkOptions
    from sokdok.machine import usable_cores

    if speed is not None:
        return Speed(speed, 0.0, 1, 0), None
    if results is not None:
        return speed_of_run(open_store(results)), None
    workers, question = usable_cores(), asking.question()
    options = WorkOptions(threads=threads_each(question, workers))
    with progress("reading", SAMPLE_PAGES) as advance:
        found, pages = speed_here(open_source(sample or ""), workers, question, options, read=advance)
    note(f"{sample}: about {pages:,} pages")
    return found, pages
