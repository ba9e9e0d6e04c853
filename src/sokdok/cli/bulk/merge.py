"""`sokdok bulk merge DEST`: training data from what a run has read, in the plan's order.

- stdout gets the folder of each form, or with `--json` what came out; progress and numbers go to stderr.
- The same options stand at `sokdok bulk SOURCE -o DEST`, which merges when everything is read.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from sokdok.bulk.merge import Manifest
from sokdok.bulk.merge import merge as merge_all
from sokdok.bulk.passes import Asked, Filter
from sokdok.bulk.quality.personal import KINDS
from sokdok.bulk.quality.recipe import OWN, load_recipe
from sokdok.bulk.sinks import SINKS, require_sinks
from sokdok.cli.ui.console import count_of, note, print_json, progress
from sokdok.cli.ui.options import Json
from sokdok.errors import require_choice
from sokdok.machine import usable_cores

MOST_RULES = 5  # that are named of those that drop documents

To = Annotated[list[str] | None, typer.Option("--to", help=f"Form: {', '.join(SINKS)}; more than one. Default: dolma.")]
Recipe = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Filter documents and drop near duplicates by the numbers of this file; quality: by the product's own. "
        "Default: every document is kept.",
    ),
]
Mask = Annotated[
    list[str] | None,
    typer.Option(
        "--mask", metavar="KIND", help="Mask personal data: email, phone, resident, card, business, ip; more than one."
    ),
]
HeldOut = Annotated[float, typer.Option(min=0, max=0.5, metavar="SHARE", help="Documents in a split `test`.")]
Decontaminate = Annotated[list[str] | None, typer.Option(metavar="FILE", help="Drop what has 13 words in a row of it.")]


def merging(to: To, recipe: Recipe, mask: Mask, jobs: int, held_out: HeldOut, decontaminate: Decontaminate) -> Asked:
    """What options ask of a merge. Raises InputError, MissingExtraError."""
    forms = tuple(form for form in SINKS if form in _comma_separated(to)) or tuple(SINKS)[:1]
    require_sinks(_comma_separated(to))
    masks = tuple(sorted(set(_comma_separated(mask))))
    for kind in masks:
        require_choice("kind of personal data", kind, KINDS)
    rules = None if recipe is None else load_recipe(None if recipe == OWN else Path(recipe))
    against = tuple(map(os.path.abspath, decontaminate or ()))
    asked = Asked(to=forms, recipe=rules, mask=masks, held_out=held_out, against=against, jobs=jobs)
    Filter(asked).check()  # before anything is read
    return asked


def merge(
    destination: Annotated[str, typer.Argument(metavar="DEST", help="Where a run has put what it read.")],
    to: To = None,
    recipe: Recipe = None,
    mask: Mask = None,
    held_out: HeldOut = 0.0,
    decontaminate: Decontaminate = None,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="Processes. Default: one a core.")] = None,
    as_json: Json = False,
) -> None:
    """Write training data from what a run has read: documents in the plan's order, filtered if you say by what.

    Everything goes into DEST/data: the forms, what was dropped and why (dropped/), and manifest.json, which says what
    became of every page. Equal inputs give equal bytes; a merge that was killed goes on with the same command; one with
    another recipe, or pages read since, starts over.
    """
    asked = merging(to, recipe, mask, jobs or usable_cores(), held_out, decontaminate)
    manifest = write(destination, asked)
    if as_json:
        print_json({"destination": destination, **numbers(manifest)})
    report(destination, manifest, as_json)


def write(destination: str, asked: Asked) -> Manifest:
    """Merge, with a bar for each thing that is done, one after the other."""
    with ExitStack() as stack:
        shown: dict[str, tuple[Callable[[int], None], int]] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in shown:
                stack.close()
                shown[what] = stack.enter_context(progress(what, total)), 0
            advance, before = shown[what]
            advance(done - before)
            shown[what] = advance, done

        return merge_all(destination, asked, show)


def numbers(manifest: Manifest) -> dict[str, Any]:
    """What came out as plain data."""
    return {
        "account": msgspec.to_builtins(manifest.account),
        "skipped": msgspec.to_builtins(manifest.skipped),
        "sinks": {
            name: {"rows": sink.rows, "bytes": sink.bytes, "left_out": sink.left_out, "files": len(sink.files)}
            for name, sink in manifest.sinks.items()
        },
    }


def report(destination: str, manifest: Manifest, as_json: bool) -> None:
    """What came out: on stdout where it is, unless JSON is there, on stderr how much, and what not."""
    account = manifest.account
    if not as_json:
        for name in manifest.sinks:
            print(f"{destination.rstrip('/')}/data/{name}")
    kept = f"kept {account.kept:,} of {account.documents:,} documents: {account.kept_pages:,} pages"
    note(f"{kept}, {account.tokens:,} text tokens")
    if account.dropped:
        most = sorted(account.dropped.items(), key=lambda item: (-item[1], item[0]))
        named = ", ".join(f"{rule} {count:,}" for rule, count in most[:MOST_RULES])
        note(f"dropped {sum(account.dropped.values()):,}: {named} (see data/dropped)")
    if account.failed:
        note(f"{account.failed:,} of {account.pages:,} pages failed (see data/dropped)")
    for name, sink in manifest.sinks.items():
        for why, count in sink.left_out.items():
            note(f"{name}: {count_of(count, 'page')} left out: {why}")


def _comma_separated(values: list[str] | None) -> list[str]:
    return [part.strip() for value in values or () for part in value.split(",") if part.strip()]
