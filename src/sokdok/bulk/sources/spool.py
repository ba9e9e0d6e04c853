"""Documents that lie in archives or elsewhere, as files of this machine for as long as they are looked at.

The last one is kept until another is asked for: a long document is several units, one after the other.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from sokdok.files import spooled

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}$")
Opened = Callable[[], AbstractContextManager[BinaryIO]]


def suffix_of(name: str) -> str:
    """What a name ends in, if that can be the end of any file's name; empty else."""
    match = _SUFFIX.search(name)
    return match[0] if match else ""


class Spool:
    """Files by their places."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._lock = threading.Lock()
        self._kept: tuple[str, Path, ExitStack] | None = None
        self._users = 0
        """of the file that is kept"""

    @contextmanager
    def file(self, place: str, source: str, suffix: str, opened: Opened) -> Iterator[Path]:
        """The file of a place, which `opened` gives the bytes of. Raises InputError, which calls it `source`."""
        with self._lock:
            path = self._taken(place)
        if path is None:
            stack = ExitStack()
            try:
                stream = stack.enter_context(opened())
                path = stack.enter_context(spooled(stream, source, f"document{suffix}", self.most_bytes))
            except BaseException as error:
                stack.__exit__(type(error), error, error.__traceback__)
                raise
            with self._lock:
                if self._users:  # the one that is kept is being looked at: this one goes when nobody needs it
                    with stack:
                        yield path
                    return
                self._forget()
                self._kept, self._users = (place, path, stack), 1
        try:
            yield path
        finally:
            with self._lock:
                self._users -= 1

    def close(self) -> None:
        """Remove what is kept."""
        with self._lock:
            self._forget()

    def _taken(self, place: str) -> Path | None:
        if self._kept is None or self._kept[0] != place:
            return None
        self._users += 1
        return self._kept[1]

    def _forget(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept[2].close()
