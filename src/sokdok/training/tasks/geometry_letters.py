"""Training of the small net that tells characters of geometry figures apart, from squares cut out of fresh figures.

    fit(LetterNet(len(CHARS)), make_batch(fonts), loss, Path("runs/letters"), steps=3000)

Squares are cut a little off the middle and in a slightly wrong size, as the geometry net finds characters.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.figures.geometry.read.letters import contrast, squares
from sokdok.model.nano.formats.geometry import CHARS
from sokdok.synth.geometry.maker import GeometryMaker
from sokdok.synth.pages.fonts import FontBook
from sokdok.training.nets import Batch
from sokdok.training.tasks.geometry import ALIKE, SIDES, STRAYS

FIGURES = 6
"""of a batch; some twenty characters each"""
SHIFT, STRETCH = 0.08, 0.15
"""standard deviations: ems that a square lies aside, and of the logarithm of its size"""


def make_batch(fonts: Path) -> Callable[[int], Batch]:
    """What makes the batch of a number."""
    return partial(_make_batch, GeometryMaker(FontBook(fonts), SIDES, STRAYS))


def _make_batch(maker: GeometryMaker, number: int) -> Batch:
    rng = random.Random(f"letters {number}")
    found = [_characters(maker, rng) for _ in range(FIGURES)]
    pixels, codes = (np.concatenate(part) for part in zip(*found, strict=True))
    return {"pixels": torch.from_numpy(pixels), "codes": torch.from_numpy(codes)}


def _characters(maker: GeometryMaker, rng: random.Random) -> tuple[np.ndarray, np.ndarray]:
    """Squares (N, 1, 24, 24) of a figure's characters and their codes (N,)."""
    figure = maker.figure(rng.getrandbits(48))
    chars = [char for label in figure.labels for char in label.chars]
    codes = np.array([CHARS.index(ALIKE.get(char, char)) for char, *_ in chars], np.int64)
    middles = [complex(x + em * rng.gauss(0, SHIFT), y + em * rng.gauss(0, SHIFT)) for _, x, y, em in chars]
    ems = np.array([em * 2 ** rng.gauss(0, STRETCH) for *_, em in chars])
    ink = contrast(figure.pixels, figure.pixels[0, 0])
    return squares(ink, np.array(middles, complex), ems), codes


def loss(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
    """Cross-entropy, and the share of characters told right."""
    logits = model(batch["pixels"]).float().flatten(1)
    right = (logits.argmax(1) == batch["codes"]).float().mean()
    return {"code": F.cross_entropy(logits, batch["codes"]), "right?": right}
