"""nano's net of atoms and bonds: crops of fresh drawings, and what is asked of every cell.

- Crops of 192x192 pixels, two of each synthetic drawing, mostly near the bond length that reading scales to.
- Heat maps are learned with the penalty-reduced focal loss of CenterNet (Zhou et al. 2019, arXiv 1904.07850); what a
  node or a bond is, on the 3x3 cells around it.
"""

from __future__ import annotations

import math
import random
import re
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.model.nano.formats import STRIDE
from sokdok.model.nano.formats.molecule import (
    CHARGES,
    KINDS,
    LABELS,
    OTHER_CHANNELS,
    SLICES,
    UNIT_PX,
    Graph,
    darkness,
    resized,
)
from sokdok.model.nano.nets import molecules_net
from sokdok_lab.synth.molecules.maker import SyntheticMolecule, molecule
from sokdok_lab.training.export import HEAD_BIAS
from sokdok_lab.training.recipe import MoleculesRecipe, Range
from sokdok_lab.training.task import Batch, Folders, Outcome, Task, start_net

NET = "molecules"
LABEL_FONTS = re.compile(
    r"(Liberation(Sans|Serif)|Arimo|Tinos|Nimbus(Sans|Roman)|DejaVuSans|heros|termes|FreeSans|FreeSerif|STIXGeneral"
    r"|Roboto|Carlito|OpenSans|lmsans10|lmroman10)(-|\.)?(Regular|Bold|regular|bold|$)?(\.|$)"
)  # upright fonts of the kinds that drawing programs write labels in
CAPTION_FONTS = re.compile(r"(Nanum(Gothic|Myeongjo|BarunGothic)|NotoS(ans|erif)(CJK|KR|JP)-?)")
"""fonts of Korean and Japanese"""
CROP_PX = 192
CELLS = CROP_PX // STRIDE  # cells of a crop each way
USUAL_UNIT_DEVIATION = 0.2  # standard deviation of the logarithm of a crop's bond length around UNIT_PX
ANY_UNIT_SHARE = 0.15  # share of the crops with a bond length of any size
ANY_UNIT_PX = (13, 56)  # shortest and longest bond of those
HEAT_DEVIATION_CELLS = 0.8  # standard deviation of a peak on a heat map
DIRECTION_WEIGHT = 0.3  # of the loss of a stereo bond's direction; others weigh 1
LABEL_WEIGHT = 3.0  # of that of labels: most nodes are bare carbons, so that the mean says little of the others
_FIRST_SEED = 1_000_000  # lower ones are for validation
_SEEDS_A_RUN = 1_000_000_000  # of drawings; a run of another seed sees other ones
_AROUND = np.array([(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1)])
_NOWHERE = -100  # class of cells away from nodes and bonds, which cross-entropy ignores


class MoleculesTask(Task):
    """Find atoms and bonds on crops of drawings; without a folder of fonts labels are in Pillow's own."""

    recipe: MoleculesRecipe

    def __init__(self, recipe: MoleculesRecipe, folders: Folders) -> None:
        net = with_all_labels(start_net(recipe, NET))
        super().__init__(recipe, net.to(memory_format=torch.channels_last))  # type: ignore[call-overload]
        self.fonts, self.caption_fonts = label_fonts(folders.fonts), label_fonts(folders.fonts, CAPTION_FONTS)

    def batch(self, step: int) -> Batch:
        """Draw the crops of a step: pixels (B, 1, 192, 192) float32 and the maps of `targets`, stacked."""
        size = self.recipe.batch
        first_seed = _FIRST_SEED + _SEEDS_A_RUN * self.recipe.seed + step * size
        return crops_batch(first_seed, size, self.fonts, self.recipe.bond_px, self.caption_fonts)

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        return loss(model, batch)


def with_all_labels(net: nn.Module) -> nn.Module:
    """Give a net that knows only the first of LABELS outputs for the others, as unlikely as the mean of its own."""
    old, whole = net.state_dict(), molecules_net()
    known = len(old[HEAD_BIAS[NET]]) - OTHER_CHANNELS
    if known == len(LABELS):
        return net
    first = SLICES["label"].start
    for name in (HEAD_BIAS[NET], HEAD_BIAS[NET].replace("bias", "weight")):
        labels = old[name][first : first + known]
        others = labels.mean(0, keepdim=True).expand(len(LABELS) - known, *labels.shape[1:])
        noise = torch.randn(others.shape) * labels.std() / 2
        old[name] = torch.cat([old[name][: first + known], others + noise, old[name][first + known :]])
    whole.load_state_dict(old)
    return whole


def label_fonts(folder: Path | None, names: re.Pattern[str] = LABEL_FONTS) -> tuple[str, ...]:
    """List the paths of the fonts below a folder whose names match, sorted: those for labels unless told otherwise."""
    if folder is None:
        return ()
    return tuple(sorted(str(path) for path in folder.rglob("*.[to]tf") if names.search(path.name)))


def crops_batch(
    first_seed: int, size: int, fonts: tuple[str, ...], bond_px: Range, caption_fonts: tuple[str, ...] = ()
) -> Batch:
    """Draw `size` crops, two for every other seed from `first_seed` on."""
    seeds = range(first_seed, first_seed + size, 2)
    crops = [crop for seed in seeds for crop in _crops(seed, fonts, bond_px, caption_fonts)]
    return {name: torch.from_numpy(np.stack([crop[name] for crop in crops])) for name in crops[0]}


def _crops(
    seed: int, fonts: tuple[str, ...], bond_px: Range, caption_fonts: tuple[str, ...]
) -> list[dict[str, np.ndarray]]:
    """Cut two windows out of one drawing, each scaled its own way."""
    rng = random.Random(seed)
    sample = molecule(seed, fonts, bond_pixels=bond_px, caption_fonts=caption_fonts)
    dark = darkness(sample.pixels)
    return [_crop(sample, dark, rng) for _ in range(2)]


def _crop(sample: SyntheticMolecule, dark: np.ndarray, rng: random.Random) -> dict[str, np.ndarray]:
    """Cut a window around one of the nodes."""
    unit = UNIT_PX * math.exp(rng.gauss(0, USUAL_UNIT_DEVIATION))
    if rng.random() < ANY_UNIT_SHARE:
        unit = math.exp(rng.uniform(*map(math.log, ANY_UNIT_PX)))
    factor = unit / sample.bond
    node = rng.choice(sample.graph.nodes)
    scaled = resized(dark, factor)
    corner = [
        round(min(max(at * factor - CROP_PX * rng.uniform(0.3, 0.7), -CROP_PX / 4), max(0, side - CROP_PX * 3 / 4)))
        for at, side in ((node.x, scaled.shape[1]), (node.y, scaled.shape[0]))
    ]
    window = np.zeros((1, CROP_PX, CROP_PX), np.float32)
    left, top = max(0, corner[0]), max(0, corner[1])
    part = scaled[top : corner[1] + CROP_PX, left : corner[0] + CROP_PX]
    y, x = top - corner[1], left - corner[0]
    window[0, y : y + part.shape[0], x : x + part.shape[1]] = part
    return {"pixels": window} | targets(sample.graph, factor, np.array(corner, float))


def targets(graph: Graph, factor: float, corner: np.ndarray, cells: int = CELLS) -> dict[str, np.ndarray]:
    """Draw maps (…, cells, cells) of a graph scaled by `factor`, in the window at `corner` (x, y)."""
    positions = np.array([(node.x, node.y) for node in graph.nodes]) * factor - corner
    pairs = np.array([(bond.begin, bond.end) for bond in graph.bonds], int).reshape(-1, 2)
    begins, ends = positions[pairs[:, 0]], positions[pairs[:, 1]]
    vectors = ends - begins
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-3)
    along = vectors / lengths
    stereo = np.array([[bond.kind in ("wedge", "dash")] for bond in graph.bonds], float).reshape(-1, 1)
    # Twice the angle: a bond has no direction, so both of its ends must give the same axis.
    axis = np.stack([along[:, 0] ** 2 - along[:, 1] ** 2, 2 * along[:, 0] * along[:, 1]], 1)
    labels = np.array([LABELS.index(node.label) for node in graph.nodes])
    charges = np.array([CHARGES.index(int(np.sign(node.charge))) for node in graph.nodes])
    kinds = np.array([KINDS.index(bond.kind) for bond in graph.bonds], int)
    no_values = np.zeros((len(positions), 0))
    node_heat, node_maps, (label, charge) = _spread(positions / STRIDE, no_values, (labels, charges), cells)
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
    points: np.ndarray, values: np.ndarray, classes: tuple[np.ndarray, ...], cells: int
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Draw the heat map of points (N, 2) in cells, and maps of offset and values (N, V) and classes around them.

    What a point is stands on the 3x3 cells around it; where two points claim a cell, the nearer has it.
    """
    inside = np.all((points >= 0) & (points < cells), axis=1)
    points, values = points[inside], values[inside]
    maps = np.zeros((2 + values.shape[1], cells, cells))
    class_maps = [np.full((cells, cells), _NOWHERE) for _ in classes]
    heat = np.zeros((cells, cells))
    if not len(points):
        return heat, maps, class_maps
    grid = np.arange(cells) + 0.5
    bells = (
        np.exp(-((grid - points[:, :1]) ** 2) / (2 * HEAT_DEVIATION_CELLS**2)),
        np.exp(-((grid - points[:, 1:]) ** 2) / (2 * HEAT_DEVIATION_CELLS**2)),
    )
    heat = np.einsum("nx,ny->nyx", *bells).max(0)
    peaks = np.floor(points).astype(int)
    heat[peaks[:, 1], peaks[:, 0]] = 1
    around = (peaks[:, None] + _AROUND).reshape(-1, 2)
    owner = np.repeat(np.arange(len(points)), len(_AROUND))
    offsets = points[owner] - (around + 0.5)
    order = np.argsort(-np.linalg.norm(offsets, axis=1), kind="stable")  # the nearest comes last and stays
    order = order[np.all((around[order] >= 0) & (around[order] < cells), axis=1)]
    x, y = around[order].T
    maps[:, y, x] = np.concatenate([offsets, values[owner]], 1)[order].T
    for class_map, numbers in zip(class_maps, classes, strict=True):
        class_map[y, x] = numbers[inside][owner[order]]
    return heat, maps, class_maps


def loss(model: nn.Module, batch: Batch) -> Outcome:
    """Ask a net for the maps of a batch: heat, classes and numbers, and the shares of classes that are right."""
    logits = model(batch["pixels"].to(memory_format=torch.channels_last)).float()
    out = {name: logits[:, part] for name, part in SLICES.items()}
    at_nodes, at_bonds = (batch[name] != _NOWHERE for name in ("label", "kind"))
    stereo = batch["direction"].abs().sum(1) > 0.5
    nodes = out["label"].argmax(1) == batch["label"]
    bonds = out["kind"].argmax(1) == batch["kind"]
    losses = {
        "heat": focal_loss(out["heat"], batch["heat"]),
        "label": LABEL_WEIGHT * F.cross_entropy(out["label"], batch["label"], ignore_index=_NOWHERE),
        "charge": F.cross_entropy(out["charge"], batch["charge"], ignore_index=_NOWHERE),
        "kind": F.cross_entropy(out["kind"], batch["kind"], ignore_index=_NOWHERE),
        "offset": _distance(out["node offset"], batch["node offset"], at_nodes)
        + _distance(out["bond offset"], batch["bond offset"], at_bonds),
        "axis": _distance(out["axis"], batch["axis"], at_bonds),
        "length": _distance(out["length"], batch["length"], at_bonds),
        "direction": DIRECTION_WEIGHT * _distance(out["direction"], batch["direction"], stereo),
    }
    measures = {
        "label_accuracy": nodes[at_nodes].float().mean(),
        "kind_accuracy": bonds[at_bonds].float().mean(),
        "stereo_accuracy": bonds[stereo].float().mean() if bool(stereo.any()) else torch.tensor(1.0),
    }
    return Outcome(losses, measures)


def focal_loss(logits: Tensor, heat: Tensor) -> Tensor:
    """Penalty-reduced focal loss (CenterNet, eq. 1) by the number of peaks."""
    probability = torch.sigmoid(logits).clamp(1e-4, 1 - 1e-4)
    peaks = heat == 1
    positive = -torch.log(probability) * (1 - probability) ** 2
    negative = -torch.log(1 - probability) * probability**2 * (1 - heat) ** 4
    return torch.where(peaks, positive, negative).sum() / peaks.sum().clamp(min=1)


def _distance(values: Tensor, truth: Tensor, where: Tensor) -> Tensor:
    """Mean absolute error over the cells that count."""
    error = (values - truth).abs().sum(1)
    return (error * where).sum() / where.sum().clamp(min=1)
