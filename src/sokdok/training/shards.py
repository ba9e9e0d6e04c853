"""Windows on disk: one process draws them, another learns from them, and neither waits for the other.

- A shard is a file of SHARD windows. The drawing process keeps the newest ones; the learning process draws its batches
  from all that are there, so that a slow drawer means windows seen twice, never a learner that waits.
- What is cheap and changes a window's looks is done anew whenever it is drawn (`worn`).
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import Tensor

from sokdok.model.alphabet import Alphabet
from sokdok.model.row_format import HEIGHT, PITCH
from sokdok.reading.nano.lines.row_image import stretch
from sokdok.training.windows import MOST, WIDTH, Window

SHARD = 1024
"""windows in a file"""
_CUT = 8
"""stretches of a window that its edges may cut"""
_RECORD = np.dtype(
    [
        ("ink", np.uint8, (HEIGHT, WIDTH)),
        ("count", np.int32),
        ("symbols", np.int32, (MOST,)),
        ("spans", np.float32, (MOST, 2)),
        ("unknown", np.float32, (_CUT, 2)),
    ]
)


def record(windows: list[Window]) -> np.ndarray:
    """Windows as an array of records."""
    out = np.zeros(len(windows), _RECORD)
    for row, window in zip(out, windows, strict=True):
        count, cuts = len(window.symbols), min(_CUT, len(window.unknown))
        row["ink"], row["count"] = window.ink, count
        row["symbols"][:count], row["spans"][:count] = window.symbols, window.spans
        row["unknown"][:cuts] = window.unknown[:cuts]
    return out


def write_shards(windows: Iterator[Window], folder: Path, keep: int) -> Iterator[Path]:
    """Write shard after shard, and drop all but the newest `keep`."""
    folder.mkdir(parents=True, exist_ok=True)
    number = max((int(path.stem) for path in folder.glob("*.npy")), default=-1) + 1
    while True:
        path = folder / f"{number:06d}.npy"
        with path.with_suffix(".tmp").open("wb") as file:
            np.save(file, record(list(islice(windows, SHARD))))
        path.with_suffix(".tmp").replace(path)
        for old in sorted(folder.glob("*.npy"))[:-keep]:
            old.unlink()
        number += 1
        yield path


class Shards:
    """Batches from the shards of a folder, of which the newest are drawn from most."""

    def __init__(self, folder: Path, alphabet: Alphabet, size: int, seed: int) -> None:
        self.folder, self.alphabet, self.size = folder, alphabet, size
        self.rng = random.Random(f"shards {seed}")
        self.open: dict[str, np.ndarray] = {}

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        number = 0
        while True:
            if number % 200 == 0:
                self._look()
            number += 1
            yield batch_of(self._rows(), self.alphabet, self.rng)

    def _look(self) -> None:
        names = {path.name for path in self.folder.glob("*.npy")}
        self.open = {name: held for name, held in self.open.items() if name in names}
        for name in sorted(names - self.open.keys()):
            self.open[name] = np.load(self.folder / name, mmap_mode="r")

    def _rows(self) -> np.ndarray:
        rng, shards = self.rng, list(self.open.values())
        newest = shards[-max(1, len(shards) // 8) :]
        chosen = (rng.choice(newest if rng.random() < 0.3 else shards) for _ in range(self.size))
        return np.stack([shard[rng.randrange(len(shard))] for shard in chosen])


def batch_of(rows: np.ndarray, alphabet: Alphabet, rng: random.Random | None) -> dict[str, Tensor]:
    """What `training.recogniser` takes, from records; worn anew unless `rng` is None."""
    length = int(rows["count"].max())
    real = np.arange(length) < rows["count"][:, None]
    triples = alphabet.encode(np.where(real, rows["symbols"][:, :length], ord(" ")).ravel()).reshape(*real.shape, 3)
    at = PITCH * (np.arange(WIDTH // PITCH, dtype=np.float32) + 0.5)
    cuts = rows["unknown"]
    known = ~((at >= cuts[..., :1]) & (at < cuts[..., 1:])).any(1)
    ink = np.stack([stretch(worn(row, rng)) if rng else stretch(row) for row in rows["ink"]])
    batch = {
        "pixels": ink[:, None],
        "first": triples[..., 0],
        "vowel": triples[..., 1],
        "final": triples[..., 2],
        "spans": rows["spans"][:, :length] / PITCH,
        "real": real,
        "known": known,
    }
    return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in batch.items()}


def worn(ink: np.ndarray, rng: random.Random) -> np.ndarray:
    """Ink (32, W) uint8 with a little more of what happens to prints: another each time, in a fraction of a ms."""
    x: np.ndarray = ink
    if rng.random() < 0.1:
        x = np.asarray(Image.fromarray(x).filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.9))))
    if rng.random() < 0.08:
        scale = rng.uniform(0.35, 0.8)
        small = Image.fromarray(x).resize((round(x.shape[1] * max(scale, 0.5)), round(HEIGHT * scale)))
        x = np.asarray(small.resize((x.shape[1], HEIGHT), Image.Resampling.BILINEAR))
    if rng.random() < 0.06:
        buffer = io.BytesIO()
        Image.fromarray(x).save(buffer, "JPEG", quality=rng.randint(15, 70))
        x = np.asarray(Image.open(buffer))
    y: np.ndarray = x.astype(np.float32)
    if rng.random() < 0.15:
        power = rng.uniform(0.6, 1.6)
        y = 255 * (y / 255) ** power
    if rng.random() < 0.15:
        y += np.linspace(rng.uniform(-30, 30), rng.uniform(-30, 30), y.shape[1], dtype=np.float32)
    if rng.random() < 0.15:
        noise = np.random.default_rng(rng.getrandbits(64))
        y += rng.uniform(2, 18) * noise.standard_normal(y.shape, np.float32)
    if rng.random() < 0.12:
        y = 255 - y
    if rng.random() < 0.3:
        y = np.roll(y, rng.choice([-1, 1]), 0)
    return np.clip(y, 0, 255)
