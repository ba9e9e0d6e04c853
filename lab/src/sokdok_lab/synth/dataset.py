"""Samples in the layout that trainers read: WebDataset shards, each picture beside its truth.

- The bytes depend on kind, number, seed, fonts and text alone, not on how many processes work or how often they were
  killed: a sample follows from its own seed, and archives carry neither dates nor owners.
- A dataset remembers what it was begun with, so that the same call goes on and any other is refused.
- The order is the plan, a shard its unit, made by all processes of one machine or of many: that it is in the store says
  that it is made. Where two make the same, the first wins, and both are the same bytes; machines begin at different
  places, so that they seldom do.
"""

from __future__ import annotations

import io
import json
import os
import socket
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from PIL import Image

from sokdok.bulk.store import Store, open_store
from sokdok.errors import InputError, require_choice
from sokdok.jobs import in_order
from sokdok_lab.synth.samples import KINDS, Materials, maker

SHARD_SAMPLES = 256  # of a shard; a killed run loses at most so many
ORDER = "order.json"  # what a folder was begun with
_MAKING = "sokdok_lab.synth.dataset:Making"
_CHUNK_SAMPLES = 8  # that a process makes at a time
_FORMATS = {"page": "jpg", "handwriting": "jpg", "cursive": "jpg"}
"""scans are noisy, and take seven times as long as PNG; drawings are kept exactly"""


@dataclass(frozen=True)
class Order:
    """What a dataset is to hold: samples 0..count of a kind."""

    kind: str
    count: int
    seed: int = 0
    materials: Materials = Materials()

    @property
    def shards(self) -> int:
        """How many shards the samples fill."""
        return -(-self.count // SHARD_SAMPLES)

    @property
    def ending(self) -> str:
        """What the names of the pictures end in."""
        return _FORMATS.get(self.kind, "png")

    def seed_of(self, index: int) -> int:
        """Return a sample's own seed, distinct for every sample of every order's seed."""
        return (self.seed << 32) + index

    def range_of(self, shard: int) -> range:
        """List the numbers of a shard's samples."""
        return range(shard * SHARD_SAMPLES, min(self.count, (shard + 1) * SHARD_SAMPLES))

    def name(self, shard: int) -> str:
        """Name a shard's file."""
        return f"{self.kind}-{shard:06d}.tar"

    def plain(self) -> dict[str, Any]:
        """Return all of it as plain JSON."""
        return json.loads(json.dumps(asdict(self), default=lambda path: str(path.resolve())))  # type: ignore[no-any-return]


Encoded = tuple[bytes, bytes]  # a picture's file and its truth as JSON


def synth(order: Order, destination: str, workers: int, advance: Callable[[int], None] = lambda samples: None) -> int:
    """Make what the order lacks in a folder or bucket; how many samples this call made.

    advance: called with the number of samples done, those that were there included. Raises InputError for an order that
    can't be made or a destination that holds something else, SokdokError where the disk is full or the store refuses.
    """
    if order.count < 1:
        raise InputError(f"can't make {order.count} samples: ask for at least one")
    if not 0 <= order.seed < 2**31:
        raise InputError(f"the seed must lie between 0 and {2**31 - 1:,}, not {order.seed}")
    for folder in (order.materials.fonts, order.materials.text):
        if folder is not None and not folder.is_dir():
            raise InputError(f"{folder} is not a folder")
    require_choice("kind", order.kind, KINDS)
    store = open_store(destination)
    _claim(order, store)
    missing = _missing(order, store)
    advance(order.count - sum(len(order.range_of(shard)) for shard in missing))
    made = _make_missing(order, store, _from_here(missing), workers, advance)
    if left := _missing(order, store):
        raise InputError(f"{destination}: {len(left):,} shards were removed meanwhile; run the same command again")
    return made


# --- shards, made wherever one is missing ---


def _claim(order: Order, store: Store) -> None:
    """Begin a dataset, or see that the one that is there was begun with the same order. Raises InputError if not."""
    wanted = order.plain()
    try:
        note = store.read(ORDER)
    except FileNotFoundError:
        if next(store.names(), None) is not None:
            raise InputError(f"{store.address} is not empty and holds no dataset of ours; choose another") from None
        if store.create(ORDER, (json.dumps(wanted, ensure_ascii=False, indent=2) + "\n").encode()):
            return
        note = store.read(ORDER)
    try:
        begun = dict(json.loads(note))
    except (TypeError, ValueError):
        raise InputError(f"{store.address}/{ORDER} is broken; delete the folder or choose another with -o") from None
    if begun != wanted:
        different = ", ".join(name for name in wanted if begun.get(name) != wanted[name])
        raise InputError(f"{store.address} was begun with another {different}; choose another folder with -o")


def _missing(order: Order, store: Store) -> list[int]:
    """Shards that nobody has made."""
    there = {name for name in store.names(f"{order.kind}-") if name.endswith(".tar")}
    return [shard for shard in range(order.shards) if order.name(shard) not in there]


def _from_here(shards: list[int]) -> list[int]:
    """Shards in an order of this process's own: those before a place of its own come last."""
    at = zlib.crc32(f"{socket.gethostname()} {os.getpid()}".encode()) % max(len(shards), 1)
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
            made += len(samples) * store.create(order.name(shard), archive_of(order, shard, samples))
            samples.clear()
    return made


class Making:
    """What a process does."""

    def __init__(self, order: Order) -> None:
        self.order, self.make = order, maker(order.kind, order.materials)

    def chunk(self, shard: int, first: int, count: int) -> tuple[int, list[Encoded]]:
        """Make some samples of a shard."""
        made, jpeg = list[Encoded](), self.order.ending == "jpg"
        for seed in map(self.order.seed_of, self.order.range_of(shard)[first : first + count]):
            sample, buffer = self.make(seed), io.BytesIO()
            how = {"quality": 95, "subsampling": 0} if jpeg else {"compress_level": 1}
            Image.fromarray(sample.pixels).save(buffer, "JPEG" if jpeg else "PNG", **how)
            made.append((buffer.getvalue(), json.dumps({"seed": seed} | sample.truth(), ensure_ascii=False).encode()))
        return shard, made


# --- bytes ---


def archive_of(order: Order, shard: int, samples: Iterable[Encoded]) -> bytes:
    """Make a shard's archive of its samples."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for index, (picture, truth) in zip(order.range_of(shard), samples, strict=True):
            for ending, content in ((order.ending, picture), ("json", truth)):
                member = tarfile.TarInfo(f"{order.kind}-{index:09d}.{ending}")
                member.size, member.mode = len(content), 0o644
                archive.addfile(member, io.BytesIO(content))
    return data.getvalue()
