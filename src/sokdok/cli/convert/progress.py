"""A bar for documents that are read page by page: pages a second and time left; nothing where stderr is no terminal."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from sokdok.cli.ui.bar import WithBar
from sokdok.cli.ui.console import make_bar
from sokdok.cli.ui.terminal import message

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class PageProgress(WithBar):
    """One bar, used for one document after the other; not `visible` where it would run through text on a terminal."""

    def __init__(self, visible: bool = True) -> None:
        self._bar = _make_bar() if visible and sys.stderr.isatty() else None
        self._task: TaskID | None = None
        self._started, self._read = 0.0, 0

    def begin(self, name: str, total: int, done: int) -> None:
        """A document of `total` pages, `done` of them by an earlier run."""
        self._started, self._read = time.perf_counter(), 0
        if self._bar:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(message(name), total=total, completed=done, rate="")

    def advance(self) -> None:
        """A page is done."""
        self._read += 1
        if self._bar and self._task is not None:
            rate = self._read / max(time.perf_counter() - self._started, 1e-9)
            self._bar.update(self._task, advance=1, rate=f"{rate:.2f} pages/s")


def _make_bar() -> Progress:
    from rich.progress import TextColumn, TimeRemainingColumn

    return make_bar(TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
