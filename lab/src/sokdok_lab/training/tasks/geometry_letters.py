"""nano's small net that tells characters of geometry figures apart, from squares cut out of fresh figures.

Squares are cut a little off the middle and in a slightly wrong size, as the geometry net finds characters.
"""

from __future__ import annotations

import random

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from sokdok.figures.geometry.read.labels import contrast, squares
from sokdok.model.nano.formats.geometry import CHARS
from sokdok_lab.synth.geometry.maker import GeometryMaker
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.training.recipe import GeometryLettersRecipe
from sokdok_lab.training.task import Batch, Folders, Outcome, Task, start_net
from sokdok_lab.training.tasks.geometry import SAME_CHARS

NET = "geometry_letters"
SHIFT_DEVIATION_EM = 0.08  # standard deviation of a square's middle, each way
SIZE_DEVIATION = 0.15  # standard deviation of the binary logarithm of a square's size


class GeometryLettersTask(Task):
    """Tell the characters of figures apart."""

    recipe: GeometryLettersRecipe

    def __init__(self, recipe: GeometryLettersRecipe, folders: Folders) -> None:
        book = FontBook(folders.need("fonts"))
        net = start_net(recipe, NET)
        super().__init__(recipe, net.to(memory_format=torch.channels_last))  # type: ignore[call-overload]
        self.maker = GeometryMaker(book, recipe.sides_px, recipe.strays)

    def batch(self, step: int) -> Batch:
        """Cut the characters of some figures: `pixels` (N, 1, 24, 24) float32 and their `codes` (N,)."""
        rng = random.Random(f"letters {self.recipe.seed} {step}")
        found = [self._characters(rng) for _ in range(self.recipe.figures)]
        pixels, codes = (np.concatenate(part) for part in zip(*found, strict=True))
        return {"pixels": torch.from_numpy(pixels), "codes": torch.from_numpy(codes)}

    def _characters(self, rng: random.Random) -> tuple[np.ndarray, np.ndarray]:
        """Cut squares (N, 1, 24, 24) of a figure's characters; their codes (N,)."""
        figure = self.maker.figure(rng.getrandbits(48))
        chars = [char for label in figure.labels for char in label.chars]
        codes = np.array([CHARS.index(SAME_CHARS.get(char, char)) for char, *_ in chars], np.int64)
        deviation = SHIFT_DEVIATION_EM
        middles = [complex(x + em * rng.gauss(0, deviation), y + em * rng.gauss(0, deviation)) for _, x, y, em in chars]
        ems = np.array([em * 2 ** rng.gauss(0, SIZE_DEVIATION) for *_, em in chars])
        ink = contrast(figure.pixels, figure.pixels[0, 0])
        return squares(ink, np.array(middles, complex), ems), codes

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        return loss(model, batch)


def loss(model: nn.Module, batch: Batch) -> Outcome:
    """Ask a net for the characters of a batch: cross-entropy, and the share that is right."""
    logits = model(batch["pixels"]).float().flatten(1)
    right = (logits.argmax(1) == batch["codes"]).float().mean()
    return Outcome({"code": F.cross_entropy(logits, batch["codes"])}, {"code_accuracy": right})
