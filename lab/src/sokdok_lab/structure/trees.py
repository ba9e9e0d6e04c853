"""The bar: gradient-boosted trees on the same features, a node or a pair at a time.

Run `python -m sokdok_lab.structure.trees PAGES`: roles from a node and its nearest neighbours, same block and successor
from pairs of nodes, decoded and scored as the network's.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import lightgbm
import numpy as np
import torch
from numpy.typing import NDArray

from sokdok_lab.structure.decode import linked, pair_scores, path_cover
from sokdok_lab.structure.features import Sample, sample
from sokdok_lab.structure.model import pair_numbers
from sokdok_lab.structure.train import HELD_OUT_ENGINES, is_held_out, measured, whole
from sokdok_lab.structure.tree import FURNITURE, ROLE, ROLES

NEAR = 16  # nodes that each node is paired with, the nearest
PARAMETERS = {
    "num_leaves": 63,
    "learning_rate": 0.12,
    "min_data_in_leaf": 40,
    "verbosity": -1,
    "num_threads": 1,
    "feature_fraction": 0.6,
    "max_bin": 63,
}
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


def _near(item: Sample, texts: Ints) -> tuple[Ints, Floats]:
    """The nearest texts of each text, and the pair numbers of all."""
    place, cell = (torch.from_numpy(value[texts])[None] for value in (item.place, item.cell))
    pairs = pair_numbers(place, cell)[0].numpy()
    x0, y0, x1, y1, _ = item.place[texts].T
    across = np.maximum(x0[None] - x1[:, None], x0[:, None] - x1[None]).clip(0)
    down = np.maximum(y0[None] - y1[:, None], y0[:, None] - y1[None]).clip(0)
    far = across + 2 * down
    np.fill_diagonal(far, np.inf)
    return np.argsort(far, axis=1)[:, :NEAR].astype(np.int64), pairs


def node_rows(item: Sample, texts: Ints) -> Floats:
    """Numbers and letters of each text, and those of its two nearest."""
    near, _ = _near(item, texts)
    own = np.concatenate([item.numbers, item.letters, item.hash[:, None]], 1)[texts]
    padded = np.pad(near, ((0, 0), (0, max(0, 2 - near.shape[1]))))[:, :2]
    return np.concatenate([own, *(own[padded[:, k]] for k in range(2))], 1).astype(np.float32)


def pair_rows(item: Sample, texts: Ints) -> tuple[Floats, Ints, Ints]:
    """Numbers of pairs, with the first's and second's index among the texts."""
    near, pairs = _near(item, texts)
    first = np.repeat(np.arange(len(texts)), near.shape[1])
    second = near.ravel()
    own = np.concatenate([item.numbers, item.letters], 1)[texts]
    return np.concatenate([pairs[first, second], own[first], own[second]], 1).astype(np.float32), first, second


def fit(samples: Sequence[Sample], rounds: int) -> dict[str, lightgbm.Booster]:
    """Train a model for roles, one for same block and one for successors."""
    nodes, roles, pairs, same, after = [], [], [], [], []
    for item in samples:
        texts = np.flatnonzero(item.truth["unit"] >= 0)
        if len(texts) < 3:
            continue
        nodes.append(node_rows(item, texts))
        roles.append(item.truth["role"][texts])
        rows, first, second = pair_rows(item, texts)
        unit = item.truth["unit"][texts]
        pairs.append(rows)
        same.append(unit[first] == unit[second])
        after.append(item.truth["successor"][texts][first] == texts[second])
    made = {}
    numbers, wide = np.concatenate(nodes), np.concatenate(pairs)
    made["role"] = lightgbm.train(
        {**PARAMETERS, "objective": "multiclass", "num_class": len(ROLES)},
        lightgbm.Dataset(numbers, np.concatenate(roles)),
        rounds // 2,
    )
    for name, truth in (("unit", same), ("successor", after)):
        made[name] = lightgbm.train(
            {**PARAMETERS, "objective": "binary"}, lightgbm.Dataset(wide, np.concatenate(truth).astype(int)), rounds
        )
    return made


def scores(models: dict[str, lightgbm.Booster], samples: Sequence[Sample]) -> dict[str, float]:
    """Role accuracy, and F1 of furniture, same block and successors."""
    counts: Counter[str] = Counter()
    outer = [ROLE[name] for name in FURNITURE]
    for item in samples:
        texts = np.flatnonzero(item.truth["unit"] >= 0)
        if len(texts) < 3:
            continue
        role = np.asarray(models["role"].predict(node_rows(item, texts))).argmax(1)
        truth = item.truth["role"][texts]
        counts["role right"] += int((role == truth).sum())
        counts["role all"] += len(texts)
        said, true = np.isin(role, outer), np.isin(truth, outer)
        counts["furniture both"] += int((said & true).sum())
        counts["furniture said"] += int(said.sum())
        counts["furniture true"] += int(true.sum())
        rows, first, second = pair_rows(item, texts)
        together = np.zeros((len(texts), len(texts)))
        together[first, second] = np.asarray(models["unit"].predict(rows))
        together = np.maximum(together, together.T)
        both, said_pairs, true_pairs = pair_scores(linked(together > 0.5), item.truth["unit"][texts])
        counts["block both"] += both
        counts["block said"] += said_pairs
        counts["block true"] += true_pairs
        choice = np.full((len(texts), len(texts)), -20.0)
        chance = np.clip(np.asarray(models["successor"].predict(rows)), 1e-6, 1 - 1e-6)
        choice[first, second] = np.log(chance / (1 - chance))
        found = path_cover(choice, np.full(len(texts), -0.5))
        found = np.where(found >= 0, texts[found], -1)
        after = item.truth["successor"][texts]
        counts["successor both"] += int(((found == after) & (after >= 0)).sum())
        counts["successor said"] += int((found >= 0).sum())
        counts["successor true"] += int((after >= 0).sum())
    made = {"role": counts["role right"] / max(1, counts["role all"])}
    for name in ("furniture", "block", "successor"):
        made[f"{name} F1"] = 2 * counts[f"{name} both"] / max(1, counts[f"{name} said"] + counts[f"{name} true"])
    return made


def main() -> None:
    """Fit trees on some pages and print their scores on held-out grammars and engines."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--train", type=int, default=800, help="pages to fit on")
    parser.add_argument("--measure", type=int, default=200, help="pages to score")
    parser.add_argument("--rounds", type=int, default=120)
    options = parser.parse_args()
    random = np.random.default_rng(0)
    paths = [path for path in sorted(options.pages.glob("*-*.npz")) if path.name.split("-")[0] not in HELD_OUT_ENGINES]
    samples: list[Sample] = []
    each = options.train // max(1, len(paths)) + 1
    for path in paths:
        samples += [
            sample(page, random) for page in [page for page in whole(path) if not is_held_out(path, page)][:each]
        ]
    models = fit(samples, options.rounds)
    for name, engines in (("grammars", None), ("engine", HELD_OUT_ENGINES)):
        items = measured(options.pages, engines, options.measure)
        if items:
            found = {key: round(value, 4) for key, value in scores(models, items).items()}
            print(json.dumps({"held out": name, "measured": len(items), "trained": len(samples), **found}), flush=True)


if __name__ == "__main__":
    main()
