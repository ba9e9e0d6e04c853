"""`sokdok bulk plan`: hours, nodes and dollars of a run, from what was measured of one, or given."""

from __future__ import annotations

from typing import Annotated

import typer

from sokdok.bulk.status import estimate, speed_of_run
from sokdok.bulk.store import open_store
from sokdok.cli.ui.console import console, count_of, print_json, si, table
from sokdok.cli.ui.options import Json
from sokdok.errors import InputError

POWERS = tuple(10**power for power in range(3, 10))


def plan(
    results: Annotated[str | None, typer.Option(metavar="DEST", help="The speed that a run of bulk has had.")] = None,
    speed: Annotated[float | None, typer.Option(min=1e-6, metavar="PAGES/S", help="Of a node, as you know it.")] = None,
    pages: Annotated[list[int] | None, typer.Option(min=1, help="To read; repeatable. Default: 10³ to 10⁹.")] = None,
    hours: Annotated[float | None, typer.Option(min=0.01, help="As few nodes as finish within these hours.")] = None,
    price: Annotated[float | None, typer.Option(min=0, help="Dollars of a node and hour.")] = None,
    as_json: Json = False,
) -> None:
    """Say how many hours, nodes and dollars a run takes: pages ÷ measured pages a second × price.

    A node is a machine like the one measured. What a run loses to starts, lost nodes and stragglers is not in it.
    """
    if (results is None) == (speed is None):
        raise InputError("name one of --results DEST and --speed PAGES/S: the speed comes from it")
    known = {"pages_per_second": speed or 0.0} if results is None else speed_of_run(open_store(results))
    rate: float = known["pages_per_second"]
    rows = [estimate(rate, count, hours, price) for count in sorted(pages or POWERS)]
    if as_json:
        print_json({"speed": known, "rows": rows})
        return
    out = console(100)
    shown = table(out, "pages", "nodes", "hours", "node hours", "$", "pages/day")
    for row in rows:
        numbers = (f"{row['pages']:,}", f"{row['nodes']:,}", f"{row['hours']:,.2f}", f"{row['node_hours']:,.1f}")
        dollars = "–" if row["dollars"] is None else f"{row['dollars']:,.2f}"
        shown.add_row(*numbers, dollars, si(round(86400 * rate * row["nodes"])))
    out.print(shown)
    if results is not None:
        by = "seconds of its cores" if known["by"] == "cores" else "the clock: on a busy machine it is slower"
        node = f"{rate:,.3g} pages/s of a node with {count_of(int(known['workers']), 'worker')}"
        out.print(f"{node}, measured on {known['pages']:,} pages by {by}", markup=False, soft_wrap=True)
    if price is None:
        out.print("no price is known of a node: --price says what one costs an hour", soft_wrap=True)
