"""`sokdok parse`: pictures of figures in, what they mean out.

- A chart or a table comes out as an HTML table, a molecule as SMILES with its formula and what it contains, geometry as
  relations, handwriting as text. Several pictures are set apart by lines `==> name <==`.
- With -o each figure gets its files in that folder, and all of them one page, index.html, that shows every picture
  beside what was understood.
- A picture that can't be opened, or is no figure of the kind that was asked for, is named on stderr and the others go
  on; the exit code is 1 then, as for one that is read in part, or 2 if no file could be opened at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from sokdok.cli.ui.console import count_of, note, note_error, progress, write
from sokdok.cli.ui.options import asks, open_files
from sokdok.documents import sanitize
from sokdok.documents.question import Question, open_reader
from sokdok.errors import InputError, SokdokError, require_choice
from sokdok.figures.files import Names, own_name, save_figure, write_index
from sokdok.figures.parse import AUTO, KINDS, PARTIAL, Figure, parse_figure
from sokdok.figures.readers import FigureReader, figure_reader
from sokdok.files import json_text, make_folder
from sokdok.pages import Page, PageError

FORMATS = ("html", "markdown", "csv")
LANGUAGES = ("en", "ko")
DOUBTFUL = 0.5  # confidence below which stderr says so
T = TypeVar("T")


@asks("pages password model set limit")
def parse(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Images or PDFs of one figure each; - is stdin.")],
    kind: Annotated[str, typer.Option("--as", help=f"{', '.join(KINDS)} or auto.")] = "auto",
    folder: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write each figure's files into this folder as well.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help=f"Charts and tables as {', '.join(FORMATS)}.")] = "html",
    language: Annotated[str, typer.Option("--lang", help="Relations in en or ko.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON per figure.")] = False,
    *,
    question: Question,
) -> None:
    """Parse charts, molecules, geometry, tables and handwriting into checked results."""
    require_choice("kind", kind, (AUTO, *KINDS))
    require_choice("format", form, FORMATS)
    require_choice("language", language, LANGUAGES)
    reader = open_reader(question)
    assert reader is not None  # pixels are looked at
    output = FigurePrinter(form, language, as_json, headed=len(files) > 1)
    run = Run(kind, figure_reader(reader), output, folder, alone=len(files) == 1)
    with progress("parsing") as advance:
        for page in open_files(files, question):
            run.add(page)
            advance(1)
    run.finish()


class Run:
    """Figures one by one: parsed, printed, written, counted."""

    def __init__(
        self, kind: str, reader: FigureReader, output: FigurePrinter, folder: Path | None, alone: bool
    ) -> None:
        self.kind, self.reader, self.output, self.folder = kind, reader, output, folder
        self.alone = alone
        self.parsed = self.invalid = self.partial = self.lost = self.failed = 0
        self.started = time.perf_counter()
        self.names: Names | None = None
        if folder is not None:
            make_folder(folder)
            self.names = Names(folder)

    def add(self, page: Page | PageError) -> None:
        """One picture; reports at once on stderr what is wrong with it. Raises SokdokError if its file is `alone`."""
        if not isinstance(page, Page):
            self.lost += 1
            where = "" if page.index is None else f"{name_of_page(page)}: "  # a file's own message names it
            note(f"sokdok: {where}{page.message}")
            return
        figure = self._attempt(page, lambda: parse_figure(page.image, self.kind, self.reader))
        if figure is None:
            return
        self.parsed += 1
        self.invalid += not figure.result.valid
        self.partial += figure.status == PARTIAL
        self.output.write(page, figure)
        for complaint in _complaints(figure):
            note(f"sokdok: {name_of_page(page)}: {complaint}")
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
            note_error(name_of_page(page), error)
            return None

    def _save(self, names: Names, page: Page, figure: Figure) -> None:
        path = Path(page.source)
        claim = names.claim(path, page.index, kept=path.exists())
        if claim.stem != (own := own_name(path, page.index)):
            note(f"sokdok: {name_of_page(page)}: its files are called {claim.stem}, since {own} is taken")
        for missing in save_figure(figure, page.image, claim, self.output.language):
            note(f"sokdok: {missing}")

    def finish(self) -> None:
        """The last word, and the exit code if it is not 0."""
        seconds = max(time.perf_counter() - self.started, 1e-9)
        counts = {"not valid": self.invalid, "PARTIAL": self.partial, "failed": self.failed, "not opened": self.lost}
        bad = [f"{count:,} {what}" for what, count in counts.items() if count]
        note(", ".join([f"{count_of(self.parsed, 'figure')} in {seconds:.1f} s", *bad]))
        if self.folder is not None:
            note(f"all of them: {write_index(self.folder)}")
        if not self.parsed and not self.failed:
            raise typer.Exit(InputError.exit_code)
        if bad:
            raise typer.Exit(SokdokError.exit_code)


def _complaints(figure: Figure) -> list[str]:
    result = figure.result
    if not result.valid:
        return [f"{figure.status}: {result.reason}", *result.warnings]
    if (confidence := result.confidence) is None or confidence >= DOUBTFUL:
        return [*result.warnings]
    return [f"low confidence ({confidence:.2f}): check it against the picture", *result.warnings]


class FigurePrinter:
    """What goes to stdout."""

    def __init__(self, form: str, language: str, as_json: bool, headed: bool) -> None:
        self.form, self.language, self.as_json, self.headed = form, language, as_json, headed

    def write(self, page: Page, figure: Figure) -> None:
        """One figure; nothing but its heading if it is not valid."""
        if self.as_json:
            write(json_text({"source": page.source, "page": page.index + 1} | figure.to_dict()) + "\n")
            return
        if self.headed:
            write(f"==> {name_of_page(page)} <==\n")
        if figure.result.valid:
            write(sanitize.terminal_text(self._text(figure).rstrip("\n")) + "\n")

    def _text(self, figure: Figure) -> str:
        result = figure.result
        if figure.kind in ("chart", "table"):
            markdown = self.form == "markdown" and figure.kind == "chart"
            return str(getattr(result.table if markdown else result, self.form)())
        if figure.kind == "molecule":
            return "\n".join(
                (*filter(None, (result.smiles, result.formula, result.inchikey)), *result.statements_in(self.language))
            )
        if figure.kind == "geometry":
            return "\n".join(result.statements(self.language))
        return str(result.text)


def name_of_page(page: Page | PageError) -> str:
    """What a page is called in print: its file, and its number from the second on."""
    return f"{page.source}, page {page.index + 1}" if page.index else page.source
