"""`sokdok synth`: pictures with exact truth, as many as asked for, as a dataset that trainers load."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from sokdok.cli.ui.console import PANEL_MODELS, note, print_json, progress
from sokdok.machine import usable_cores

KINDS = ("page", "table", "handwriting", "chart", "molecule", "geometry")


def register(app: typer.Typer) -> None:
    """Add `sokdok synth` to the product's commands."""
    app.command("synth", rich_help_panel=PANEL_MODELS)(synth)


def synth(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"{', '.join(KINDS)}.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder of the dataset.")],
    count: Annotated[int, typer.Option("-n", metavar="N", help="How many samples.")] = 1000,
    seed: Annotated[int, typer.Option(help="Another seed, other samples; the same seed, the same bytes.")] = 0,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", help="Processes. Default: one a core.")] = None,
    fonts: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Fonts to draw with. Default: those of the system.")
    ] = None,
    text: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Text files to quote from. Default: text is made up.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make synthetic training data: pictures, official prompts, and the exact answers.

    WebDataset shards, a manifest and a card: `datasets.load_dataset("DIR")` reads them. A killed run can be resumed.
    """
    from sokdok.synth.dataset import Order, write_dataset
    from sokdok.synth.samples import Materials

    order = Order(kind, count, seed, Materials(fonts, text))
    started = time.perf_counter()
    with progress(f"drawing {kind}s", total=count) as advance:
        made = write_dataset(order, output, jobs or usable_cores(), advance)
    seconds = time.perf_counter() - started
    if made < count:
        note(f"{count - made:,} of {count:,} samples were there already")
    if as_json:
        print_json({"folder": output, "kind": kind, "samples": count, "made": made, "shards": order.shards,
                    "seconds": seconds, "per_second": made / seconds})  # fmt: skip
        return
    print(f"{output}: {count:,} samples in {order.shards:,} shards; {made:,} made in {seconds:.1f} s, "
          f"{made / seconds:.1f} a second")  # fmt: skip
