"""One run of `sokdok parse`: whatever a picture does, the others are parsed."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

from sokdok.cli.parse.output import Output, name_of_page
from sokdok.cli.ui.console import note, note_error
from sokdok.errors import InputError, SokdokError

if TYPE_CHECKING:
    from sokdok.figures.names import Names
    from sokdok.figures.parse import Figure
    from sokdok.figures.readers import FigureReader
    from sokdok.pages import Page, PageError

T = TypeVar("T")
DOUBTFUL = 0.5  # confidence below which stderr says so


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
            where = "" if page.index is None else f"{name_of_page(page)}: "  # a file's own message names it
            note(f"sokdok: {where}{page.message}")
            return
        figure = self._attempt(page, lambda: parse_figure(page.image, self.kind, self.reader))
        if figure is None:
            return
        self.parsed += 1
        self.invalid += not figure.result.valid
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
        from sokdok.figures.files import save_figure
        from sokdok.figures.names import own_name

        path = Path(page.source)
        claim = names.claim(path, page.index, kept=path.exists())
        if claim.stem != (own := own_name(path, page.index)):
            note(f"sokdok: {name_of_page(page)}: its files are called {claim.stem}, for {own} is taken")
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


def _complaints(figure: Figure) -> list[str]:
    result = figure.result
    if not result.valid:
        return [f"{figure.status}: {result.reason}", *result.warnings]
    sure = result.confidence
    doubt = [f"low confidence ({sure:.2f}): check it against the picture"] * (sure is not None and sure < DOUBTFUL)
    return [*doubt, *result.warnings]
