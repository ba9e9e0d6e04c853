"""Batches and loss of nano's molecule net; `sokdok.training.nets.fit` does the rest.

    fit(molecule_net(), Batches(fonts), loss, Path("runs/molecule"), steps=10_000)

- Crops of 192x192 pixels, two of each fresh synthetic drawing, mostly near the bond length reading scales to.
- Heat maps are learned with the penalty-reduced focal loss of CenterNet (arXiv 1904.07850); what a node or a bond is,
  on the 3x3 cells around it.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.model.nano.formats.molecule import CHARGES, SLICES, STRIDE, UNIT_PX, darkness, resized
from sokdok.model.nano.formats.molecule_graph import KINDS, LABELS, Graph
from sokdok.model.nano.nets import NETS
from sokdok.synth.molecules.maker import SyntheticMolecule, molecule

CROP = 192
CELLS = CROP // STRIDE
SIGMA = 0.8
"""cells; of a peak on a heat map"""
_FIRST_SEED = 1_000_000
"""lower ones are for validation"""
_AROUND = np.array([(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1)])
_NOWHERE = -100
"""class of cells away from nodes and bonds, which cross-entropy ignores"""


def molecule_net() -> nn.Module:
    """Build the untrained net whose output `figures.molecule.read` decodes."""
    return NETS["molecules"]()


@dataclass(frozen=True)
class Batches:
    """Batch by number: pixels (B, 1, CROP, CROP) float32 and the targets of `targets`, stacked."""

    fonts: tuple[str, ...] = ()
    size: int = 8

    def __call__(self, number: int) -> dict[str, Tensor]:
        first = _FIRST_SEED + number * self.size
        crops = [crop for seed in range(first, first + self.size, 2) for crop in _crops(seed, self.fonts)]
        return {name: torch.from_numpy(np.stack([crop[name] for crop in crops])) for name in crops[0]}


def _crops(seed: int, fonts: tuple[str, ...]) -> list[dict[str, np.ndarray]]:
    """Two windows of one drawing, each scaled its own way."""
    rng = random.Random(seed)
    sample = molecule(seed, fonts, bond_pixels=(16, 75))
    dark = darkness(sample.pixels)
    return [_crop(sample, dark, rng) for _ in range(2)]


def _crop(sample: SyntheticMolecule, dark: np.ndarray, rng: random.Random) -> dict[str, np.ndarray]:
    """A window around one of the nodes."""
    unit = UNIT_PX * math.exp(rng.gauss(0, 0.2))
    if rng.random() < 0.15:
        unit = math.exp(rng.uniform(math.log(13), math.log(56)))
    factor = unit / sample.bond
    node = rng.choice(sample.graph.nodes)
    scaled = resized(dark, factor)
    corner = [
        round(min(max(at * factor - CROP * rng.uniform(0.3, 0.7), -CROP / 4), max(0, side - CROP * 3 / 4)))
        for at, side in ((node.x, scaled.shape[1]), (node.y, scaled.shape[0]))
    ]
    window = np.zeros((1, CROP, CROP), np.float32)
    left, top = max(0, corner[0]), max(0, corner[1])
    part = scaled[top : corner[1] + CROP, left : corner[0] + CROP]
    y, x = top - corner[1], left - corner[0]
    window[0, y : y + part.shape[0], x : x + part.shape[1]] = part
    return {"pixels": window} | targets(sample.graph, factor, np.array(corner, float))


def targets(graph: Graph, factor: float, corner: np.ndarray, cells: int = CELLS) -> dict[str, np.ndarray]:
    """Maps (…, cells, cells) of a graph scaled by `factor`, in the window at `corner` (x, y)."""
    places = np.array([(node.x, node.y) for node in graph.nodes]) * factor - corner
    pairs = np.array([(bond.begin, bond.end) for bond in graph.bonds], int).reshape(-1, 2)
    begins, ends = places[pairs[:, 0]], places[pairs[:, 1]]
    vectors = ends - begins
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-3)
    along = vectors / lengths
    stereo = np.array([[bond.kind in ("wedge", "dash")] for bond in graph.bonds], float).reshape(-1, 1)
    axis = np.stack([along[:, 0] ** 2 - along[:, 1] ** 2, 2 * along[:, 0] * along[:, 1]], 1)
    labels = np.array([LABELS.index(node.label) for node in graph.nodes])
    charges = np.array([CHARGES.index(int(np.sign(node.charge))) for node in graph.nodes])
    kinds = np.array([KINDS.index(bond.kind) for bond in graph.bonds], int)
    node_heat, node_maps, (label, charge) = _spread(
        places / STRIDE, np.zeros((len(places), 0)), (labels, charges), cells
    )
    values = np.concatenate([axis, np.log(lengths / UNIT_PX), along * stereo], 1)
    bond_heat, bond_maps, (kind,) = _spread((begins + ends) / 2 / STRIDE, values, (kinds,), cells)
    numbers = {"heat": np.stack([node_heat, bond_heat]), "node offset": node_maps}
    numbers |= {
        "bond offset": bond_maps[:2],
        "axis": bond_maps[2:4],
        "length": bond_maps[4:5],
        "direction": bond_maps[5:],
    }
    classes = {"label": label, "charge": charge, "kind": kind}
    return {k: v.astype(np.float32) for k, v in numbers.items()} | {k: v.astype(np.int64) for k, v in classes.items()}


def _spread(
    places: np.ndarray, values: np.ndarray, classes: tuple[np.ndarray, ...], cells: int
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Heat map of points (N, 2) in cells, and maps of offset and values (N, V) and classes on the 3x3 cells around."""
    inside = np.all((places >= 0) & (places < cells), axis=1)
    places, values = places[inside], values[inside]
    maps = np.zeros((2 + values.shape[1], cells, cells))
    class_maps = [np.full((cells, cells), _NOWHERE) for _ in classes]
    heat = np.zeros((cells, cells))
    if not len(places):
        return heat, maps, class_maps
    grid = np.arange(cells) + 0.5
    reach = (
        np.exp(-((grid - places[:, :1]) ** 2) / (2 * SIGMA**2)),
        np.exp(-((grid - places[:, 1:]) ** 2) / (2 * SIGMA**2)),
    )
    heat = np.einsum("nx,ny->nyx", *reach).max(0)
    peaks = np.floor(places).astype(int)
    heat[peaks[:, 1], peaks[:, 0]] = 1
    around = (peaks[:, None] + _AROUND).reshape(-1, 2)
    owner = np.repeat(np.arange(len(places)), len(_AROUND))
    offsets = places[owner] - (around + 0.5)
    order = np.argsort(-np.linalg.norm(offsets, axis=1), kind="stable")  # the nearest comes last and stays
    order = order[np.all((around[order] >= 0) & (around[order] < cells), axis=1)]
    x, y = around[order].T
    maps[:, y, x] = np.concatenate([offsets, values[owner]], 1)[order].T
    for class_map, numbers in zip(class_maps, classes, strict=True):
        class_map[y, x] = numbers[inside][owner[order]]
    return heat, maps, class_maps


def loss(model: nn.Module, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Named losses, and measures whose names end in `?`."""
    logits = model(batch["pixels"].to(memory_format=torch.channels_last)).float()
    out = {name: logits[:, part] for name, part in SLICES.items()}
    at_nodes, at_bonds = (batch[name] != _NOWHERE for name in ("label", "kind"))
    stereo = batch["direction"].abs().sum(1) > 0.5
    nodes = out["label"].argmax(1) == batch["label"]
    bonds = out["kind"].argmax(1) == batch["kind"]
    return {
        "heat": focal(out["heat"], batch["heat"]),
        "label": F.cross_entropy(out["label"], batch["label"], ignore_index=_NOWHERE),
        "charge": F.cross_entropy(out["charge"], batch["charge"], ignore_index=_NOWHERE),
        "kind": F.cross_entropy(out["kind"], batch["kind"], ignore_index=_NOWHERE),
        "offset": _distance(out["node offset"], batch["node offset"], at_nodes)
        + _distance(out["bond offset"], batch["bond offset"], at_bonds),
        "axis": _distance(out["axis"], batch["axis"], at_bonds),
        "length": _distance(out["length"], batch["length"], at_bonds),
        "direction": 0.3 * _distance(out["direction"], batch["direction"], stereo),
        "labels?": nodes[at_nodes].float().mean(),
        "kinds?": bonds[at_bonds].float().mean(),
        "stereo?": bonds[stereo].float().mean() if bool(stereo.any()) else torch.tensor(1.0),
    }


def focal(logits: Tensor, heat: Tensor) -> Tensor:
    """Penalty-reduced focal loss (CenterNet, eq. 1) by the number of peaks."""
    chance = torch.sigmoid(logits).clamp(1e-4, 1 - 1e-4)
    peaks = heat == 1
    positive = -torch.log(chance) * (1 - chance) ** 2
    negative = -torch.log(1 - chance) * chance**2 * (1 - heat) ** 4
    return torch.where(peaks, positive, negative).sum() / peaks.sum().clamp(min=1)


def _distance(values: Tensor, truth: Tensor, where: Tensor) -> Tensor:
    """Mean absolute error over the cells that count."""
    error = (values - truth).abs().sum(1)
    return (error * where).sum() / where.sum().clamp(min=1)
