"""Samples in the layout that trainers read: WebDataset shards, a JSONL manifest, and a card for `datasets`.

- The bytes depend on kind, number, seed, fonts and text alone, not on how many processes work or how often they were
  killed: a sample follows from its own seed, and archives carry neither dates nor owners.
- A dataset remembers what it was begun with, so that the same call goes on and any other is refused.
- `bulk.synth` writes them, on many processes and machines.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from PIL import Image

from sokdok.errors import InputError, require_choice
from sokdok_lab.synth.samples import KINDS, Maker, Materials, Sample

SHARD_SAMPLES = 256  # of a shard; a killed run loses at most so many
ORDER = "order.json"  # what a folder was begun with
MANIFEST = "manifest.jsonl"  # a line for each sample
CARD = "README.md"  # what the dataset is, and its types for `datasets`
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


def check(order: Order) -> None:
    """Raise InputError for an order that can't be made."""
    if order.count < 1:
        raise InputError(f"can't make {order.count} samples: ask for at least one")
    if not 0 <= order.seed < 2**31:
        raise InputError(f"the seed must lie between 0 and {2**31 - 1:,}, not {order.seed}")
    for folder in (order.materials.fonts, order.materials.text):
        if folder is not None and not folder.is_dir():
            raise InputError(f"{folder} is not a folder")
    require_choice("kind", order.kind, KINDS)


def note_of(order: Order) -> str:
    """Write what a folder was begun with."""
    return json.dumps(order.plain(), ensure_ascii=False, indent=2) + "\n"


def require_same(order: Order, note: bytes, folder: str) -> None:
    """Raise InputError unless a folder was begun with this order, as its note says."""
    try:
        begun = json.loads(note)
    except ValueError:
        begun = None
    if not isinstance(begun, dict):
        raise InputError(f"{folder}/{ORDER} is broken; delete the folder or choose another with -o")
    wanted = order.plain()
    if begun != wanted:
        different = ", ".join(name for name in wanted if begun.get(name) != wanted[name])
        raise InputError(f"{folder} was begun with another {different}; choose another folder with -o")


Encoded = tuple[bytes, bytes]  # a picture's file and its truth as JSON


def make_samples(order: Order, make: Maker, indices: Iterable[int]) -> list[Encoded]:
    """Make samples in this process."""
    return [_encode(make(order.seed_of(index)), order.seed_of(index), order.ending) for index in indices]


def archive_of(order: Order, shard: int, samples: Iterable[Encoded]) -> bytes:
    """Make a shard's archive of its samples."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for index, (picture, truth) in zip(order.range_of(shard), samples, strict=True):
            _add(archive, f"{key_of(order, index)}.{order.ending}", picture)
            _add(archive, f"{key_of(order, index)}.json", truth)
    return data.getvalue()


def key_of(order: Order, index: int) -> str:
    """What the files of a sample are called, up to their endings."""
    return f"{order.kind}-{index:09d}"


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o644
    archive.addfile(member, io.BytesIO(content))


def _encode(sample: Sample, seed: int, ending: str) -> Encoded:
    buffer = io.BytesIO()
    image = Image.fromarray(sample.pixels)
    if ending == "jpg":
        image.save(buffer, "JPEG", quality=95, subsampling=0)
    else:
        image.save(buffer, "PNG", compress_level=1)
    truth = {"seed": seed} | sample.truth()
    return buffer.getvalue(), json.dumps(truth, ensure_ascii=False).encode()


def row_of(order: Order, key: str, shard: str, truth: dict[str, Any]) -> str:
    """Write the manifest's line about a sample."""
    brief = {name: truth[name] for name in ("seed", "width", "height", "prompt", "text")}
    return json.dumps({"key": key, "shard": shard, "kind": order.kind} | brief, ensure_ascii=False) + "\n"


def truths_in(file: BinaryIO, name: str) -> Iterator[bytes]:
    """Yield what is true of each sample of an open shard, as JSON. Raises InputError for a broken one."""
    try:
        with tarfile.open(fileobj=file, mode="r|") as archive:
            for member in archive:
                if member.name.endswith(".json") and (part := archive.extractfile(member)):
                    yield part.read()
    except tarfile.TarError as error:
        raise InputError(f"{name} is broken ({error}); delete it and run the same command again") from None
