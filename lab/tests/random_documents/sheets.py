"""Documents of random drawings, written operator by operator: forms, layers, annotations, masks, odd type."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterable, Iterator
from html import unescape
from pathlib import Path

from fakes.sight import SEEN, UNSEEN, words_of
from fakes.sight.sheet import Placed, write_pages
from random_documents.words import Made, Words

PITCH = 150  # points from a drawing to the next: what one covers reaches no line of another
ALONE = frozenset({"upright type", "off the page", "beside the page", "cropped away"})
"""drawings that are not of their place"""


def write_documents(seeds: Iterable[str]) -> Iterator[Made]:
    """Write a document for each seed."""
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            rng = random.Random(seed)
            words = Words(rng)
            pages = [_page(words, rng.sample(range(400), 10)) for _ in range(rng.choice([1, 1, 2]))]
            yield Made(write_pages(Path(folder) / "a.pdf", pages, (595, 842), b"0 0 595 842").read_bytes(), words)


def _page(words: Words, numbers: list[int]) -> list[Placed]:
    placed = []
    for at in range(words.rng.randint(2, 5)):
        drawings, noted = (SEEN, words.seen) if words.rng.random() < 0.6 else (UNSEEN, words.hidden)
        name = words.rng.choice([name for name in drawings if name not in ALONE])
        said = words_of(numbers[at])
        noted.append((name, said))
        words.kind = "caption"
        caption = (
            unescape(words.phrase(4, 9)).encode("ascii", "ignore").decode().translate({40: None, 41: None, 92: None})
        )
        up = 842 - 110 - PITCH * (at + 1)
        placed.append(Placed(drawings[name], said, caption, words.rng.randint(-40, 180), up))
    return placed
