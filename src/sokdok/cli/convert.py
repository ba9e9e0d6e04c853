"""`sokdok convert`: files in, documents out.

- Without `-o` the Markdown of each document goes to stdout (or the form of `--to`), page by page as it is read; with
  `-o FILE` one document is written in the form that the suffix says; with `-o FOLDER` each document becomes a folder of
  files in all forms that `--to` names, which is resumed after a kill. stdout gets the path of each document's Markdown
  then, or else of its first form, or with `--json` a line about each document.
- Folders that are named are searched for documents, by their first bytes, in the order of their paths.
- Exit codes: 0 if every document is SUCCESS, 2 if no file could be used, else 1. With `--strict` a document with a page
  that is PARTIAL or FAILURE is a file that can't be used: nothing is written to `-o FILE`.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Self

import typer
from msgspec.structs import replace
from PIL import Image
from rich.progress import TaskID, TextColumn, TimeRemainingColumn

from sokdok.cli.ui.console import count_of, make_bar, message, note, note_error, open_output, write
from sokdok.cli.ui.options import all_paths, asks, check_name
from sokdok.documents.blocks import FURNITURE
from sokdok.documents.blocks import UNREAD as NOT_READ
from sokdok.documents.convert.convert import Converted, head_of, pages_in_order, wanted_of
from sokdok.documents.convert.convert import convert as convert_one
from sokdok.documents.convert.folder import names_apart
from sokdok.documents.document import DocumentPage, Status, status_of
from sokdok.documents.question import FOLDER_FORMS, Conversion, Parse, Question, open_reader
from sokdok.documents.source import folder_next_to, pictures_of, save_pictures
from sokdok.documents.write import FORMS, is_text, open_writer, require_form
from sokdok.errors import InputError, MissingExtraError, SokdokError, in_one_line, require_choice
from sokdok.figures.parse import PICTURE, Figure, Transcript, parse_figure
from sokdok.figures.readers import NanoFigures, figure_reader
from sokdok.files import json_text, make_folder, new_text_file, printable
from sokdok.model.nano.formats.figures import UNREAD
from sokdok.model.nano.session import bundled_folder
from sokdok.reading import Reader

STDOUT = "-"
_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,5}")  # what ends the name of a file rather than a folder's
DOCUMENT_BREAK = b"\n\f"  # between the Markdown of two documents on stdout
DRAWINGS = ("chart", "molecule", "geometry")  # kinds of figure that say more than a page's text does
NO_DRAWING = "the picture is no chart, molecule or geometric figure"
_ROW = ["number", "status", "error", "source", "mode", "mode_reason", "agreement", "warnings"]
_ROW += ["evidence", "evidence_reason", "confidence", "grade"]


@asks("source mode pages password encoding strict headers words page_images model set limit")
def convert(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="PDFs, images, office files, texts, folders; - is stdin.")
    ],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="A file, whose suffix says its form, or a folder for a folder each."),
    ] = None,
    to: Annotated[
        list[str] | None, typer.Option("--to", help=f"Form: {', '.join(FORMS)}; more than one into a folder.")
    ] = None,
    no_images: Annotated[
        bool, typer.Option("--no-images", help="With -o FILE.md, no folder of its figures beside it.")
    ] = False,
    figures: Annotated[bool, typer.Option("--figures", help="With -o FOLDER, parse the figures found.")] = False,
    redo: Annotated[bool, typer.Option("--redo", help="With -o FOLDER, read again what is done already.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Report every page.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print documents as JSON; with -o FOLDER a line about each.")
    ] = False,
    *,
    question: Question,
) -> None:
    """Make documents of PDFs, scans, photos and office files: text, HTML, Word, workbooks, with their structure."""
    if output is not None:
        check_name(output)
    output = None if output == STDOUT else output
    into_folder = output is not None and is_folder(output)
    forms = folder_forms(to) if into_folder else (single_form(output, to, as_json),)
    _check(question, forms, into_folder, {"figures": figures, "redo": redo})
    if no_images and (into_folder or output is None or forms != ("md",)):
        raise InputError("--no-images goes with a file of Markdown to write to: -o FILE.md")
    reader = open_reader(question)
    asked = Conversion(replace(question, to=forms), reader, figure_parser(reader) if figures else None)
    if into_folder:
        convert_into_folders(files, Path(str(output)), asked, redo=redo, verbose=verbose, as_json=as_json)
    else:
        write_documents(files, Path(output) if output else None, asked, verbose=verbose, images=not no_images)


def is_folder(output: str) -> bool:
    """Whether an output means a folder of folders: it is one, ends with a slash, or has no suffix of a file."""
    if output.endswith(("/", os.sep)) or Path(output).is_dir():
        return True
    return not _SUFFIX.fullmatch(Path(output).suffix)


def folder_forms(to: Sequence[str] | None) -> tuple[str, ...]:
    """The forms of a document in a folder; JSON first, since what is opened last gets its name first."""
    for form in to or ():
        require_choice("form", form, FORMS)
    forms = sorted(set(to), key=FORMS.index) if to else FOLDER_FORMS
    return tuple(sorted(forms, key=lambda form: form != "json"))


def single_form(output: str | None, to: Sequence[str] | None, as_json: bool) -> str:
    """The form of one document, in a file or on stdout. Raises InputError for more than one."""
    asked = [*dict.fromkeys(to or ()), *(["json"] if as_json and output is None else [])]
    for form in asked:
        require_choice("form", form, FORMS)
    if output is not None:
        suffix = Path(output).suffix.lower()[1:]
        if asked and asked != [suffix]:
            raise InputError(f"{output} has one form, by its suffix: leave out --to, or name a folder: -o FOLDER/")
        if suffix not in FORMS:
            known = ", ".join(f".{form}" for form in FORMS)
            raise InputError(f"no document is written as .{suffix}; choose one of {known}, or a folder")
        return suffix
    if len(asked) > 1:
        raise InputError(f"stdout takes one form, not {' and '.join(asked)}: name a folder to write to: -o FOLDER/")
    return asked[0] if asked else "md"


def _check(question: Question, forms: tuple[str, ...], into_folder: bool, of_folders: dict[str, bool]) -> None:
    """Raise InputError for an option that nothing written has, MissingExtraError where a form's library is missing."""
    for name, given in of_folders.items():
        if given and not into_folder:
            raise InputError(f"--{name} goes with a folder to write to: -o FOLDER/")
    for name, given, form in (("words", question.words, "json"), ("page-images", question.page_images, "html")):
        if given and form not in forms:
            raise InputError(f"--{name} goes with {form}, and that is not asked for: add --to {form}")
    for form in forms:
        require_form(form)


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
                    converted = convert_one(path, out, asked, report, redo=redo, name=names.get(path, ""))
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
        file = stack.enter_context(open_output(output, paths))
        pictured = output if images and form == "md" else None
        tally = stack.enter_context(ConvertTally(visible=output is not None or not sys.stdout.isatty()))
        for path in paths:
            with tally.file(path, alone=len(paths) == 1):
                _write(path, file, asked, PageReport(tally, verbose), pictured)
        if form == "txt" and output is None and tally.printed:
            write("\n")  # a text has no line end behind its last line, and notes go on a line of their own
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


@dataclass
class PageReport:
    """Follows the pages of one document."""

    tally: ConvertTally
    verbose: bool
    source: str = ""
    rows: list[dict[str, Any]] = field(default_factory=list)  # what is worth knowing of each page read in this run
    total: int = 0
    done: int = 0  # pages by an earlier run

    def begin(self, source: str, total: int, done: int) -> None:
        self.source, self.total, self.done = source, total, done
        self.tally.begin(Path(source).name, total, done)
        if done:
            note(f"{source}: {done:,} of {total:,} pages were read by an earlier run")

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Say on Ctrl-C what is kept of the document in its folder."""
        try:
            yield
        except (KeyboardInterrupt, SystemExit):  # Ctrl-C, or told to stop
            read = self.done + len(self.rows)
            if read:
                note(f"{self.source}: {read:,} of {self.total:,} pages are kept; the same command goes on")
            raise

    def page(self, page: DocumentPage) -> None:
        self.tally.add(page)
        row = {name: getattr(page, name) for name in _ROW}
        self.rows.append(row | {"ledger": asdict(page.ledger) if page.ledger else None})
        if page.error:
            note(f"sokdok: {self.source}, page {page.number}: {page.status}: {page.error}")
        if self.verbose:
            note(_about(page))


def _about(page: DocumentPage) -> str:
    parts = [page.reader, f"{page.evidence}: {page.evidence_reason}" if page.evidence_reason else ""]
    parts += [f"{page.mode}: {page.mode_reason}" if page.mode else page.mode_reason]
    if page.agreement is not None:
        parts.append(f"agrees with the text layer to {page.agreement:.0%}")
    if page.confidence is not None:
        parts.append(f"confidence {page.confidence:.2f}, {page.grade}")
    if page.ledger is not None:
        parts.append(f"{page.ledger.seen:,} words seen, {page.ledger.furniture:,} of them in headers and footers")
    return f"page {page.number}: " + "; ".join(filter(None, [*parts, *page.warnings]))


@dataclass
class ConvertTally:
    """Numbers of a run, and the bar of the document that is read: pages a second and time left."""

    visible: bool = True  # not where the bar would run through text on the same terminal
    pages: int = 0
    from_layer: int = 0
    printed: int = 0  # documents of which something was written to stdout
    unusable: int = 0  # files
    broken: int = 0  # of these: at which something went wrong that nobody thought of
    statuses: Counter[str] = field(default_factory=Counter)  # of documents
    words: Counter[bool] = field(default_factory=Counter)  # of running text, by whether they are to be looked at
    started: float = field(default_factory=time.perf_counter)

    def __enter__(self) -> Self:
        self._bar = make_bar(TextColumn("{task.fields[rate]}"), TimeRemainingColumn(), visible=self.visible)
        self._bar.start()
        self._task: TaskID | None = None
        self._begun, self._first = self.started, 0  # of the document: when, and after how many pages of the run
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def begin(self, name: str, total: int, done: int) -> None:
        """A document of `total` pages, `done` of them by an earlier run."""
        self._begun, self._first = time.perf_counter(), self.pages
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(message(name), total=total, completed=done, rate="")

    def add(self, page: DocumentPage) -> None:
        """Count one page."""
        self.pages += 1
        self.from_layer += page.source == "text-layer"
        shown = (block for block in page.blocks if block.kind not in {NOT_READ, *FURNITURE})
        self.words.update(word.is_doubtful for block in shown for word in block.words)
        if self._task is not None:
            rate = (self.pages - self._first) / max(time.perf_counter() - self._begun, 1e-9)
            self._bar.update(self._task, advance=1, rate=f"{rate:.2f} pages/s")

    def summary(self) -> str:
        """The run in one line."""
        seconds = max(time.perf_counter() - self.started, 1e-9)
        parts = [f"{count_of(self.pages, 'page')} in {seconds:.1f} s"]
        parts += [f"{self.pages / seconds:.2f} pages/s"] if self.pages else []
        parts += [f"{self.from_layer:,} from the text layer"] if self.from_layer else []
        parts += [f"{count:,} {status}" for status, count in sorted(self.statuses.items(), reverse=True)]
        parts += [f"{self.unusable:,} could not be used"] if self.unusable else []
        return ", ".join(parts)

    @contextmanager
    def kept(self, files: int) -> Iterator[None]:
        """Say on Ctrl-C how many of so many files are done; of one alone `PageReport.kept` says more."""
        try:
            yield
        except (KeyboardInterrupt, SystemExit):  # Ctrl-C, or told to stop
            done = self.statuses.total()
            if done and files > 1:
                note(f"{done:,} of {files:,} files are done; the same command goes on")
            raise

    @contextmanager
    def file(self, path: Path, alone: bool) -> Iterator[None]:
        """Count a file that can't be used, and say why; raise the error if the file is `alone`.

        What ends the files behind it too passes through: a reader that is not there, a full disk, a closed pipe.
        """
        try:
            yield
        except (InputError, MissingExtraError, OSError) as error:
            of_all = getattr(error, "extra", "office") != "office"  # files of one kind need that; a reader its own
            if alone or of_all or (isinstance(error, OSError) and error.filename is None):
                raise
            self.unusable += 1
            note(f"sokdok: {in_one_line(error)}")
        except SokdokError:
            raise
        except Exception as error:
            self.unusable += 1
            self.broken += 1
            note_error(printable(path), error)

    def conclude(self) -> None:
        """Say the last word; leave with the exit code if it is not 0."""
        note(self.summary())
        if self.words[True]:
            words = count_of(self.words.total(), "word")
            note(f"{self.words[True]:,} of {words} are unsure: sokdok convert --to html marks them")
        if code := self.exit_code():
            raise typer.Exit(code)

    def exit_code(self) -> int:
        """0 if every document is SUCCESS, 2 if no file could be used, else 1."""
        if not self.statuses and not self.broken:
            return InputError.exit_code
        whole = set(self.statuses) == {"SUCCESS"} and not self.unusable
        return 0 if whole else SokdokError.exit_code
