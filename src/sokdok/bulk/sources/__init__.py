"""Where documents come from: folders, archives, data sets and lists, here or in a bucket of an object store."""

from __future__ import annotations

from sokdok.bulk.sources.files import Unusable
from sokdok.bulk.sources.source import Item, Source, open_source

__all__ = ["Item", "Source", "Unusable", "open_source"]
