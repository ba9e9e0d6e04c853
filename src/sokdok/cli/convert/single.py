"""`sokdok convert` without a folder: one document after the other to stdout, or one into a file."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from sokdok.cli.convert.inputs import all_paths
from sokdok.cli.convert.outputs import FORMS
from sokdok.cli.convert.progress import PageProgress
from sokdok.cli.convert.report import PageReport, Tally
from sokdok.cli.ui.output import open_output
from sokdok.errors import InputError

if TYPE_CHECKING:
    from sokdok.documents.convert.convert import Conversion

DOCUMENT_BREAK = "\n\f"
"""between the Markdown of two documents on stdout"""


def write_documents(files: list[str], output: Path | None, asked: Conversion, *, verbose: bool, as_json: bool) -> None:
    """Write the documents of all files, page by page as they are read.

    Raises InputError for several files where one output file is named, and if the only file can't be used.
    """
    form = _form(output, as_json)
    tally = Tally()
    with ExitStack() as stack:
        paths = list(all_paths(files, None, stack))
        if output is not None and len(paths) > 1:
            raise InputError(f"{output} holds one document and there are {len(paths)}: name a folder to write to")
        file = stack.enter_context(_text(output))
        bar = stack.enter_context(PageProgress(visible=output is not None or not sys.stdout.isatty()))
        for path in paths:
            report = PageReport(bar, tally, verbose)
            with tally.file(path, alone=len(paths) == 1):
                _write(path, file, form, asked, report)
    tally.conclude()


def _form(output: Path | None, as_json: bool) -> str:
    """The form of the documents: as the suffix says, or on stdout Markdown or JSON."""
    if output is None:
        return "json" if as_json else "markdown"
    if output.suffix.lower() not in FORMS:
        raise InputError(f"no document is written as {output.suffix}; choose one of {', '.join(FORMS)}, or a folder")
    return FORMS[output.suffix.lower()]


def _write(path: Path, file: TextIO, form: str, asked: Conversion, report: PageReport) -> None:
    """Write one document, and count what became of it."""
    from sokdok.documents.convert.document import head_of, pages_in_order
    from sokdok.documents.document import Status, status_of
    from sokdok.documents.write import WRITERS

    statuses: list[Status] = []
    writer = None
    for page in pages_in_order(path, asked, report):
        if writer is None:  # by the first page, so that a file that can't be used leaves nothing behind
            if form == "markdown" and report.tally.printed:
                file.write(DOCUMENT_BREAK)
            report.tally.printed += 1
            writer = WRITERS[form](file, head_of(path, asked), asked.furniture, asked.words)
        writer.add(page)
        file.flush()
        statuses.append(page.status)
    if writer:
        writer.close()
        file.flush()
    report.tally.statuses[status_of(statuses)] += 1


@contextmanager
def _text(output: Path | None) -> Iterator[TextIO]:
    """Stdout or a file that is there whole, as text."""
    with open_output(output) as binary:
        text = io.TextIOWrapper(binary, encoding="utf-8", errors="replace", newline="\n", write_through=True)
        try:
            yield text
        finally:
            text.flush()
            text.detach()
