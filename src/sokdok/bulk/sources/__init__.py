"""Where documents come from: folders, archives, data sets and lists, here or in a bucket of an object store."""

from __future__ import annotations

from sokdok.bulk.sources.opening import open_source
from sokdok.bulk.sources.source import Item, Source, Unusable

__all__ = ["Item", "Source", "Unusable", "open_source"]
