"""`sokdok convert -o FOLDER`: a folder of files and pictures for each document, in the forms that are asked for.

- Folders that are named are searched for images and PDFs, by their first bytes, in the order of their paths.
- stdout gets the path of each document's Markdown, or else of its first form, or with `--json` a line about each
  document; what went wrong, and with `--verbose` every page with its mode and why, goes to stderr.
- Exit codes: 0 if every document is SUCCESS, 2 if no file could be used, else 1.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from sokdok.cli.convert.inputs import all_paths
from sokdok.cli.convert.progress import PageProgress
from sokdok.cli.convert.report import PageReport, Tally
from sokdok.cli.ui.console import note
from sokdok.files import json_text

if TYPE_CHECKING:
    from sokdok.documents.convert.conversion import Conversion
    from sokdok.documents.convert.convert import Converted


def convert_files(files: list[str], out: Path, asked: Conversion, *, redo: bool, verbose: bool, as_json: bool) -> None:
    """Convert all files. Raises InputError if there is only one and it can't be used."""
    from sokdok.documents.convert.convert import convert
    from sokdok.documents.convert.outputs import names_apart
    from sokdok.files import make_folder

    tally = Tally()
    with ExitStack() as stack:
        paths = list(all_paths(files, out, stack))
        make_folder(out)
        names = names_apart(paths)
        with PageProgress() as bar, tally.kept(len(paths)):
            for path in paths:
                watcher = PageReport(bar, tally, verbose)
                with watcher.kept(), tally.file(path, alone=len(paths) == 1):
                    converted = convert(path, out, asked, watcher, redo=redo, name=names.get(path, ""))
                    tally.statuses[converted.status] += 1
                    _report(converted, watcher, as_json)
    tally.conclude()


def _report(converted: Converted, pages: PageReport, as_json: bool) -> None:
    """The result on stdout; a word on stderr about what is missing."""
    if converted.incomplete:
        numbers = ", ".join(map(str, converted.incomplete[:20])) + (" …" if len(converted.incomplete) > 20 else "")
        note(f"sokdok: {converted.folder}: {converted.status}: incomplete: page {numbers}")
    if converted.skipped:
        added = f", and {', '.join(converted.written)} is written from it" if converted.written else ""
        note(f"{converted.folder} was done already{added}; --redo reads it again")
    line = os.fsencode(converted.path)
    if as_json:
        row = {
            "source": pages.source,
            "folder": str(converted.folder),
            "status": converted.status,
            "pages": converted.pages,
            "incomplete": converted.incomplete,
            "skipped": converted.skipped,
            "read": pages.rows,
        }
        line = json_text(row).encode()
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()
