"""`sokdok read -o FOLDER`: a folder of Markdown, JSON, HTML and pictures for each document.

- Folders that are named are searched for images and PDFs, by their first bytes, in the order of their paths.
- stdout gets the path of each Markdown file, or with `--json` a line about each document; what went wrong, and with
  `--verbose` every page with its mode and why, goes to stderr.
- Exit codes: 0 if every document is SUCCESS, 2 if no file could be used, else 1.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import typer

from sokdok.cli.read.figures import figure_parser
from sokdok.cli.read.progress import PageProgress
from sokdok.cli.ui.console import note
from sokdok.cli.ui.files import STDIN, stdin_as_file
from sokdok.errors import InputError, SokdokError

if TYPE_CHECKING:
    from sokdok.documents.convert.convert import Conversion, Converted
    from sokdok.documents.convert.read_pages import HowToRead
    from sokdok.documents.document import DocumentPage
    from sokdok.reading import Reader

SOURCES = ("auto", "reader", "text-layer")
FILE_SUFFIXES = {".txt", ".md", ".json", ".jsonl"}
"""an output called so is one file, not a folder"""


def is_folder(output: str) -> bool:
    """Whether an output means a folder of folders rather than a file of text."""
    if output.endswith(("/", os.sep)) or Path(output).is_dir():
        return True
    return Path(output).suffix.lower() not in FILE_SUFFIXES


def how_to_read(
    reader: Reader | None, options: Mapping[str, Any], mode: str, source: str, batch: int, dpi: float | None
) -> HowToRead:
    """What the options of the command ask of each page; the mode is not among those given to the reader as they are."""
    from sokdok.documents.convert.read_pages import HowToRead
    from sokdok.reading.prompts import prompt_for

    others = {name: value for name, value in options.items() if name != "mode"}
    if reader is not None and reader.abilities.layout_task is not None:
        others.setdefault("prompt", prompt_for(reader.abilities.layout_task))
    chosen = cast(Literal["auto", "reader", "text-layer"], source)
    return HowToRead(reader, others, mode, chosen, batch, dpi)


def conversion(
    how: HowToRead, pages: str | None, password: str | None, headers: bool, overlay: bool, figures: bool
) -> Conversion:
    """What the options of the command ask of each file."""
    from sokdok.documents.convert.convert import Conversion

    parse = figure_parser(how.reader) if figures else None
    return Conversion(how, pages, password, headers, overlay, parse)


def convert_files(files: list[str], out: Path, asked: Conversion, *, redo: bool, verbose: bool, as_json: bool) -> None:
    """Convert all files. Raises InputError if there is only one and it can't be used."""
    from sokdok.documents.convert.convert import convert
    from sokdok.documents.convert.outputs import make_folder

    tally = Tally()
    with ExitStack() as stack:
        paths = list(_all_paths(files, out, stack))
        make_folder(out)
        with PageProgress() as bar:
            for path in paths:
                try:
                    watcher = _Pages(bar, tally, verbose)
                    converted = convert(path, out, asked, watcher, redo=redo)
                except InputError as error:
                    if len(paths) == 1:
                        raise
                    tally.unusable += 1
                    note(f"sokdok: {error}")
                    continue
                tally.statuses[converted.status] += 1
                _report(converted, watcher, as_json)
    note(tally.summary())
    if code := tally.exit_code():
        raise typer.Exit(code)


def _all_paths(files: list[str], out: Path, stack: ExitStack) -> Iterator[Path]:
    for name in files:
        if "://" in name:
            raise InputError(f"{name} is an address: sokdok reads files only; download it first")
        if name == STDIN:
            yield stack.enter_context(stdin_as_file())
        elif Path(name).is_dir():
            yield from _within(Path(name), out.resolve())
        else:
            yield Path(name)


def _within(folder: Path, out: Path) -> Iterator[Path]:
    """The images and PDFs below a folder, without what an earlier run wrote there."""
    from sokdok.pages.files import is_page_file

    found = sorted(path for path in _files(folder, out) if is_page_file(path))
    if not found:
        raise InputError(f"there are no images or PDFs in {folder}")
    yield from found


def _files(folder: Path, out: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if (Path(place) / name).resolve() != out]
        yield from (Path(place) / name for name in names)


def _report(converted: Converted, pages: _Pages, as_json: bool) -> None:
    """The result on stdout; a word on stderr about what is missing."""
    if converted.not_whole:
        numbers = ", ".join(map(str, converted.not_whole[:20])) + (" …" if len(converted.not_whole) > 20 else "")
        note(f"sokdok: {converted.folder}: {converted.status}: not whole: page {numbers}")
    if converted.skipped:
        note(f"{converted.folder} was done already; --redo reads it again")
    line = os.fsencode(converted.markdown)
    if as_json:
        row = {
            "source": pages.source,
            "folder": str(converted.folder),
            "status": converted.status,
            "pages": converted.pages,
            "not_whole": converted.not_whole,
            "skipped": converted.skipped,
            "read": pages.rows,
        }
        line = json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace")
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


@dataclass
class _Pages:
    """Follows the pages of one document."""

    bar: PageProgress
    tally: Tally
    verbose: bool
    source: str = ""
    rows: list[dict[str, Any]] = field(default_factory=list)
    """what is worth knowing of each page read in this run"""

    def begin(self, source: str, total: int, done: int) -> None:
        self.source = source
        self.bar.begin(Path(source).name, total, done)
        if done:
            note(f"{source}: {done:,} of {total:,} pages were read by an earlier run")

    def page(self, page: DocumentPage) -> None:
        self.bar.advance()
        self.tally.add(page)
        names = ("number", "status", "error", "source", "mode", "mode_reason", "agreement", "warnings")
        self.rows.append({name: getattr(page, name) for name in names})
        if page.error:
            note(f"sokdok: {self.source}, page {page.number}: {page.status}: {page.error}")
        if self.verbose:
            note(_about(page))


def _about(page: DocumentPage) -> str:
    parts = [page.reader, f"{page.mode}: {page.mode_reason}" if page.mode else page.mode_reason]
    if page.agreement is not None:
        parts.append(f"agrees with the text layer to {page.agreement:.0%}")
    return f"page {page.number}: " + "; ".join(filter(None, [*parts, *page.warnings]))


@dataclass
class Tally:
    """Numbers of a run."""

    pages: int = 0
    from_layer: int = 0
    unusable: int = 0
    """files"""
    statuses: Counter[str] = field(default_factory=Counter)
    """of documents"""
    started: float = field(default_factory=time.perf_counter)

    def add(self, page: DocumentPage) -> None:
        """Count one page."""
        self.pages += 1
        self.from_layer += page.source == "text-layer"

    def summary(self) -> str:
        """The run in one line."""
        seconds = max(time.perf_counter() - self.started, 1e-9)
        parts = [f"{self.pages:,} {'page' if self.pages == 1 else 'pages'} in {seconds:.1f} s"]
        parts += [f"{self.pages / seconds:.2f} pages/s"] if self.pages else []
        parts += [f"{self.from_layer:,} from the text layer"] if self.from_layer else []
        parts += [f"{count:,} {status}" for status, count in sorted(self.statuses.items(), reverse=True)]
        parts += [f"{self.unusable:,} could not be used"] if self.unusable else []
        return ", ".join(parts)

    def exit_code(self) -> int:
        """As the module's docstring says."""
        if not self.statuses:
            return InputError.exit_code
        whole = set(self.statuses) == {"SUCCESS"} and not self.unusable
        return 0 if whole else SokdokError.exit_code
