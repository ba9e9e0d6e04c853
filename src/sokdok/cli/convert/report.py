"""What is said of documents while they are made: pages as they come, numbers at the end, and the exit code."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import typer
from rich.progress import TaskID, TextColumn, TimeRemainingColumn

from sokdok.cli.ui.console import make_bar, note, note_error
from sokdok.cli.ui.terminal import message
from sokdok.documents.document import DocumentPage
from sokdok.errors import InputError, SokdokError, in_one_line
from sokdok.files import printable

_ROW = ["number", "status", "error", "source", "mode", "mode_reason", "agreement", "warnings"]
_ROW += ["evidence", "evidence_reason", "confidence", "grade"]


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
        except KeyboardInterrupt:
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
    broken: int = 0  # files at which something went wrong that nobody thought of
    statuses: Counter[str] = field(default_factory=Counter)  # of documents
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
        if self._task is not None:
            rate = (self.pages - self._first) / max(time.perf_counter() - self._begun, 1e-9)
            self._bar.update(self._task, advance=1, rate=f"{rate:.2f} pages/s")

    def summary(self) -> str:
        """The run in one line."""
        seconds = max(time.perf_counter() - self.started, 1e-9)
        parts = [f"{self.pages:,} {'page' if self.pages == 1 else 'pages'} in {seconds:.1f} s"]
        parts += [f"{self.pages / seconds:.2f} pages/s"] if self.pages else []
        parts += [f"{self.from_layer:,} from the text layer"] if self.from_layer else []
        parts += [f"{count:,} {status}" for status, count in sorted(self.statuses.items(), reverse=True)]
        lost = self.unusable + self.broken
        parts += [f"{lost:,} could not be used"] if lost else []
        return ", ".join(parts)

    @contextmanager
    def kept(self, files: int) -> Iterator[None]:
        """Say on Ctrl-C how many of so many files are done; of one alone `PageReport.kept` says more."""
        try:
            yield
        except KeyboardInterrupt:
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
        except (InputError, OSError) as error:
            if alone or (isinstance(error, OSError) and error.filename is None):
                raise
            self.unusable += 1
            note(f"sokdok: {in_one_line(error)}")
        except SokdokError:
            raise
        except Exception as error:
            self.broken += 1
            note_error(printable(path), error)

    def conclude(self) -> None:
        """Say the last word; leave with the exit code if it is not 0."""
        note(self.summary())
        if code := self.exit_code():
            raise typer.Exit(code)

    def exit_code(self) -> int:
        """0 if every document is SUCCESS, 2 if no file could be used, else 1."""
        if not self.statuses and not self.broken:
            return InputError.exit_code
        whole = set(self.statuses) == {"SUCCESS"} and not self.unusable and not self.broken
        return 0 if whole else SokdokError.exit_code
