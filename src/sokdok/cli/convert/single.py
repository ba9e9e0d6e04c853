"""`sokdok convert` without a folder: one document after the other to stdout, or one into a file."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sokdok.cli.convert.inputs import all_paths
from sokdok.cli.convert.progress import PageProgress
from sokdok.cli.convert.report import PageReport, Tally
from sokdok.cli.ui.console import note
from sokdok.cli.ui.output import open_output
from sokdok.errors import InputError
from sokdok.files import printable

if TYPE_CHECKING:
    from sokdok.documents.convert.conversion import Conversion

DOCUMENT_BREAK = b"\n\f"  # between the Markdown of two documents on stdout


def write_documents(
    files: list[str], output: Path | None, form: str, asked: Conversion, *, verbose: bool, images: bool = True
) -> None:
    """Write the documents of all files, page by page as they are read; figures beside a file of Markdown, if `images`.

    Raises InputError for several files where one output file is named, for a form that no terminal shows, and if the
    only file can't be used.
    """
    from sokdok.documents.write import is_text

    if output is None and not is_text(form) and sys.stdout.isatty():
        raise InputError(f"a terminal shows no .{form}: name a file to write to, -o FILE.{form}")
    tally = Tally()
    with ExitStack() as stack:
        paths = list(all_paths(files, None, stack))
        if len(paths) > 1 and (output is not None or not is_text(form)):
            name = output or "standard output"
            raise InputError(f"{name} holds one document and there are {len(paths)}: name a folder to write to")
        file = stack.enter_context(open_output(output))
        pictured = output if images and form == "md" else None
        bar = stack.enter_context(PageProgress(visible=output is not None or not sys.stdout.isatty()))
        for path in paths:
            report = PageReport(bar, tally, verbose)
            with tally.file(path, alone=len(paths) == 1):
                _write(path, file, form, asked, report, pictured)
    tally.conclude()


def _write(path: Path, file: BinaryIO, form: str, asked: Conversion, report: PageReport, pictured: Path | None) -> None:
    """Write one document, its figures beside it if it is a file that links to them, and count what became of it."""
    from sokdok.documents.convert.convert import wanted_of
    from sokdok.documents.convert.document import head_of, pages_in_order
    from sokdok.documents.document import Status, status_of
    from sokdok.documents.pictures import beside, pictures_of, save_pictures
    from sokdok.documents.write import open_writer

    statuses: list[Status] = []
    writer = folder = None
    with pictures_of(path, asked.question) as pictures:
        for page in pages_in_order(path, asked, report):
            if writer is None:  # by the first page, so that a file that can't be used leaves nothing behind
                if form == "md" and report.tally.printed:
                    file.write(DOCUMENT_BREAK)
                report.tally.printed += 1
                folder = beside(pictured) if pictured else None
                writer = open_writer(
                    form, file, head_of(path, asked), wanted_of(path, asked.question, pictures, inside=True)
                )
            writer.add(save_pictures(page, pictures, folder) if folder else page)
            file.flush()
            statuses.append(page.status)
        if writer:
            writer.close()
            file.flush()
    if folder and folder.is_dir():
        note(f"its figures are in {printable(folder)}; --no-images leaves them out")
    report.tally.statuses[status_of(statuses)] += 1
