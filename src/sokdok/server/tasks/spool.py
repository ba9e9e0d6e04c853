"""The spool: the folder where uploads lie until their tasks go, under names of our own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
_MOST_NAME = 200  # characters of a name that is shown


class Spool:
    """The folder of uploads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def new(self, shown_as: str) -> Iterator[Path]:
        """A file to write an upload to, removed again if that fails; of its name only the suffix is kept."""
        suffix = Path(shown_as).suffix.lower()
        path = self.folder / f"{uuid4().hex}{suffix if _SUFFIX.fullmatch(suffix) else ''}"
        try:
            yield path
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def again(self, upload: str) -> str:
        """Another name for the same content: each is removed by itself. Raises FileNotFoundError."""
        with self.new(upload) as path:
            path.hardlink_to(self.folder / upload)
            return path.name

    def remove(self, upload: str) -> None:
        """Remove an upload, if it is there."""
        (self.folder / upload).unlink(missing_ok=True)

    def remove_others(self, uploads: Collection[str]) -> None:
        """Remove what no task has: a killed server left it."""
        for path in self.folder.iterdir():
            if path.name not in uploads:
                path.unlink(missing_ok=True)


def shown_name(given: str | None, default: str = "document") -> str:
    """The name of an upload as people may see it: its last part, on one line, and never a path."""
    name = re.split(r"[/\\]", given or "")[-1]
    name = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in name).strip(". ")
    return name[-_MOST_NAME:] or default
