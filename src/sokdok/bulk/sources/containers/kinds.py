"""Which files hold documents, by what their names end in."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import BinaryIO

from sokdok.bulk.sources.containers.container import Container
from sokdok.bulk.sources.containers.manifest import Manifest
from sokdok.bulk.sources.containers.parquet import Parquet
from sokdok.bulk.sources.containers.tar import Tar
from sokdok.bulk.sources.containers.zip import Zip
from sokdok.errors import MissingExtraError
from sokdok.isolation import Limits

Opener = Callable[[BinaryIO, str, Limits], Container]
CONTAINERS: dict[str, Opener] = {
    ".zip": Zip,
    ".tar": Tar,
    ".tar.gz": Tar,
    ".tgz": Tar,
    ".parquet": Parquet,
    ".jsonl": Manifest,
    ".jsonl.gz": Manifest,
    ".ndjson": Manifest,
}  # what a name ends in → how documents are found in it


def opener_of(name: str) -> Opener | None:
    """How the documents in a file are found; None if it is one itself."""
    lower = name.lower()
    return next((opener for suffix, opener in CONTAINERS.items() if lower.endswith(suffix)), None)


def require_library(name: str) -> None:
    """Raise MissingExtraError if the library that such a file is opened with is not installed."""
    if opener_of(name) is Parquet and find_spec("pyarrow") is None:
        raise MissingExtraError("bulk", "reading Parquet")
