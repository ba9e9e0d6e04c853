"""A run as it is seen on stderr: a bar on a terminal, a line now and then elsewhere; reasons, and a summary."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from sokdok.cli.ui.console import make_bar, note
from sokdok.cli.ui.terminal import message

if TYPE_CHECKING:
    from rich.progress import Progress

    from sokdok.bulk.plan import Plan
    from sokdok.bulk.results import Tally

LINE_S = 30.0  # between lines where stderr is no terminal
_SHOWN_S = 0.1  # between changes of the bar: a page of a text layer takes less
MOST_TOLD = 100  # units with failed pages of which each is told


class RunProgress:
    """Watches a run (`bulk.run.Watcher`)."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._bar = _make_bar() if sys.stderr.isatty() else None
        self._task = self._bar.add_task("planning", total=None, said="") if self._bar else None
        self._shown = self._line = clock()
        self._began = 0.0
        self._total = self._earlier = self._read = 0
        self._tally: Tally | None = None
        self._documents = self._skipped = self._told = 0
        self.files_lost = 0
        """that may be documents and can't be read"""

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar:
            self._bar.stop()

    def planning(self, files: int) -> None:
        """So many files were looked at."""
        if self._is_time():
            self._show("planning", None, files, f"{files:,} files")

    def lost(self, path: str, reason: str) -> None:
        """A file that may be a document can't be read."""
        self.files_lost += 1
        if self.files_lost <= MOST_TOLD:
            note(f"sokdok: {path}: {reason}")

    def planned(self, plan: Plan, new: bool) -> None:
        """The plan is complete."""
        self._total, self._documents, self._skipped = plan.pages, plan.documents, plan.skipped
        self._began = self._clock()
        said = f"{count_of(plan.documents, 'document')}, {count_of(plan.pages, 'page')}"
        left = (
            f"; {count_of(plan.skipped, 'file')} left out (sokdok bulk status says which and why)"
            if plan.skipped
            else ""
        )
        note(f"planned: {said}{left}" if new else f"the plan stands: {said}{left}")

    def earlier(self, pages: int) -> None:
        """So many pages, known so far, were read by earlier runs."""
        self._earlier = pages

    def page(self) -> None:
        """A page is read."""
        self._read += 1
        if self._is_time():
            self._show("reading", self._total, self._earlier + self._read, self._pace())

    def unit(self, path: str, tally: Tally) -> None:
        """A unit has its result."""
        from sokdok.bulk.results import Tally

        self._tally = self._tally or Tally()
        self._tally.add(tally)
        if not tally.failed:
            return
        self._told += 1
        if self._told <= MOST_TOLD:
            note(f"sokdok: {path}: {count_of(tally.failed, 'page')} failed: {'; '.join(tally.reasons)}")
        elif self._told == MOST_TOLD + 1:
            note("sokdok: more pages failed: sokdok bulk status counts them by their reasons")

    def numbers(self) -> dict[str, Any]:
        """The run as plain data."""
        tally = self._tally
        seconds = self._seconds()
        return {
            "documents": self._documents,
            "pages": self._total,
            "skipped": self._skipped,
            "lost": self.files_lost,
            "earlier": self._earlier,
            "done": tally.done if tally else 0,
            "failed": tally.failed if tally else 0,
            "partial": tally.partial if tally else 0,
            "seconds": round(seconds, 2),
            "pages_per_second": round(tally.pages / seconds, 3) if tally else 0.0,
            "reasons": dict(tally.reasons) if tally else {},
        }

    def summary(self, destination: str) -> str:
        """The run in one line."""
        tally = self._tally
        if tally is None:
            return f"{destination}: all {count_of(self._total, 'page')} were read before"
        seconds = self._seconds()
        parts = [f"{count_of(tally.done, 'page')} done", f"{tally.failed:,} failed"]
        parts += [f"{tally.partial:,} of them not whole"] if tally.partial else []
        parts += [f"{self._earlier:,} read before"] if self._earlier else []
        parts += [f"{seconds:.1f} s", f"{tally.pages / seconds:.2f} pages/s"]
        again = "; --retry-failed reads them once more" if tally.failed else ""
        return f"{destination}: {', '.join(parts)}{again}"

    def _seconds(self) -> float:
        return max(self._clock() - self._began, 1e-9)

    def _pace(self) -> str:
        rate = self._read / self._seconds()
        failed = self._tally.failed if self._tally else 0
        left = max(self._total - self._earlier - self._read, 0) / max(rate, 1e-9)
        return f"{rate:.2f} pages/s, {duration(left)} left" + (f", {failed:,} failed" if failed else "")

    def _is_time(self) -> bool:
        now = self._clock()
        last = self._shown if self._bar else self._line
        return now - last >= (_SHOWN_S if self._bar else LINE_S)

    def _show(self, what: str, total: int | None, done: int, said: str) -> None:
        self._shown = self._line = self._clock()
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=what, total=total, completed=done, said=message(said))
        else:
            note(f"{what}: {done:,} of {total:,} pages, {said}" if total else f"{what}: {said}")


def duration(seconds: float) -> str:
    """Seconds as people say them: 42 s, 3 min, 5.2 h, 3.1 days."""
    for unit, length in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}" if length > 60 else f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def count_of(number: int, what: str) -> str:
    """Say how many there are of something."""
    return f"{number:,} {what if number == 1 else f'{what}s'}"


def _make_bar() -> Progress:
    from rich.progress import TextColumn

    return make_bar(TextColumn("{task.fields[said]}", markup=False))
