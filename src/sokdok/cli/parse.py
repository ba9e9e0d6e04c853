"""`sokdok parse`: pictures of figures in, what they mean out.

- A chart or a table comes out as an HTML table, a molecule as SMILES with its formula and what it contains, geometry as
  relations, handwriting as text. Several pictures are set apart by lines `==> name <==`.
- With -o each figure gets its files in that folder, and all of them one page, index.html, that shows every picture
  beside what was understood.
- A picture that can't be opened, or is no figure of the kind that was asked for, is named on stderr and the others go
  on; the exit code is 1 then, or 2 if no file could be opened at all.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from sokdok.cli.ui import reader_options as asking
from sokdok.cli.ui.console import PANEL_READ, note, note_error, progress
from sokdok.cli.ui.files import open_files
from sokdok.cli.ui.groups import with_groups
from sokdok.cli.ui.limit_options import LimitOptions
from sokdok.cli.ui.reader_options import FileOptions
from sokdok.errors import InputError, SokdokError, require_choice
from sokdok.files import json_text

if TYPE_CHECKING:
    from sokdok.figures.names import Names
    from sokdok.figures.parse import Figure
    from sokdok.figures.readers import FigureReader
    from sokdok.pages import Page, PageError

T = TypeVar("T")
FORMATS = ("html", "markdown", "csv")
LANGUAGES = ("en", "ko")
DOUBTFUL = 0.5
"""confidence below which stderr says so"""


def register(app: typer.Typer) -> None:
    """Add `sokdok parse` to the product's commands."""
    app.command("parse", rich_help_panel=PANEL_READ)(with_groups(parse))


def parse(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Images or PDFs of one figure each; - is stdin.")],
    kind: Annotated[str, typer.Option("--as", help="chart, molecule, geometry, table, handwriting or auto.")] = "auto",
    folder: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write each figure's files into this folder as well.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help=f"Charts and tables as {', '.join(FORMATS)}.")] = "html",
    language: Annotated[str, typer.Option("--lang", help="Relations in en or ko.")] = "en",
    smarts: Annotated[
        str | None,
        typer.Option("--search", metavar="SMARTS", help="Find a substructure: FILE is a folder that -o wrote."),
    ] = None,
    model: asking.Model = "nano",
    model_name: asking.ModelName = None,
    dtype: asking.Dtype = "bfloat16",
    device: asking.Device = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON per figure.")] = False,
    *,
    opening: FileOptions,
    limiting: LimitOptions,
) -> None:
    """Parse charts, molecules, geometry, tables and handwriting into checked results."""
    if smarts is not None:
        _search(files, smarts, as_json)
        return
    from sokdok.figures.parse import AUTO, KINDS
    from sokdok.figures.readers import figure_reader
    from sokdok.reading import load

    require_choice("kind", kind, (AUTO, *KINDS))
    require_choice("format", form, FORMATS)
    require_choice("language", language, LANGUAGES)
    reader = figure_reader(load(model, model=model_name, dtype=dtype, device=device))
    run = Run(kind, reader, Output(form, language, as_json, headed=len(files) > 1), folder, alone=len(files) == 1)
    resolution = {"dpi": opening.dpi} if opening.dpi else {}
    how = {"password": opening.password, "wanted": opening.pages, "limits": limiting.limits()} | resolution
    with progress("parsing") as advance:
        for page in open_files(files, **how):
            run.add(page)
            advance(1)
    run.finish()


class Run:
    """Figures one by one: parsed, printed, written, counted."""

    def __init__(self, kind: str, reader: FigureReader, output: Output, folder: Path | None, alone: bool) -> None:
        self.kind, self.reader, self.output, self.folder = kind, reader, output, folder
        self.alone = alone
        self.parsed = self.invalid = self.lost = self.failed = 0
        self.started = time.perf_counter()
        self.names: Names | None = None
        if folder is not None:
            from sokdok.figures.names import Names
            from sokdok.files import make_folder

            make_folder(folder)
            self.names = Names(folder)

    def add(self, page: Page | PageError) -> None:
        """One picture; tells stderr at once what is wrong with it. Raises SokdokError if its file is `alone`."""
        from sokdok.figures.parse import parse_figure
        from sokdok.pages import Page

        if not isinstance(page, Page):
            self.lost += 1
            where = "" if page.index is None else f"{_name(page)}: "  # a file's own message names it
            note(f"sokdok: {where}{page.message}")
            return
        figure = self._attempt(page, lambda: parse_figure(page.image, self.kind, self.reader))
        if figure is None:
            return
        self.parsed += 1
        self.invalid += not figure.result.valid
        self.output.write(page, figure)
        for complaint in _complaints(figure):
            note(f"sokdok: {_name(page)}: {complaint}")
        if self.names is not None:
            self._attempt(page, partial(self._save, self.names, page, figure))

    def _attempt(self, page: Page, step: Callable[[], T]) -> T | None:
        """Do a step; whatever a picture or an answer makes it raise, the other figures are parsed."""
        try:
            return step()
        except Exception as error:
            if self.alone and isinstance(error, SokdokError):
                raise
            self.failed += 1
            note_error(_name(page), error)
            return None

    def _save(self, names: Names, page: Page, figure: Figure) -> None:
        from sokdok.figures.files import save_figure

        path = Path(page.source)
        claim = names.claim(path, page.index, kept=path.exists())
        for missing in save_figure(figure, page.image, claim, self.output.language):
            note(f"sokdok: {missing}")

    def finish(self) -> None:
        """The last word, and the exit code if it is not 0."""
        seconds = max(time.perf_counter() - self.started, 1e-9)
        counts = {"not valid": self.invalid, "failed": self.failed, "not opened": self.lost}
        bad = [f"{count:,} {what}" for what, count in counts.items() if count]
        note(", ".join([f"{self.parsed:,} {'figure' if self.parsed == 1 else 'figures'} in {seconds:.1f} s", *bad]))
        if self.folder is not None:
            from sokdok.figures.files import write_index

            note(f"all of them: {write_index(self.folder)}")
        if not self.parsed and not self.failed:
            raise typer.Exit(InputError.exit_code)
        if bad:
            raise typer.Exit(SokdokError.exit_code)


class Output:
    """What goes to stdout."""

    def __init__(self, form: str, language: str, as_json: bool, headed: bool) -> None:
        self.form, self.language, self.as_json, self.headed = form, language, as_json, headed

    def write(self, page: Page, figure: Figure) -> None:
        """One figure; nothing but its heading if it is not valid."""
        from sokdok.documents import sanitize

        if self.as_json:
            self._print(json_text({"source": page.source, "index": page.index} | figure.to_dict()))
            return
        if self.headed:
            self._print(f"==> {_name(page)} <==")
        if figure.result.valid:
            self._print(sanitize.terminal_text(self._told(figure).rstrip("\n")))

    def _told(self, figure: Figure) -> str:
        result = figure.result
        if figure.kind in ("chart", "table"):
            markdown = self.form == "markdown" and figure.kind == "chart"
            return str(getattr(result.table if markdown else result, self.form)())
        if figure.kind == "molecule":
            return "\n".join((result.smiles, result.formula, *result.statements))
        if figure.kind == "geometry":
            return "\n".join(result.statements(self.language))
        return str(result.text)

    def _print(self, text: str) -> None:
        # A file name that is not UTF-8 holds lone surrogates: an escape carries them.
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
        sys.stdout.buffer.flush()


def _search(folders: list[str], smarts: str, as_json: bool) -> None:
    """Print the results in the folders that contain a substructure, a line each: file, tab, SMILES."""
    from sokdok.figures.molecule.parse import search

    found = 0
    for folder in folders:
        for path, molecule in search(Path(folder), smarts):
            found += 1
            record = {"file": str(path)} | molecule.to_dict()
            typer.echo(json_text(record) if as_json else f"{path}\t{molecule.smiles}")
    note(f"{found:,} {'molecule contains' if found == 1 else 'molecules contain'} {smarts}")


def _complaints(figure: Figure) -> list[str]:
    result = figure.result
    if not result.valid:
        return [result.reason, *result.warnings]
    sure = result.confidence
    doubt = [f"low confidence ({sure:.2f}): check it against the picture"] * (sure is not None and sure < DOUBTFUL)
    return [*doubt, *result.warnings]


def _name(page: Page | PageError) -> str:
    return f"{page.source}, page {page.index + 1}" if page.index else page.source
