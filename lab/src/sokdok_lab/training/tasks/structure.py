"""The structure network: which pieces of a page are one block, one table, what is read next.

- Samples are pages of shards that `python -m sokdok_lab.structure.generate` makes, some as text layers give them, some
  as our own recogniser reads them; of a fresh few shards every `WINDOW` steps, so that shards may be added to a run.
- One engine and 15 of 100 style grammars are never trained on: they are what the network is measured on.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sokdok.errors import InputError, ModelError
from sokdok.imaging.arrays import sigmoid, softmax
from sokdok.layout.structure.decode import Ints, clusters, path_cover, spans
from sokdok.layout.structure.network import FURNITURE, LINKS, ROLE
from sokdok.layout.structure.nodes import Array
from sokdok_lab.structure.features import Sample, batch, sample
from sokdok_lab.structure.generate import read
from sokdok_lab.structure.grammar import held_out
from sokdok_lab.structure.losses import losses, table_nodes, weighted
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
        """Measure on held-out grammars, on those read by our own recogniser, and on a held-out engine."""
        assert isinstance(model, StructureNet)
        found = {name: measured(self.folder, name, self.recipe.measured) for name in MEASURED}
        return {name: scores(model, pages) for name, pages in found.items() if pages}


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


def scores(net: StructureNet, samples: Sequence[Sample]) -> dict[str, float]:
    """Shares and F1 scores over all pages; nodes and pairs count alike wherever they stand."""
    counts: Counter[str] = Counter()
    net.eval()
    with torch.no_grad():
        for item in samples:
            made = batch([item])
            out = net(made)
            _nodes(counts, made, out)
            _pairs(counts, made, out)
            _tables(counts, made, net, out["x"])
    net.train()
    return dict(_ratios(counts))


def _ratios(counts: Counter[str]) -> Iterable[tuple[str, float]]:
    for name in ("role", "level", "goes on", "join", "parent", "caption", "row", "cell", "spanning cell", "table"):
        yield name, counts[f"{name} right"] / max(1, counts[f"{name} all"])
    for name in ("furniture", "block", "successor", "across blocks", "same table", "line"):
        yield f"{name} F1", 2 * counts[f"{name} both"] / max(1, counts[f"{name} said"] + counts[f"{name} true"])


def _right(counts: Counter[str], name: str, said: Tensor, truth: Tensor, asked: Tensor) -> None:
    counts[f"{name} right"] += int((said == truth)[asked].sum())
    counts[f"{name} all"] += int(asked.sum())


def _nodes(counts: Counter[str], made: dict[str, Tensor], out: dict[str, Tensor]) -> None:
    role = out["role"].argmax(-1)
    known = made["unit"] >= 0
    _right(counts, "role", role, made["role"], known)
    levelled = known & ((made["role"] == ROLE["heading"]) | (made["role"] == ROLE["item"]))
    _right(counts, "level", out["level"].argmax(-1), made["level"], levelled)
    _right(counts, "goes on", (out["flags"][..., 0] > 0).long(), made["goes_on"], known & (made["goes_on"] >= 0))
    _right(counts, "join", out["join"].argmax(-1), made["join"], known & (made["join"] >= 0))
    outer = torch.tensor([ROLE[name] for name in sorted(FURNITURE)])
    said, true = torch.isin(role, outer) & known, torch.isin(made["role"], outer) & known
    counts["furniture both"] += int((said & true).sum())
    counts["furniture said"] += int(said.sum())
    counts["furniture true"] += int(true.sum())


def _together(counts: Counter[str], name: str, said: Ints, true: Ints) -> None:
    """Count the pairs that are put together, that should be, and both."""
    for what, numbers in (("said", said[None]), ("true", true[None]), ("both", np.stack([said, true]))):
        sizes = np.unique(numbers, axis=1, return_counts=True)[1]
        counts[f"{name} {what}"] += int((sizes * (sizes - 1) // 2).sum())


def _pairs(counts: Counter[str], made: dict[str, Tensor], out: dict[str, Tensor]) -> None:
    links, none = out["links"][0].float().numpy(), out["none"][0].float().numpy()
    unit = made["unit"][0].numpy()
    texts = np.flatnonzero(unit >= 0)
    for name, key in (("block", "unit"), ("line", "line")):
        found = clusters(sigmoid(links[LINKS.index(key)][np.ix_(texts, texts)]))
        _together(counts, name, found, made[key][0].numpy()[texts])
    table = made["table"][0].numpy()[texts]
    if (inside := table >= 0).any():
        found = clusters(sigmoid(links[LINKS.index("table")][np.ix_(texts[inside], texts[inside])]))
        _together(counts, "same table", found, table[inside])
    chosen = softmax(np.concatenate([links[LINKS.index("successor")][np.ix_(texts, texts)], none[texts, :1]], 1))
    said_after = path_cover(chosen[:, :-1], chosen[:, -1])
    said_after = np.where(said_after >= 0, texts[said_after], -1)
    after = made["successor"][0].numpy()[texts]
    counts["successor both"] += int(((said_after == after) & (after >= 0)).sum())
    counts["successor said"] += int((said_after >= 0).sum())
    counts["successor true"] += int((after >= 0).sum())
    leaving = (after >= 0) & (unit[np.maximum(after, 0)] != unit[texts])
    said_leaving = (said_after >= 0) & (unit[np.maximum(said_after, 0)] != unit[texts])
    counts["across blocks both"] += int(((said_after == after) & leaving).sum())
    counts["across blocks said"] += int(said_leaving.sum())
    counts["across blocks true"] += int(leaving.sum())
    for at, (name, key, owner, role) in enumerate(
        (("parent", "parent", "unit", "item"), ("caption", "target", "object", "caption")), 1
    ):
        asked = np.flatnonzero((made["role"][0].numpy() == ROLE[role]) & (unit >= 0))
        for index in asked.tolist():
            row = links[LINKS.index(name), index]
            best = int(row.argmax())
            said_owner = int(made[owner][0, best]) if row[best] > none[index, at] else -1
            counts[f"{name} right"] += said_owner == int(made[key][0, index])
            counts[f"{name} all"] += 1


def _tables(counts: Counter[str], made: dict[str, Tensor], net: StructureNet, x: Tensor) -> None:
    found = table_nodes(x, made, made["table"])
    if found is None:
        return
    nodes, picked = found
    covers = sigmoid(net.grid(nodes, picked["place"], picked["cell"], picked["table"])[0].float().numpy())
    table, span, place = picked["table"][0].numpy(), picked["span"][0].numpy(), picked["place"][0].numpy()
    for value in np.unique(table[table >= 0]):
        mine = np.flatnonzero(table == value)
        rows = spans(covers[0][np.ix_(mine, mine)], place[mine, 3])
        columns = spans(covers[1][np.ix_(mine, mine)], (place[mine, 0] + place[mine, 2]) / 2)
        said = np.concatenate([rows, columns], 1)
        right = (said == span[mine]).all(1)
        wide = (span[mine, 0] != span[mine, 1]) | (span[mine, 2] != span[mine, 3])
        counts["row right"] += int((said[:, :2] == span[mine, :2]).all(1).sum())
        counts["row all"] += len(mine)
        counts["cell right"] += int(right.sum())
        counts["cell all"] += len(mine)
        counts["spanning cell right"] += int((right & wide).sum())
        counts["spanning cell all"] += int(wide.sum())
        counts["table right"] += bool(right.all())
        counts["table all"] += 1
