"""`sokdok read --find` where words have places: in a text layer, and in what nano reads.

stdout has a line for each place, `report.pdf, page 1: 192,197,482,311: Report`, the box in pixels of the page; with
`--json` a line of JSON for each page, those without any too.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import typer

from sokdok.cli.ui.console import note
from sokdok.cli.ui.files import STDIN, check_name, stdin_as_file
from sokdok.cli.ui.output import open_output
from sokdok.errors import InputError, SokdokError, in_one_line
from sokdok.files import json_text

if TYPE_CHECKING:
    from sokdok.documents.convert.conversion import Conversion
    from sokdok.documents.document import DocumentPage
    from sokdok.documents.lines import Found


def find_in_files(files: list[str], wanted: str, asked: Conversion, output: Path | None, as_json: bool) -> None:
    """Print where a text stands in files. Leaves with exit code 2 if none can be used, 1 if some page failed."""
    if not wanted.strip():
        raise InputError("there is nothing to look for: --find needs a text")
    search = _Search(wanted, as_json)
    with open_output(output) as stream, ExitStack() as stack:
        for name in files:
            check_name(name)
            path = stack.enter_context(stdin_as_file()) if name == STDIN else Path(name)
            try:
                search.file(path, "standard input" if name == STDIN else name, asked, stream)
            except (InputError, OSError) as error:
                if len(files) == 1:
                    raise
                search.lost += 1
                note(f"sokdok: {in_one_line(error)}")
    search.conclude()


class _Search:
    """Counts what was found."""

    def __init__(self, wanted: str, as_json: bool) -> None:
        self.wanted, self.as_json = wanted, as_json
        self.pages = self.places = self.on = self.failed = self.lost = 0

    def file(self, path: Path, name: str, asked: Conversion, stream: BinaryIO) -> None:
        """Print the places in one file, page by page; a block that goes on over pages has some on later ones."""
        from sokdok.documents.convert.document import pages_in_order
        from sokdok.documents.joining import whole_pages
        from sokdok.documents.lines import find

        places: dict[int, list[Found]] = {}
        for page in whole_pages(pages_in_order(path, asked, self)):
            for place in find(page, self.wanted):
                places.setdefault(place.page, []).append(place)
            text = self._lines(page, places.pop(page.number, []), name)
            stream.write(text.encode("utf-8", "backslashreplace"))
            stream.flush()

    def begin(self, source: str, total: int, done: int) -> None:
        """Watch a file (`convert.Watcher`)."""

    def page(self, page: DocumentPage) -> None:
        """Say what is wrong with a page."""
        self.pages += 1
        if page.error:
            self.failed += 1
            note(f"sokdok: page {page.number}: {page.status}: {page.error}")

    def _lines(self, page: DocumentPage, found: list[Found], name: str) -> str:
        from sokdok.documents import sanitize

        self.places += len(found)
        self.on += bool(found)
        if self.as_json:
            places = [{"text": place.text, "boxes": place.boxes} for place in found]
            size = {"width": page.width, "height": page.height}
            return json_text({"source": name, "page": page.number, **size, "found": places}) + "\n"
        return "".join(
            sanitize.terminal_text(f"{name}, page {place.page}: {_shown(place.boxes)}: {place.text}") + "\n"
            for place in found
        )

    def conclude(self) -> None:
        """The last word, and the exit code if it is not 0."""
        places = f"{self.places:,} {'place' if self.places == 1 else 'places'}"
        note(f"{places} of {self.wanted!r} on {self.on:,} of {self.pages:,} {'page' if self.pages == 1 else 'pages'}")
        if self.lost and not self.pages:
            raise typer.Exit(InputError.exit_code)
        if self.lost or self.failed:
            raise typer.Exit(SokdokError.exit_code)


def _shown(boxes: tuple[tuple[int, int, int, int], ...]) -> str:
    return " ".join(",".join(map(str, box)) for box in boxes)
