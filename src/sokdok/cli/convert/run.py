"""Documents of files: one after the other to stdout, one into a file, or each into a folder of its own.

- Folders that are named are searched for documents, by their first bytes, in the order of their paths.
- With a folder to write to, stdout gets the path of each document's Markdown, or else of its first form, or with
  `--json` a line about each document; what went wrong, and with `--verbose` every page with its mode and why, goes to
  stderr.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from sokdok.cli.convert.report import ConvertTally, PageReport
from sokdok.cli.ui.console import note, open_output
from sokdok.cli.ui.files import all_paths
from sokdok.documents.convert.convert import Converted, convert, head_of, pages_in_order, wanted_of
from sokdok.documents.convert.folder import names_apart
from sokdok.documents.document import Status, status_of
from sokdok.documents.question import Conversion, Parse
from sokdok.documents.source import folder_next_to, pictures_of, save_pictures
from sokdok.documents.write import is_text, open_writer
from sokdok.errors import InputError
from sokdok.figures.handwriting import Transcript
from sokdok.figures.parse import PICTURE, Figure, parse_figure
from sokdok.figures.readers import NanoFigures, figure_reader
from sokdok.files import json_text, make_folder, new_text_file, printable
from sokdok.model.nano.formats.figures import UNREAD
from sokdok.reading import Reader
from sokdok.reading.nano.session import bundled_folder

DOCUMENT_BREAK = b"\n\f"  # between the Markdown of two documents on stdout
DRAWINGS = ("chart", "molecule", "geometry")  # kinds of figure that say more than a page's text does
NO_DRAWING = "the picture is no chart, molecule or geometric figure"


def convert_into_folders(
    files: list[str], out: Path, asked: Conversion, *, redo: bool, verbose: bool, as_json: bool
) -> None:
    """Convert all files, each into a folder in `out`. Raises InputError if there is only one and it can't be used."""
    with ExitStack() as stack:
        paths = list(all_paths(files, out, stack))
        make_folder(out)
        names = names_apart(paths)
        tally = stack.enter_context(ConvertTally())
        with tally.kept(len(paths)):
            for path in paths:
                report = PageReport(tally, verbose)
                with report.kept(), tally.file(path, alone=len(paths) == 1):
                    converted = convert(path, out, asked, report, redo=redo, name=names.get(path, ""))
                    tally.statuses[converted.status] += 1
                    _print_converted(converted, report, as_json)
    tally.conclude()


def _print_converted(converted: Converted, report: PageReport, as_json: bool) -> None:
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
            "source": report.source,
            "folder": str(converted.folder),
            "status": converted.status,
            "pages": converted.pages,
            "incomplete": converted.incomplete,
            "skipped": converted.skipped,
            "read": report.rows,
        }
        line = json_text(row).encode()
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def write_documents(
    files: list[str], output: Path | None, asked: Conversion, *, verbose: bool = False, images: bool = True
) -> None:
    """Write the documents of all files, page by page as they are read; figures beside a file of Markdown, if `images`.

    Raises InputError for several files where one output file is named, for a form that no terminal shows, and if the
    only file can't be used.
    """
    (form,) = asked.question.to
    if output is None and not is_text(form) and sys.stdout.isatty():
        raise InputError(f"a terminal shows no .{form}: name a file to write to, -o FILE.{form}")
    with ExitStack() as stack:
        paths = list(all_paths(files, None, stack))
        if len(paths) > 1 and (output is not None or not is_text(form)):
            name = output or "standard output"
            raise InputError(f"{name} holds one document and there are {len(paths)}: name a folder to write to")
        file = stack.enter_context(open_output(output))
        pictured = output if images and form == "md" else None
        tally = stack.enter_context(ConvertTally(visible=output is not None or not sys.stdout.isatty()))
        for path in paths:
            with tally.file(path, alone=len(paths) == 1):
                _write(path, file, asked, PageReport(tally, verbose), pictured)
        if form == "txt" and output is None and tally.printed:
            file.write(b"\n")  # a text has no line end behind its last line
    tally.conclude()


def _write(path: Path, file: BinaryIO, asked: Conversion, report: PageReport, pictured: Path | None) -> None:
    """Write one document, its figures beside it if it is a file that links to them, and count what became of it."""
    (form,) = asked.question.to
    statuses: list[Status] = []
    writer = folder = None
    with pictures_of(path, asked.question) as pictures:
        wanted = wanted_of(path, asked.question, pictures, inside=True)
        for page in pages_in_order(path, asked, report):
            if writer is None:  # by the first page, so that a file that can't be used leaves nothing behind
                if form in ("md", "txt") and report.tally.printed:
                    file.write(DOCUMENT_BREAK)
                report.tally.printed += 1
                folder = folder_next_to(pictured) if pictured else None
                writer = open_writer(form, file, head_of(path, asked), wanted)
            writer.add(save_pictures(page, pictures, folder) if folder else page)
            file.flush()
            statuses.append(page.status)
        if writer:
            writer.close()
            file.flush()
    if folder and folder.is_dir():
        note(f"its figures are in {printable(folder)}; --no-images leaves them out")
    report.tally.statuses[status_of(statuses)] += 1


def figure_parser(reader: Reader | None) -> Parse:
    """What `--figures` finds by the reader's figure reader, or nano's: JSON beside each figure, a table's HTML."""
    figures = NanoFigures(bundled_folder()) if reader is None else figure_reader(reader)

    def parse(figure: Image.Image, path: Path) -> str | None:
        try:
            found = parse_figure(figure, reader=figures)
            if found.kind not in (*DRAWINGS, *UNREAD):  # letters of a logo: what the page says is in its text
                found = Figure(PICTURE, found.looks, "", Transcript("", False, NO_DRAWING))
            values = found.to_dict()
            table = values["result"].get("html") if found.result.valid else None
        except Exception as error:  # a missing extra, a picture that breaks a parser: the page is none the worse for it
            values, table = {"error": f"the figure could not be parsed ({error})"}, None
        with new_text_file(path.with_suffix(".json")) as file:
            file.write(json_text(values, indent=1))
        return table

    return parse
