"""Trains the structure network on shards: `python -m sokdok_lab.structure.train PAGES OUT --steps 20000`.

New shards are taken up as they come; a checkpoint is written every few minutes, and a run goes on from it.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sokdok_lab.structure.features import Sample, batch, sample
from sokdok_lab.structure.generate import read
from sokdok_lab.structure.grammar import held_out
from sokdok_lab.structure.losses import losses, total
from sokdok_lab.structure.model import Size, StructureNet
from sokdok_lab.structure.nodes import Array
from sokdok_lab.structure.score import scores
from sokdok_lab.structure.truth import breaks_in_cells
from sokdok_lab.structure.weights import load

HELD_OUT_ENGINES = ("latex",)
PAIRS = 80_000  # of a batch: its pages times the square of their nodes
POOL = 64  # pages sorted by size before they are put into batches
DECAY = 0.997  # of the mean of weights that is kept


def is_held_out(path: Path, page: dict[str, Array]) -> bool:
    """Whether a page is for measuring only, by its engine or its grammar."""
    return path.name.startswith(HELD_OUT_ENGINES) or held_out(int(page["facts"][1]))


def whole(path: Path) -> list[dict[str, Array]]:
    """Pages of a shard whose tables have each cell in one place."""
    return [page for page in read(path) if not breaks_in_cells(page)]


def pages_of(folder: Path, random: np.random.Generator) -> Iterator[dict[str, Array]]:
    """Endless pages to train on, shards in ever new order."""
    while True:
        paths = [
            path
            for path in sorted(folder.glob("*-*.npz"))
            if not path.name.startswith(HELD_OUT_ENGINES) and not path.name.endswith(".part.npz")
        ]
        for group in np.array_split(random.permutation(len(paths)), math.ceil(len(paths) / 4)):
            pages = [
                page for index in group.tolist() for page in whole(paths[index]) if not is_held_out(paths[index], page)
            ]
            for index in random.permutation(len(pages)):
                yield pages[index]


def batches(pages: Iterator[dict[str, Array]], random: np.random.Generator) -> Iterator[dict[str, Tensor]]:
    """Batches of pages of like sizes."""
    while True:
        pool = sorted((sample(next(pages), random) for _ in range(POOL)), key=lambda item: len(item.hash))
        groups: list[list[Sample]] = []
        for item in pool:
            if groups and (len(groups[-1]) + 1) * len(item.hash) ** 2 <= PAIRS:
                groups[-1].append(item)
            else:
                groups.append([item])
        for index in random.permutation(len(groups)):
            yield batch(groups[index])


MEASURED: dict[str, Callable[[str, int], bool]] = {  # what is measured: by the shard's name and the grammar
    "grammars": lambda name, grammar: (
        not name.startswith(HELD_OUT_ENGINES) and "_read" not in name and held_out(grammar)
    ),
    "read": lambda name, grammar: "_read" in name and held_out(grammar),
    "engine": lambda name, grammar: name.startswith(HELD_OUT_ENGINES) and "_read" not in name,
}


def measured(folder: Path, which: str, most: int) -> list[Sample]:
    """Samples of pages that are not trained on, a few of each shard."""
    shards = sorted(folder.glob("*-*.npz"))
    wanted = [
        [page for page in whole(path) if MEASURED[which](path.name, int(page["facts"][1]))]
        for path in shards
        if any(MEASURED[which](path.name, grammar) for grammar in (3, 4))
    ]
    share = math.ceil(most / max(1, len(wanted)))
    return [sample(page, None) for pages in wanted for page in pages[:share]][:most]


def main() -> None:
    """Train from a folder of shards, writing checkpoints and scores to another."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("pages", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, default=60, help="of wall clock; the rate falls to 0 by then")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--init", type=Path, help="weights to begin with, where there is no checkpoint")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--width", type=int, default=96)
    parser.add_argument("--measure", type=float, default=10, help="minutes between scores")
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    net = StructureNet(Size(width=options.width)).to(options.device)
    mean = StructureNet(net.size).to(options.device)
    optimiser = torch.optim.AdamW(net.parameters(), lr=options.rate, weight_decay=0.02, betas=(0.9, 0.98))
    state: dict[str, Any] = {"step": 0, "pages": 0, "seconds": 0.0}
    path = options.out / "structure.pt"
    if path.exists():
        kept = torch.load(path, weights_only=True, map_location=options.device)
        net.load_state_dict(kept["net"])
        mean.load_state_dict(kept["mean"])
        optimiser.load_state_dict(kept["optimiser"])
        state = kept["state"]
    else:
        if options.init:
            net.load_state_dict(load(options.init)[0].state_dict())
        mean.load_state_dict(net.state_dict())
    random = np.random.default_rng(options.seed + state["step"])
    made = batches(pages_of(options.pages, random), random)
    begun = saved = time.time()
    scored, recent = begun, deque[dict[str, float]](maxlen=100)
    start = state["step"]
    while state["step"] < options.steps and time.time() - begun < 60 * options.minutes:
        done = max(
            (time.time() - begun) / (60 * options.minutes), (state["step"] - start) / max(1, options.steps - start)
        )
        rate = options.rate * min(1, (state["step"] + 1) / 150) * (0.5 + 0.5 * math.cos(math.pi * min(1, done)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        data = {name: value.to(options.device) for name, value in next(made).items()}
        with torch.autocast(options.device, torch.bfloat16, enabled=options.device != "cpu"):
            parts = losses(net, data)
            loss = total(parts)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        decay = min(DECAY, (state["step"] + 1) / (state["step"] + 10))
        with torch.no_grad():
            for kept_weight, weight in zip(mean.parameters(), net.parameters(), strict=True):
                kept_weight.lerp_(weight, 1 - decay)
        state["step"] += 1
        state["pages"] += len(data["mask"])
        recent.append({name: float(value.detach()) for name, value in parts.items()})
        now = time.time()
        if state["step"] % 50 == 0:
            names = dict.fromkeys(name for item in recent for name in item)
            means = {name: round(float(np.mean([item[name] for item in recent if name in item])), 3) for name in names}
            print(
                json.dumps(
                    {"step": state["step"], "pages": state["pages"], "minutes": round((now - begun) / 60, 1), **means}
                ),
                flush=True,
            )
        if now - saved > 180:
            _save(path, net, mean, optimiser, {**state, "seconds": state["seconds"] + now - begun})
            saved = now
        if now - scored > 60 * options.measure:
            report(mean, options.pages, 60, state)
            scored = time.time()
    state["seconds"] += time.time() - begun
    _save(path, net, mean, optimiser, state)
    report(mean, options.pages, 400, state)


def report(net: StructureNet, folder: Path, most: int, state: dict[str, Any]) -> None:
    """Print scores on held-out grammars and engines."""
    for name in MEASURED:
        items = measured(folder, name, most)
        if items:
            found = {key: round(value, 4) for key, value in scores(net, items).items()}
            print(json.dumps({"held out": name, "measured": len(items), "step": state["step"], **found}), flush=True)


def _save(
    path: Path, net: StructureNet, mean: StructureNet, optimiser: torch.optim.Optimizer, state: dict[str, Any]
) -> None:
    part = path.with_suffix(".part")
    torch.save(
        {"net": net.state_dict(), "mean": mean.state_dict(), "optimiser": optimiser.state_dict(), "state": state}, part
    )
    part.replace(path)


if __name__ == "__main__":
    main()
