"""`sokdok synth`: pictures with exact truth, as many as asked for, as a dataset in a folder or a bucket."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from sokdok.cli.ui.console import note, print_json, progress
from sokdok.machine import usable_cores

KINDS = ("page", "table", "handwriting", "cursive", "chart", "molecule", "geometry")


def synth(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"{', '.join(KINDS)}.")],
    output: Annotated[str, typer.Option("--output", "-o", metavar="DEST", help="A folder or s3://bucket/prefix.")],
    count: Annotated[int, typer.Option("-n", metavar="N", help="How many samples.")] = 1000,
    seed: Annotated[int, typer.Option(help="Another seed, other samples; the same seed, the same bytes.")] = 0,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="Processes. Default: one a core.")] = None,
    fonts: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Fonts to draw with. Default: those of the system.")
    ] = None,
    text: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Text files to quote from. Default: text is made up.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make synthetic training data: pictures, official prompts, and the exact answers.

    WebDataset shards, as `webdataset` and `datasets` read them. A shard is made where it is
    missing: a killed run goes on, and machines that run this with the same DEST, fonts and texts share the work.
    """
    from sokdok_lab.synth.dataset import Order
    from sokdok_lab.synth.dataset import synth as make_all
    from sokdok_lab.synth.samples import Materials

    order = Order(kind, count, seed, Materials(fonts, text))
    started = time.perf_counter()
    with progress(f"drawing {kind}s", total=count) as advance:
        made = make_all(order, output, jobs or usable_cores(), advance)
    seconds = time.perf_counter() - started
    if made < count:
        note(f"{count - made:,} of {count:,} samples were there already, or made by another machine")
    if as_json:
        print_json({"folder": output, "kind": kind, "samples": count, "made": made, "shards": order.shards,
                    "seconds": seconds, "per_second": made / seconds})  # fmt: skip
        return
    print(f"{output}: {count:,} samples in {order.shards:,} shards; {made:,} made in {seconds:.1f} s, "
          f"{made / seconds:.1f} a second")  # fmt: skip
