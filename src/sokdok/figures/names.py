"""What the files of each figure in a folder are called: a name is one figure's, whatever else is or was written there.

- A figure is known by its file and page. Parsed again, it gets the name that it had; any other gets a free one: `name`,
  `name-2` and so on.
- The name is taken by a JSON file that holds the source alone, and is replaced when all else is complete: a run that
  was killed finds its names again.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from sokdok.errors import InputError
from sokdok.files import json_text, locked, name_of, new_text_file, path_key, read_file

Record = TypeVar("Record", bound=msgspec.Struct)
INDEX = "index.html"
ENDINGS = (".json", ".png", ".csv", ".xlsx", ".html", ".md", ".redrawn.png", ".svg", ".txt")
"""of all files that a figure may have"""


@dataclass(frozen=True)
class Source:
    """Where a figure comes from."""

    path: str  # `files.path_key` of its file
    page: int  # from 0


@dataclass(frozen=True)
class Claim:
    """A name for a figure's files."""

    folder: Path
    stem: str
    source: Source | None = None

    def path(self, ending: str) -> Path:
        """The file of one of `ENDINGS`."""
        return self.folder / f"{self.stem}{ending}"

    def write(self, record: dict[str, Any]) -> None:
        """Write the figure's JSON, with its source."""
        source = {"source": vars(self.source)} if self.source else {}
        with new_text_file(self.path(".json")) as file:
            file.write(json_text(record | source, indent=2))


def own_name(path: Path, page: int = 0) -> str:
    """What a figure's files are called where the name is free."""
    return name_of(path, "figure") + (f"-{page + 1}" if page else "")


class Names:
    """The names of one run in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._given: set[str] = set()

    def claim(self, path: Path, page: int = 0, *, kept: bool = True) -> Claim:
        """Take a name for the figure on a page, counted from 0, of a file.

        kept: whether the file stays where it is; what came through a pipe is never the same again.
        """
        source = Source(path_key(path), page) if kept else None
        base = own_name(path, page)
        with locked(self.folder):
            stems = (base if number == 1 else f"{base}-{number}" for number in count(1))
            claim = Claim(self.folder, next(stem for stem in stems if self._is_free(stem, source)), source)
            claim.write({})
        self._given.add(claim.stem)
        return claim

    def _is_free(self, stem: str, source: Source | None) -> bool:
        """Whether a name was not given in this run, and is nobody's in the folder, or the source's own."""
        if stem in self._given or f"{stem}.html".casefold() == INDEX:
            return False
        if source is not None and source == source_of(self.folder / f"{stem}.json"):
            return True
        return not any(os.path.lexists(self.folder / f"{stem}{ending}") for ending in ENDINGS)


class _Claimed(msgspec.Struct):
    source: Source


def source_of(path: Path) -> Source | None:
    """The source in a figure's JSON; None if there is none that can be read."""
    claimed = read_record(path, _Claimed)
    return claimed.source if claimed else None


def read_record(path: Path, form: type[Record]) -> Record | None:
    """What a figure's JSON says, as a struct; None if it says something else, or is no JSON."""
    try:
        return msgspec.convert(json.loads(read_file(path)), form)
    except (InputError, OSError, ValueError, RecursionError):
        return None
