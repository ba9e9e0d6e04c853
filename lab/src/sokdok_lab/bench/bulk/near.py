"""What it takes to find the near duplicates of a corpus: time and memory, on documents made for it."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from sokdok.bulk.quality.near import Signatures, Signer, find, from_bytes, to_bytes
from sokdok.bulk.quality.recipe import Recipe

SLICE = 10_000  # documents
WORDS = 30_000  # in the vocabulary
LENGTH = (40, 120)  # words of a document
_LETTERS = str.maketrans("0123456789", "ghijklmnop")
COPIES = 0.1  # share of documents that are one before them with a word changed


@dataclass(frozen=True)
class Measured:
    """One run."""

    documents: int
    workers: int
    planted: int  # copies
    found: int  # documents that were dropped
    sign_s: float  # making the documents included
    compare_s: float
    peak_mb: float  # of the largest process


def measure(documents: int, workers: int, recipe: Recipe) -> Measured:
    """Sign so many short documents in slices by `workers` processes, then compare all."""
    begun = time.monotonic()
    with TemporaryDirectory(prefix="sokdok-bench-near-") as folder:
        jobs = [(folder, first, min(SLICE, documents - first), recipe) for first in range(0, documents, SLICE)]
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
            planted = sum(pool.map(_sign, jobs))
        signed = time.monotonic()
        paths = sorted(Path(folder).glob("*.npy"))
        found = find(_load(paths), scratch=Path(folder))
        compared = time.monotonic()
    dropped = int((found.firsts != np.arange(documents)).sum())
    return Measured(documents, workers, planted, dropped, signed - begun, compared - signed, _peak_mb())


def texts(first: int, count: int) -> Iterator[tuple[str, bool]]:
    """Made documents, the same every time, and whether each is a copy of one of its slice."""
    chance = np.random.default_rng(first)
    made: list[list[str]] = []
    for _ in range(count):
        copy = bool(made) and chance.random() < COPIES
        if copy:
            words = list(made[chance.integers(len(made))])
            words[chance.integers(len(words))] = "changed"
        else:
            size = chance.integers(*LENGTH)
            words = [_word(number) for number in (WORDS * chance.random(size) ** 3).astype(int).tolist()]
        made.append(words)
        yield " ".join(words), copy


def _word(number: int) -> str:
    """The word of a number, in letters: digits are all alike to signatures."""
    return f"{number:x}".translate(_LETTERS)


def _sign(job: tuple[str, int, int, Recipe]) -> int:
    folder, first, count, recipe = job
    signer, copies = Signer(recipe), 0
    for text, copy in texts(first, count):
        signer.add(text)
        copies += copy
    (Path(folder) / f"{first:012}.npy").write_bytes(to_bytes(signer.signatures()))
    return copies


def _load(paths: list[Path]) -> Iterator[Signatures]:
    for path in paths:
        yield from_bytes(path.read_bytes())


def _peak_mb() -> float:
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)
