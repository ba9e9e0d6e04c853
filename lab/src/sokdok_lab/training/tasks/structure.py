"""The structure network: which pieces of a page are one block, one table, what is read next.

- Samples are pages of shards that `python -m sokdok_lab.structure.generate` makes, some as text layers give them, some
  as our own recogniser reads them; of a fresh few shards every `WINDOW` steps, so that shards may be added to a run.
- One engine and 15 of 100 style grammars are never trained on: they are what the network is measured on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import torch
from torch import nn

from sokdok.errors import InputError, ModelError
from sokdok.layout.structure.nodes import Array
from sokdok_lab.structure.features import Sample, batch, sample
from sokdok_lab.structure.generate import read
from sokdok_lab.structure.grammar import held_out
from sokdok_lab.structure.losses import losses, weighted
from sokdok_lab.structure.model import Size, StructureNet
from sokdok_lab.structure.truth import breaks_in_cells
from sokdok_lab.structure.weights import load
from sokdok_lab.training.checkpoint import CHECKPOINT, load_average
from sokdok_lab.training.recipe import Count, Recipe
from sokdok_lab.training.task import Batch, Folders, Outcome, Task, Validation

HELD_OUT_ENGINES = ("latex",)
WINDOW = 128  # steps that take their pages from the same few shards
SHARDS = 6  # of a window
CHOICE = 3  # times as many pages as a batch has, the next smaller ones, among which its own are chosen
MEASURED: dict[str, Callable[[str, int], bool]] = {  # by the shard's name and the grammar
    "grammars": lambda name, grammar: (
        not name.startswith(HELD_OUT_ENGINES) and "_read" not in name and held_out(grammar)
    ),
    "read": lambda name, grammar: "_read" in name and held_out(grammar),
    "engine": lambda name, grammar: name.startswith(HELD_OUT_ENGINES) and "_read" not in name,
}


class StructureRecipe(Recipe, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="structure"):
    """What the structure network learns from."""

    pairs: Count = 80_000  # of nodes in a batch: its pages times the square of the nodes of the largest
    width: Count = 96  # of the network
    measured: Count = 200  # pages of each kind that a validation takes
    tables_alone: bool = False  # teach the layers of tables, on pages that have some; the others stay as they are


class StructureTask(Task):
    """Say of a page's pieces what they are and how they belong together."""

    recipe_type = StructureRecipe
    recipe: StructureRecipe
    half_precision = False  # its products are small: slower so

    def __init__(self, recipe: StructureRecipe, folders: Folders) -> None:
        self.folder = folders.need("pages")
        if not shards(self.folder):
            raise InputError(f"{self.folder} holds no pages; python -m sokdok_lab.structure.generate makes some")
        super().__init__(recipe, _start(recipe))

    def batch(self, step: int) -> Batch:
        """Choose a page and others that are a little smaller: the arrays of `structure.features.batch`."""
        random = np.random.default_rng([self.recipe.seed, step])
        pages = _pages(self.folder, self.recipe.seed, step // WINDOW, self.recipe.tables_alone)
        largest = int(random.integers(len(pages)))
        count = max(1, self.recipe.pairs // len(pages[largest]["kind"]) ** 2)
        near = random.permutation(pages[max(0, largest + 1 - CHOICE * count) : largest + 1])[:count]
        return batch([sample(page, random) for page in near])

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        assert isinstance(model, StructureNet)
        return Outcome(weighted(losses(model, batch, self.recipe.tables_alone)))

    def validate(self, model: nn.Module, step: int) -> Validation:
        """Losses on pages of held-out grammars, on those that our own recogniser read, and on a held-out engine.

        What becomes of their blocks, their order and their tables, `lab/scripts/structure_held_out.py` says of the
        graphs that are made of the net, decoded as the product does it.
        """
        assert isinstance(model, StructureNet)
        found = {name: measured(self.folder, name, self.recipe.measured) for name in MEASURED}
        return {name: mean_losses(model, pages) for name, pages in found.items() if pages}


def _start(recipe: StructureRecipe) -> StructureNet:
    """A net with the seed's weights, or those of a file or of another run."""
    torch.manual_seed(recipe.seed)
    net = StructureNet(Size(width=recipe.width))
    if recipe.init is None:
        return net
    path = Path(recipe.init)
    if (path / CHECKPOINT).is_file():
        load_average(path, net)
    elif path.suffix == ".safetensors" and path.is_file():
        net = load(path)[0].train()
    else:
        raise ModelError(f"can't start from {path}: it is neither the folder of a training run nor a .safetensors file")
    return net


def shards(folder: Path) -> list[Path]:
    """The shards of a folder that are whole."""
    return sorted(path for path in folder.glob("*-*.npz") if not path.name.endswith(".part.npz"))


def whole(path: Path) -> list[dict[str, Array]]:
    """Pages of a shard whose tables have each cell in one place."""
    return [page for page in read(path) if not breaks_in_cells(page)]


@lru_cache(1)
def _pages(folder: Path, seed: int, window: int, tables: bool = False) -> Any:
    """Pages of a few shards by size, none of them held out, or those with `tables`; an array of dictionaries."""
    random = np.random.default_rng([seed, window, 1])
    paths = [path for path in shards(folder) if not path.name.startswith(HELD_OUT_ENGINES)]
    chosen = random.choice(len(paths), min(SHARDS, len(paths)), replace=False)
    pages = [page for at in chosen for page in whole(paths[at]) if not held_out(int(page["facts"][1]))]
    pages = [page for page in pages if not tables or (page["table"] >= 0).any()]
    pages.sort(key=lambda page: len(page["kind"]))
    out = np.empty(len(pages), object)
    out[:] = pages
    return out


def measured(folder: Path, which: str, most: int) -> list[Sample]:
    """Samples of pages that are not trained on, a few of each shard."""
    wanted = [
        [page for page in whole(path) if MEASURED[which](path.name, int(page["facts"][1]))]
        for path in shards(folder)
        if any(MEASURED[which](path.name, grammar) for grammar in (3, 4))
    ]
    share = math.ceil(most / max(1, len(wanted)))
    return [sample(page, None) for pages in wanted for page in pages[:share]][:most]


def mean_losses(net: StructureNet, samples: Sequence[Sample]) -> dict[str, float]:
    """Losses by head, each the mean over the pages that ask for it."""
    device = next(net.parameters()).device
    batches = ({name: value.to(device) for name, value in batch([item]).items()} for item in samples)
    with torch.no_grad():
        parts = [losses(net, made) for made in batches]
    names = dict.fromkeys(chain.from_iterable(parts))
    return {name: fmean(float(part[name]) for part in parts if name in part) for name in names}
