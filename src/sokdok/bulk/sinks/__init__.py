"""What documents are written as: data that trainers of language and vision models load."""

from __future__ import annotations

from sokdok.bulk.sinks.opening import SINKS, open_sink
from sokdok.bulk.sinks.sink import Kept, Shard, Sink, Written

__all__ = ["SINKS", "Kept", "Shard", "Sink", "Written", "open_sink"]
