"""Where memories lie: in one folder, each owner's in a file of its own, so that no key reads another's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sokdok.memory.memory import Memory
from sokdok.memory.store.database import NAME
from sokdok.server.engine.refused import Absent
from sokdok.server.security.keys import NOBODY


class Memories:
    """The memories in a folder; None: the server keeps none."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def file(self, owner: str) -> Path:
        """The file of an owner's memory, in a folder that is there; without keys the folder's own, as at the terminal.

        Raises Absent where the server keeps none.
        """
        if self.folder is None:
            raise Absent("this server keeps no memory")
        place = self.folder if owner == NOBODY else self.folder / owner
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        return place / NAME

    @contextmanager
    def opened(self, owner: str, conversation: str, *, create: bool = False) -> Iterator[Memory]:
        """A conversation of an owner's, for a thread that may take its time. Raises Absent, and what `Memory` does."""
        with Memory(self.file(owner), conversation=conversation, create=create) as memory:
            yield memory
