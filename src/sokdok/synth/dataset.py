"""Samples in the layout that trainers read: WebDataset shards, a JSONL manifest, and a card for `datasets`.

- The bytes depend on kind, number, seed, fonts and text alone, not on how many processes work or how often they were
  killed: a sample follows from its own seed, and archives carry neither dates nor owners.
- A shard appears under its name when it is whole; the manifest and the card come last, from what the shards hold.
- A folder remembers what it was begun with, so that the same call goes on and any other is refused.
"""

from __future__ import annotations

import errno
import io
import json
import multiprocessing
import tarfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from PIL import Image

from sokdok.errors import InputError, SokdokError, require_choice
from sokdok.files import make_folder, new_text_file, replacing
from sokdok.synth.card import Schema, card
from sokdok.synth.samples import KINDS, Maker, Materials, Sample, maker

SHARD_SAMPLES = 256
"""of a shard; a killed run loses at most so many"""
ORDER = "order.json"
"""what a folder was begun with"""
MANIFEST = "manifest.jsonl"
"""a line for each sample"""
CARD = "README.md"
"""what the dataset is, and its types for `datasets`"""
_FORMATS = {"page": "jpg", "handwriting": "jpg"}
"""scans are noisy, and take seven times as long as PNG; drawings are kept exactly"""
_CHUNK_SAMPLES = 8
"""that a process makes at a time"""


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

    def path(self, folder: Path, shard: int) -> Path:
        """Name a shard's file."""
        return folder / f"{self.kind}-{shard:06d}.tar"


def write_dataset(order: Order, folder: Path, jobs: int, advance: Callable[[int], None] = lambda samples: None) -> int:
    """Write what the order lacks in `folder`, on `jobs` processes; return how many samples were made.

    advance: called with the number of samples done, those found from an earlier run included. Raises InputError for an
    order that can't be made or a folder that holds something else, SokdokError for a full disk.
    """
    _check(order)
    _claim(order, folder)
    missing = [shard for shard in range(order.shards) if not order.path(folder, shard).exists()]
    advance(order.count - sum(len(order.range_of(shard)) for shard in missing))
    with _one_line_if_full(folder):
        made = _write_shards(order, folder, missing, jobs, advance) if missing else 0
        if missing or not (folder / MANIFEST).exists():
            _summarise(order, folder)
    return made


def _check(order: Order) -> None:
    """Raise InputError for an order that can't be made."""
    if order.count < 1:
        raise InputError(f"can't make {order.count} samples: ask for at least one")
    if not 0 <= order.seed < 2**31:
        raise InputError(f"the seed must lie between 0 and {2**31 - 1:,}, not {order.seed}")
    for folder in (order.materials.fonts, order.materials.text):
        if folder is not None and not folder.is_dir():
            raise InputError(f"{folder} is not a folder")
    require_choice("kind", order.kind, KINDS)


def _claim(order: Order, folder: Path) -> None:
    """Make the folder, or see that it was begun with the same order."""
    make_folder(folder)
    wanted = json.loads(json.dumps(asdict(order), default=lambda path: str(path.resolve())))
    note = folder / ORDER
    if note.exists():
        begun = _read_order(note)
        if begun != wanted:
            different = ", ".join(name for name in wanted if begun.get(name) != wanted[name])
            raise InputError(f"{folder} was begun with another {different}; choose another folder with -o")
    elif any(folder.iterdir()):
        raise InputError(f"{folder} is not empty and holds no dataset of ours; choose another folder with -o")
    else:
        with _one_line_if_full(folder):
            _write_text(note, json.dumps(wanted, ensure_ascii=False, indent=2) + "\n")


def _read_order(note: Path) -> dict[str, Any]:
    try:
        begun = json.loads(note.read_text(encoding="utf-8"))
    except ValueError:
        begun = None
    if not isinstance(begun, dict):
        raise InputError(f"{note} is broken; delete the folder or choose another with -o")
    return begun


@contextmanager
def _one_line_if_full(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise SokdokError(
            f"the disk of {folder} is full; make room and run the same command again: it goes on from there"
        ) from None


def _write_shards(order: Order, folder: Path, shards: list[int], jobs: int, advance: Callable[[int], None]) -> int:
    """Write shards one after the other; return how many samples they hold."""
    indices = [index for shard in shards for index in order.range_of(shard)]
    samples = _make_all(order, indices, min(jobs, -(-len(indices) // _CHUNK_SAMPLES)))
    for shard in shards:
        with (
            replacing(order.path(folder, shard)) as temporary,
            tarfile.open(temporary, "w", format=tarfile.USTAR_FORMAT) as archive,
        ):
            for index, (picture, truth) in zip(order.range_of(shard), samples, strict=False):
                _add(archive, f"{order.kind}-{index:09d}.{order.ending}", picture)
                _add(archive, f"{order.kind}-{index:09d}.json", truth)
                advance(1)
    return len(indices)


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o644
    archive.addfile(member, io.BytesIO(content))


Encoded = tuple[bytes, bytes]
"""a picture's file and its truth as JSON"""
_make: Maker
_order: Order


def _make_all(order: Order, indices: list[int], jobs: int) -> Iterator[Encoded]:
    """Yield the samples in order, made a few chunks ahead of the writer."""
    chunks = iter([indices[i : i + _CHUNK_SAMPLES] for i in range(0, len(indices), _CHUNK_SAMPLES)])
    if jobs < 2:
        _start(order)
        for chunk in chunks:
            yield from _make_chunk(chunk)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _start, (order,)) as pool:
        waiting: deque[Future[list[Encoded]]] = deque(pool.submit(_make_chunk, c) for c in islice(chunks, 4 * jobs))
        try:
            while waiting:
                yield from waiting.popleft().result()
                waiting.extend(pool.submit(_make_chunk, chunk) for chunk in islice(chunks, 1))
        finally:
            pool.shutdown(cancel_futures=True)


def _start(order: Order) -> None:
    """Load what a process needs, once."""
    global _make, _order
    _make, _order = maker(order.kind, order.materials), order


def _make_chunk(indices: list[int]) -> list[Encoded]:
    return [_encode(_make(_order.seed_of(index)), _order.seed_of(index), _order.ending) for index in indices]


def _encode(sample: Sample, seed: int, ending: str) -> Encoded:
    buffer = io.BytesIO()
    image = Image.fromarray(sample.pixels)
    if ending == "jpg":
        image.save(buffer, "JPEG", quality=95, subsampling=0)
    else:
        image.save(buffer, "PNG", compress_level=1)
    truth = {"seed": seed} | sample.truth()
    return buffer.getvalue(), json.dumps(truth, ensure_ascii=False).encode()


def _summarise(order: Order, folder: Path) -> None:
    """Write the card, and last of all the manifest, from what the shards hold."""
    schema = Schema()
    with new_text_file(folder / MANIFEST) as file:
        for shard in range(order.shards):
            path = order.path(folder, shard)
            for key, truth in _truths(path):
                schema.see(truth)
                brief = {name: truth[name] for name in ("seed", "width", "height", "prompt", "text")}
                row = {"key": key, "shard": path.name, "kind": order.kind} | brief
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        _write_text(folder / CARD, card(order.kind, order.count, order.seed, order.shards, order.ending, schema))


def _truths(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield key and truth of each sample of a shard. Raises InputError for a broken one."""
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.name.endswith(".json") and (file := archive.extractfile(member)):
                    yield member.name.removesuffix(".json"), json.load(file)
    except (tarfile.TarError, ValueError) as error:
        raise InputError(f"{path} is broken ({error}); delete it and run the same command again") from None


def _write_text(path: Path, text: str) -> None:
    with new_text_file(path) as file:
        file.write(text)
