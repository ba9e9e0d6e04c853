"""Training pictures on all workers, of one machine or of many: shards made wherever one is missing.

- The order is the plan, a shard its unit: that it is in the store says that it is made. Where two make the same,
  the first wins, and both are the same bytes; machines begin at different places, so that they seldom do.
- What is true of the samples stands beside each shard, too, so that nobody need fetch the pictures to write the
  manifest. Card and manifest come last.
"""

from __future__ import annotations

import json
import os
import socket
import zlib
from collections.abc import Callable, Iterator

from sokdok.bulk.store import Store, open_store
from sokdok.errors import InputError
from sokdok.files.zstd import compressed, unpacked_lines
from sokdok.jobs import in_order
from sokdok_lab.synth.card import Schema, card
from sokdok_lab.synth.dataset import (
    CARD,
    MANIFEST,
    ORDER,
    Encoded,
    Order,
    archive_of,
    check,
    key_of,
    make_samples,
    note_of,
    require_same,
    row_of,
    truths_in,
)
from sokdok_lab.synth.samples import maker

_MAKING = "sokdok_lab.synth.shards:Making"
TRUTHS = "truths"  # folder of what is true of the samples, a file a shard
_CHUNK_SAMPLES = 8  # that a process makes at a time


def synth(order: Order, destination: str, workers: int, advance: Callable[[int], None] = lambda samples: None) -> int:
    """Make what the order lacks in a folder or bucket; how many samples this call made.

    advance: called with the number of samples done, those that were there included. Raises InputError for an order that
    can't be made or a destination that holds something else, SokdokError where the disk is full or the store refuses.
    """
    check(order)
    store = open_store(destination)
    _claim(order, store)
    missing = _missing(order, store)
    advance(order.count - sum(len(order.range_of(shard)) for shard in missing))
    made = _make_missing(order, store, _from_here(missing), workers, advance)
    if left := _missing(order, store):
        raise InputError(f"{destination}: {len(left):,} shards were removed meanwhile; run the same command again")
    if missing or not store.exists(MANIFEST):
        _summarise(order, store)
    return made


def _claim(order: Order, store: Store) -> None:
    """Begin a dataset, or see that the one that is there was begun with the same order."""
    try:
        note = store.read(ORDER)
    except FileNotFoundError:
        if next(store.names(), None) is not None:
            raise InputError(f"{store.address} is not empty and holds no dataset of ours; choose another") from None
        if store.create(ORDER, note_of(order).encode()):
            return
        note = store.read(ORDER)
    require_same(order, note, store.address)


def _missing(order: Order, store: Store) -> list[int]:
    """Shards that nobody has made."""
    there = {name for name in store.names(f"{order.kind}-") if name.endswith(".tar")}
    return [shard for shard in range(order.shards) if order.name(shard) not in there]


def _from_here(shards: list[int]) -> list[int]:
    """Shards in an order of this process's own: those before a place of its own come last."""
    if not shards:
        return []
    at = zlib.crc32(f"{socket.gethostname()} {os.getpid()}".encode()) % len(shards)
    return shards[at:] + shards[:at]


def _make_missing(order: Order, store: Store, shards: list[int], workers: int, advance: Callable[[int], None]) -> int:
    """Make shards, but for those that another machine has made meanwhile; how many samples were made here."""

    def chunks() -> Iterator[tuple[int, int, int]]:
        for shard in shards:
            samples = order.range_of(shard)
            if store.exists(order.name(shard)):
                advance(len(samples))
                continue
            for first in range(0, len(samples), _CHUNK_SAMPLES):
                yield shard, first, _CHUNK_SAMPLES

    made, samples = 0, list[Encoded]()
    most = -(-sum(len(order.range_of(shard)) for shard in shards) // _CHUNK_SAMPLES)
    done = in_order(_MAKING, (order,), "chunk", chunks(), workers=min(workers, most), kind=tuple[int, list[Encoded]])
    for shard, part in done:
        samples += part
        advance(len(part))
        if len(samples) == len(order.range_of(shard)):
            made += len(samples) * _put(order, store, shard, samples)
            samples.clear()
    return made


def _put(order: Order, store: Store, shard: int, samples: list[Encoded]) -> bool:
    """Put a shard and what is true of it; whether nobody was first."""
    truths = b"".join(truth + b"\n" for _, truth in samples)
    store.create(_truths_name(order.name(shard)), compressed(truths))
    return store.create(order.name(shard), archive_of(order, shard, samples))


class Making:
    """What a process does."""

    def __init__(self, order: Order) -> None:
        self.order, self.make = order, maker(order.kind, order.materials)

    def chunk(self, shard: int, first: int, count: int) -> tuple[int, list[Encoded]]:
        """Make some samples of a shard."""
        return shard, make_samples(self.order, self.make, self.order.range_of(shard)[first : first + count])


def _truths_name(shard: str) -> str:
    return f"{TRUTHS}/{shard.removesuffix('.tar')}.jsonl.zst"


def _summarise(order: Order, store: Store) -> None:
    """Write the card, and last of all the manifest, from the truths of all shards."""
    schema = Schema()
    rows: list[str] = []
    for shard in range(order.shards):
        name = order.name(shard)
        for index, line in zip(order.range_of(shard), _truths(store, name), strict=True):
            truth = json.loads(line)
            schema.see(truth)
            rows.append(row_of(order, key_of(order, index), name, truth))
    store.replace(CARD, card(order.kind, order.count, order.seed, order.shards, order.ending, schema).encode())
    store.replace(MANIFEST, "".join(rows).encode())


def _truths(store: Store, shard: str) -> Iterator[bytes]:
    """What is true of a shard's samples, as JSON; from the shard itself where nothing stands beside it."""
    name = _truths_name(shard)
    try:
        file = store.open(name)
    except FileNotFoundError:
        with store.open(shard) as archive:
            yield from truths_in(archive, f"{store.address}/{shard}")
        return
    with file:
        yield from unpacked_lines(file, f"{store.address}/{name}")
