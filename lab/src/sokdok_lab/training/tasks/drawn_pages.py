"""nano's own training: pages that sokdok draws, stage after stage (LOG.md, 2026-11-24, says how the stages were found).

- Early stages ask for the characters of a page at three depths (`pages.deep`), without the decoder; later ones read.
- The bridge from patches to vision tokens starts as an exact round trip and learns at a small share of the rate.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import torch
from torch import nn

from sokdok.errors import InputError
from sokdok.model.config import NANO, ConfigError, NanoConfig
from sokdok.model.nano.alphabet import Alphabet, default_chars
from sokdok.model.nano.nano import Nano
from sokdok_lab.training.pages import losses
from sokdok_lab.training.pages.deep import DeepHeads
from sokdok_lab.training.pages.samples import PageSampler
from sokdok_lab.training.pages.start import start_from
from sokdok_lab.training.recipe import DrawnPagesRecipe
from sokdok_lab.training.task import Batch, Folders, Outcome, Task, Validation
from sokdok_lab.training.texts.source import TextSource

VALIDATION_SEED = 20_251_018
VALIDATION_KINDS = ("en", "ko", "code", "letters", "syllables")
VALIDATION_PAGES = 2  # pages of each kind in each cell
VALIDATION_SIZE = (256, 256)  # (width, height) of these pages in pixels
VALIDATION_SEGMENT = 256  # reading steps on each of them
BRIDGE = ("net_2.", "net_3.", "vision_model.", "projector.", "to_halves.", "to_patches.")
"""the way from patches to vision tokens and back, which starts as an exact round trip (`Nano._mirror_compressor`)"""


class DrawnPages(Task):
    """Read pages of drawn text: symbols, and moves from one to the next."""

    recipe: DrawnPagesRecipe
    model: Nano

    def __init__(self, recipe: DrawnPagesRecipe, folders: Folders) -> None:
        self.alphabet = Alphabet(default_chars())
        self.source = TextSource(folders.need("corpus"), self.alphabet.chars)
        super().__init__(recipe, build_model(recipe, self.alphabet.classes))
        if recipe.init:
            start_from(self.model, Path(recipe.init))
        self.deep = DeepHeads(self.model)

    @property
    def modules(self) -> dict[str, nn.Module]:
        return {"model": self.model, "deep": self.deep}

    def parameter_groups(self) -> list[dict[str, Any]]:
        """Matrices with weight decay, vectors without, and the bridge, which has a rate of its own."""
        named = [*self.model.named_parameters(), *self.deep.named_parameters()]
        bridge = [p for name, p in named if any(part in name for part in BRIDGE)]
        rest = [p for name, p in named if not any(part in name for part in BRIDGE)]
        return [
            {"params": [p for p in rest if p.ndim >= 2], "weight_decay": self.recipe.weight_decay},
            {"params": [p for p in rest if p.ndim < 2], "weight_decay": 0.0},
            {"params": bridge, "weight_decay": 0.0},
        ]

    def rate_factors(self, step: int) -> list[float]:
        stage, _ = self.recipe.at(step)
        return [1.0, 1.0, stage.bridge_rate]

    def batch(self, step: int) -> Batch:
        """Draw the pages of a step (`pages.samples.PageBatch`)."""
        stage, _ = self.recipe.at(step)
        rng = random.Random(f"{self.recipe.seed}/{step}")
        sampler = PageSampler(self.source, self.alphabet, stage.kinds or self.recipe.kinds, stage.cells)
        return sampler.batch(stage.pages, stage.size, stage.segment or 1, rng).tensors()

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        stage, _ = self.recipe.at(step)
        assert isinstance(model, Nano)
        return losses.compute(model, batch, read=stage.segment > 0, deep=self.deep if stage.deep else None)

    def validate(self, model: nn.Module, step: int) -> Validation:
        """Losses and accuracies on fixed pages, for each kind of text in each cell; text position 0 on."""
        stage, _ = self.recipe.at(step)
        device = next(model.parameters()).device
        assert isinstance(model, Nano)
        results = {}
        for kind in VALIDATION_KINDS:
            for cell in stage.cells:
                rng = random.Random(f"{VALIDATION_SEED}/{kind}/{cell}")
                sampler = PageSampler(self.source, self.alphabet, {kind: 1.0}, {cell: 1.0})
                batch = sampler.batch(VALIDATION_PAGES, VALIDATION_SIZE, VALIDATION_SEGMENT, rng).tensors()
                moved = {name: value.to(device) for name, value in batch.items()}
                results[f"{kind} {cell}"] = losses.compute(model, moved, read=stage.segment > 0).numbers()
        return results


def build_model(recipe: DrawnPagesRecipe, classes: int) -> Nano:
    """Build the model that a recipe describes, nano if it describes none, with the seed's weights.

    Raises InputError if the description is wrong or doesn't fit an alphabet of so many classes.
    """
    torch.manual_seed(recipe.seed)
    try:
        config = NanoConfig.from_dict(recipe.model) if recipe.model else NANO
    except ConfigError as error:
        raise InputError(f"the recipe's model: {error}") from None
    if config.classes != classes:
        raise InputError(f"the model has {config.classes} classes, the alphabet {classes}")
    if config.sam.stem != "conv":
        raise InputError("the recipe's model needs the stem 'conv': deep supervision looks into it")
    try:
        return Nano(config)
    except RuntimeError as error:
        raise InputError(f"the recipe's model has widths that don't fit together: {error}") from None
