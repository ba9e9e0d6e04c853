"""The store that an address means."""

from __future__ import annotations

from pathlib import Path

from sokdok.bulk.store.local import LocalStore
from sokdok.bulk.store.store import Store
from sokdok.errors import InputError


def open_store(destination: str) -> Store:
    """Open a folder, which need not be there yet, or `s3://BUCKET/PREFIX`. Raises InputError, MissingExtraError."""
    scheme, separator, _ = destination.partition("://")
    if scheme == "s3" and separator:
        from sokdok.bulk.store.s3 import S3Store

        return S3Store(destination)
    if separator and scheme.isalnum():
        raise InputError(f"{destination} is an address that sokdok can't write to; name a folder or s3://BUCKET/PREFIX")
    return LocalStore(Path(destination))
