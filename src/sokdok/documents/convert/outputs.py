"""Where a document's files go: a folder each, nothing overwritten, nothing half-written under its own name.

- Files of the same name are kept apart by their folders and kinds (`names_apart`).
- A folder is a document's own: its manifest, or the journal of an unfinished run, names the file it was read from.
  Another file of the same name gets `name-2`, and so on, in this run and in later ones.
- No link in a folder is followed: a document's folder, its journal and its pictures are what they are called.
- The manifest is written last: where it is, all else is complete. It also says what was asked, so that asking the same
  again costs nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from sokdok.documents.convert.journal import is_abandoned, read_job
from sokdok.documents.document import Status
from sokdok.documents.write import FORMS
from sokdok.errors import SokdokError, is_disk_full
from sokdok.files import name_of, new_text_file, open_own, path_key, temporary_name
from sokdok.files.writing import cut

MANIFEST = "manifest.json"
SUFFIXES = tuple(f".{form}" for form in FORMS)  # of the files that a document may become, behind its name
MOST_FRONT_BYTES = 60  # of the folders' names in front of a document's


_FORMER = {"question": "job", "not_whole": "incomplete"}  # names of fields in manifests that versions before 0.2 wrote


@dataclass(frozen=True)
class Manifest:
    """What a folder holds, and the job that it is the result of."""

    job: dict[str, Any]  # `path`, `size` and `modified` of the file, and all that was asked of it; plain JSON
    status: Status
    pages: int
    incomplete: list[int]  # numbers of pages that are PARTIAL or FAILURE
    files: list[str]  # relative to the folder
    deaths: list[int] = field(default_factory=list)
    """numbers of pages at which the process that draws died, once for each death"""

    def write(self, folder: Path) -> None:
        """Write it into its folder."""
        with new_text_file(folder / MANIFEST) as file:
            json.dump(asdict(self), file, ensure_ascii=False, indent=1)


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder; None if there is none that can be read."""
    try:
        with open_own(folder / MANIFEST) as file:
            values = json.load(file)
        return msgspec.convert({_FORMER.get(name, name): value for name, value in values.items()}, Manifest)
    except (OSError, ValueError, AttributeError, RecursionError):
        return None


def folder_for(out: Path, path: Path, name: str = "") -> Path:
    """The folder in `out` for the document of a file: its own from an earlier run, or the first free name.

    `name` is what a new one is called, by default as the file.
    """
    usual = own_folder(out, name_of(path), path_key(path))
    return own_folder(out, name, path_key(path)) if name and not os.path.lexists(usual) else usual


def names_apart(paths: Sequence[Path]) -> dict[Path, str]:
    """Names for documents of files of the same name: with what they differ in, folders in front, kinds behind.

    `sub/a/x.pdf` and `sub/b/x.pdf` are `a-x` and `b-x`, `x.docx` and `x.pdf` are `x-docx` and `x-pdf`. Other files have
    none here.
    """
    alike: dict[str, dict[Path, Path]] = {}
    for path in paths:
        alike.setdefault(name_of(path).casefold(), {})[path] = Path(os.path.abspath(path.parent))
    names = {}
    for places in alike.values():
        with suppress(ValueError):  # drives that have nothing in common
            common = os.path.commonpath(places.values())
            for path, place in places.items():
                if len(set(places.values())) > 1 and (folders := place.relative_to(common).parts):
                    front = cut("-".join(name_of(Path(f"{folder}.")) for folder in folders), MOST_FRONT_BYTES)
                    names[path] = f"{front}-{name_of(path)}"
    return names | _with_kinds(paths, names)


def _with_kinds(paths: Sequence[Path], names: Mapping[Path, str]) -> dict[Path, str]:
    """Names with their files' kinds behind, where they are the same otherwise."""
    alike: dict[str, dict[Path, str]] = {}
    for path in paths:
        name = names.get(path) or name_of(path)
        alike.setdefault(name.casefold(), {})[path] = name
    found: dict[Path, str] = {}
    for group in alike.values():
        if 1 < len(group) == len({path.suffix.casefold() for path in group}):
            found |= {
                path: f"{name}-{name_of(Path(path.suffix.lower()))}" for path, name in group.items() if path.suffix
            }
    return found


def own_folder(out: Path, name: str, key: str) -> Path:
    """The folder in `out` for a document called `name`: that of the same `key` (`path_key`), or the first free name."""
    # A document called like the manifest would have a JSON of the manifest's name.
    for number in count(2 if f"{name}.json".casefold() == MANIFEST else 1):
        folder = out / (name if number == 1 else f"{name}-{number}")
        if not os.path.lexists(folder) or (not folder.is_symlink() and _may_have(folder, key)):
            return folder
    raise AssertionError("count has no end")


def identity(path: Path) -> dict[str, Any]:
    """Which file this is, and which version of it."""
    stat = path.stat()
    return {"path": path_key(path), "size": stat.st_size, "modified": stat.st_mtime_ns}


@contextmanager
def room_on_disk(folder: Path) -> Iterator[None]:
    """A full disk as one line that says what to do."""
    try:
        yield
    except OSError as error:
        if not is_disk_full(error):
            raise
        raise SokdokError(
            f"the disk is full: {folder} could not be written. What was read so far is kept; make room and run the "
            "same command again"
        ) from None


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed run left under temporary names."""
    for name in (*(f"{folder.name}{suffix}" for suffix in SUFFIXES), MANIFEST):
        temporary_name(folder / name).unlink(missing_ok=True)


def _may_have(folder: Path, path: str) -> bool:
    """Whether a folder is that of the file at `path`, or nobody's, though a killed run made it."""
    manifest = read_manifest(folder)
    job = manifest.job if manifest else read_job(folder)
    if isinstance(job, dict):
        return job.get("path") == path
    return folder.is_dir() and is_abandoned(folder)
