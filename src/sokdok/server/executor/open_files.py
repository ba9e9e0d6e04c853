"""The file that a worker of the executor has open: who looks at one page mostly asks for the next one, too."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

from sokdok.documents.convert.open_source import SourceFile, open_source
from sokdok.documents.question import Question
from sokdok.errors import SokdokError
from sokdok.jobs import Limits
from sokdok.server.executor.messages import Upload

IDLE_S = 15.0  # after which a file is closed, with the process that opened it


class OpenedFiles:
    """One file at a time, opened in its isolated process; use it with `lock` held."""

    def __init__(self, spool: Path, limits: Limits) -> None:
        self.spool, self.limits = spool, limits
        self.lock = threading.RLock()
        self._name = ""
        self._file: SourceFile | None = None
        self._timer: threading.Timer | None = None

    def path(self, upload: Upload) -> Path:
        """Where a file lies."""
        return self.spool / upload.name

    def file(self, upload: Upload) -> SourceFile:
        """A file, opened. Raises InputError if it can't be."""
        if self._timer is not None:
            self._timer.cancel()
        if self._file is None or self._name != upload.name or self._file.given_up:
            self._close()
            self._file, self._name = open_source(self.path(upload), Question(limits=self.limits)), upload.name
        self._timer = threading.Timer(IDLE_S, self.close)
        self._timer.daemon = True
        self._timer.start()
        return self._file

    def close(self) -> None:
        """Close what is open."""
        with self.lock:
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            with suppress(SokdokError, OSError):
                self._file.close()
        self._file = None
