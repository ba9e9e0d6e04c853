"""`sokdok bulk report DEST`: one HTML page that says what became of a corpus."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sokdok.cli.ui.console import note

NAME = "report.html"


def report(
    destination: Annotated[str, typer.Argument(metavar="DEST", help="What `sokdok bulk -o` was given.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help=f"Where the page goes; - is standard output. Default: DEST/{NAME}."),
    ] = None,
) -> None:
    """Write a page that tells what became of a corpus; one file, with nothing to fetch.

    It has accounts, throughput, routes and their cost, failures by reason and, after a merge, languages, what each rule
    kept, duplicates, personal data, and examples of what was dropped.
    """
    from sokdok.bulk.report import report_html
    from sokdok.bulk.store import open_store
    from sokdok.files import replacing

    store = open_store(destination)
    data = report_html(store).encode("utf-8", "replace")
    if output is None:
        store.replace(NAME, data)
        note(f"{store.address}/{NAME}")
    elif str(output) == "-":
        sys.stdout.write(data.decode())
    else:
        with replacing(output) as temporary:
            temporary.write_bytes(data)
        note(str(output))
