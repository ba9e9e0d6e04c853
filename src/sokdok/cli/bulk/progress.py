"""A run as it is seen on stderr: a bar on a terminal, a line now and then elsewhere; reasons, and a summary."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, Self

from rich.progress import TextColumn

from sokdok.bulk.plan import Plan
from sokdok.bulk.results import Tally, add_up
from sokdok.bulk.run import Watcher
from sokdok.cli.ui.console import count_of, make_bar, message, note

LINE_S = 30.0  # between lines where stderr is no terminal
_SHOWN_S = 0.1  # between changes of the bar: a page of a text layer takes less
MOST_NAMED = 100  # files that can't be read, and units with failed pages, that are named one by one


class RunProgress(Watcher):
    """Shows how a run goes on, and sums it up."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._bar = make_bar(TextColumn("{task.fields[text]}", markup=False)) if sys.stderr.isatty() else None
        self._task = self._bar.add_task("planning", total=None, text="") if self._bar else None
        self._shown = clock()
        self._began = 0.0
        self._plan = Plan(version=0, question={}, sources=(), documents=0, units=0, pages=0, skipped=0)
        self._earlier = self._read = self._failed_units = 0
        self._tally = Tally()
        self.files_lost = 0  # that may be documents and can't be read

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar:
            self._bar.stop()

    def planning(self, files: int) -> None:
        if self._is_time():
            self._show("planning", None, files, count_of(files, "file"))

    def lost(self, path: str, reason: str) -> None:
        self.files_lost += 1
        if self.files_lost <= MOST_NAMED:
            note(f"sokdok: {reason if path in reason else f'{path}: {reason}'}")

    def planned(self, plan: Plan, new: bool) -> None:
        self._plan, self._began = plan, self._clock()
        text = f"{count_of(plan.documents, 'document')}, {count_of(plan.pages, 'page')}"
        if plan.skipped:
            text += f"; {count_of(plan.skipped, 'file')} left out (sokdok bulk status says which and why)"
        note(f"planned: {text}" if new else f"the plan stands: {text}")

    def changed(self, new: int, gone: int) -> None:
        since = f"{count_of(new, 'file')} new, {gone:,} gone (one that has changed is both)"
        note(f"sokdok: since it was planned: {since}; --update plans them, and reads nothing twice")

    def earlier(self, pages: int) -> None:
        self._earlier = pages

    def page(self) -> None:
        self._read += 1
        if self._is_time():
            rate = self._read / self._seconds()
            left = max(self._plan.pages - self._earlier - self._read, 0) / max(rate, 1e-9)
            text = f"{rate:.2f} pages/s, {duration(left)} left"
            text += f", {self._tally.failed:,} failed" if self._tally.failed else ""
            self._show("reading", self._plan.pages, self._earlier + self._read, text)

    def unit(self, path: str, tally: Tally) -> None:
        add_up(self._tally, tally)
        self._failed_units += bool(tally.failed)
        if tally.failed and self._failed_units <= MOST_NAMED:
            note(f"sokdok: {path}: {count_of(tally.failed, 'page')} failed: {'; '.join(tally.reasons)}")
        elif tally.failed and self._failed_units == MOST_NAMED + 1:
            note("sokdok: more pages failed: sokdok bulk status counts them by their reasons")

    def numbers(self) -> dict[str, Any]:
        """The run as plain data."""
        plan, tally, seconds = self._plan, self._tally, self._seconds()
        return {
            **{name: getattr(plan, name) for name in ("documents", "pages", "skipped")},
            **{name: getattr(tally, name) for name in ("done", "failed", "partial")},
            "lost": self.files_lost,
            "earlier": self._earlier,
            "seconds": round(seconds, 2),
            "pages_per_second": round(tally.pages / seconds, 3),
            "reasons": dict(tally.reasons),
        }

    def summary(self, destination: str) -> str:
        """The run in one line."""
        tally, seconds = self._tally, self._seconds()
        if not tally.pages:
            return f"{destination}: all {count_of(self._plan.pages, 'page')} were read before"
        parts = [f"{count_of(tally.done, 'page')} done", f"{tally.failed:,} failed"]
        parts += [f"{tally.partial:,} of them not whole"] if tally.partial else []
        parts += [f"{self._earlier:,} read before"] if self._earlier else []
        parts += [f"{seconds:.1f} s", f"{tally.pages / seconds:.2f} pages/s"]
        return f"{destination}: {', '.join(parts)}" + ("; --retry-failed reads them once more" if tally.failed else "")

    def _seconds(self) -> float:
        return max(self._clock() - self._began, 1e-9)

    def _is_time(self) -> bool:
        return self._clock() - self._shown >= (_SHOWN_S if self._bar else LINE_S)

    def _show(self, what: str, total: int | None, done: int, text: str) -> None:
        self._shown = self._clock()
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=what, total=total, completed=done, text=message(text))
        else:
            note(f"{what}: {done:,} of {total:,} pages, {text}" if total else f"{what}: {text}")


def duration(seconds: float) -> str:
    """Seconds as people say them: 42 s, 3 min, 5.2 h, 3.1 days."""
    for unit, length in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}" if length > 60 else f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
