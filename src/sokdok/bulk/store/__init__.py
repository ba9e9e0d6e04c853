"""Where a run keeps what it makes: a folder, or a bucket of an object store."""

from __future__ import annotations

from sokdok.bulk.store.opening import open_store
from sokdok.bulk.store.store import Store

__all__ = ["Store", "open_store"]
