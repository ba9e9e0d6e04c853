"""nano's net of atoms and bonds: crops of fresh drawings, and what is asked of every cell.

Crops of 192x192 pixels, two of each synthetic drawing, mostly near the bond length that reading scales to.
"""

from __future__ import annotations

import math
import random
import re
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from msgspec import Meta
from torch import nn

from sokdok.model.nano.formats import STRIDE
from sokdok.model.nano.formats.molecule import CHARGES, KINDS, LABELS, SLICES, UNIT_PX, Graph, darkness, resized
from sokdok_lab.synth.molecules.maker import SyntheticMolecule, molecule
from sokdok_lab.training.maps import Maps, answers, cut, heat_loss, named, spread, stacked
from sokdok_lab.training.recipe import Range, Recipe
from sokdok_lab.training.task import Batch, Folders, Outcome, Task, start_net

LABEL_FONTS = re.compile(
    r"(Liberation(Sans|Serif)|Arimo|Tinos|Nimbus(Sans|Roman)|DejaVuSans|heros|termes|FreeSans|FreeSerif|STIXGeneral"
    r"|Roboto|Carlito|OpenSans|lmsans10|lmroman10)(-|\.)?(Regular|Bold|regular|bold|$)?(\.|$)"
)  # upright fonts of the kinds that drawing programs write labels in
CAPTION_FONTS = re.compile(r"(Nanum(Gothic|Myeongjo|BarunGothic)|NotoS(ans|erif)(CJK|KR|JP)-?)")  # Korean and Japanese
CROP_PX = 192
CELLS = CROP_PX // STRIDE  # cells of a crop each way
USUAL_UNIT_DEVIATION = 0.2  # standard deviation of the logarithm of a crop's bond length around UNIT_PX
ANY_UNIT_SHARE = 0.15  # share of the crops with a bond length of any size
ANY_UNIT_PX = (13, 56)  # shortest and longest bond of those
HEAT_DEVIATION_CELLS = 0.8  # standard deviation of a peak on a heat map
WEIGHTS = {
    "label": 3.0,  # most nodes are bare carbons, so that the mean says little of the others
    **dict.fromkeys(("charge", "kind", "node offset", "bond offset", "axis", "length"), 1.0),
    "direction": 0.3,  # of stereo bonds
}
_FIRST_SEED = 1_000_000  # lower ones are for validation
_SEEDS_A_RUN = 1_000_000_000  # of drawings; a run of another seed sees other ones


class MoleculesRecipe(Recipe, frozen=True, kw_only=True, tag="molecules"):
    """init: a nano folder, or the folder of a run."""

    batch: Annotated[int, Meta(ge=2, multiple_of=2)]  # crops a step, two of each drawing
    bond_px: Range  # shortest and longest bonds of the drawings


class MoleculesTask(Task):
    """Find atoms and bonds on crops of drawings; without a folder of fonts labels are in Pillow's own."""

    recipe_type = MoleculesRecipe
    recipe: MoleculesRecipe

    def __init__(self, recipe: MoleculesRecipe, folders: Folders) -> None:
        super().__init__(recipe, start_net(recipe, "molecules"))
        self.fonts, self.caption_fonts = (fonts_named(folders.fonts, names) for names in (LABEL_FONTS, CAPTION_FONTS))

    def batch(self, step: int) -> Batch:
        """Draw the crops of a step: pixels (B, 1, 192, 192) float32 and the maps of `targets`, stacked."""
        size, crops = self.recipe.batch, []
        first_seed = _FIRST_SEED + _SEEDS_A_RUN * self.recipe.seed + step * size
        for seed in range(first_seed, first_seed + size, 2):
            drawn = molecule(seed, self.fonts, bond_pixels=self.recipe.bond_px, caption_fonts=self.caption_fonts)
            dark, rng = darkness(drawn.pixels), random.Random(seed)
            crops += [_crop(drawn, dark, rng) for _ in range(2)]
        return stacked(crops)

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        """Ask a net for the maps of a batch: heat, classes and numbers, and the shares of classes that are right."""
        out = named(model, batch["pixels"].to(memory_format=torch.channels_last), SLICES)
        rest = answers(out, batch, WEIGHTS)
        stereo = batch["direction"].isfinite().all(1)
        right = (out["kind"].argmax(1) == batch["kind"])[stereo].float()
        measures = {"stereo_accuracy": right.mean() if len(right) else torch.tensor(1.0)}
        return Outcome({"heat": heat_loss(out["heat"], batch["heat"])} | rest.losses, rest.measures | measures)


def fonts_named(folder: Path | None, names: re.Pattern[str]) -> tuple[str, ...]:
    """List the paths of the fonts below a folder whose names match, sorted."""
    paths = folder.rglob("*.[to]tf") if folder else ()
    return tuple(sorted(str(path) for path in paths if names.search(path.name)))


def _crop(sample: SyntheticMolecule, dark: np.ndarray, rng: random.Random) -> Maps:
    """Cut a window around one of the nodes."""
    unit = UNIT_PX * math.exp(rng.gauss(0, USUAL_UNIT_DEVIATION))
    if rng.random() < ANY_UNIT_SHARE:
        unit = math.exp(rng.uniform(*map(math.log, ANY_UNIT_PX)))
    factor = unit / sample.bond
    node, scaled = rng.choice(sample.graph.nodes), resized(dark, factor)
    x, y = (
        round(min(max(at * factor - CROP_PX * rng.uniform(0.3, 0.7), -CROP_PX / 4), max(0, side - CROP_PX * 3 / 4)))
        for at, side in ((node.x, scaled.shape[1]), (node.y, scaled.shape[0]))
    )
    pixels = cut(scaled, (x, y), CROP_PX, 0)[None].astype(np.float32)
    return {"pixels": pixels} | targets(sample.graph, factor, np.array((x, y), float))


def targets(graph: Graph, factor: float, corner: np.ndarray, cells: int = CELLS) -> Maps:
    """Draw maps (…, cells, cells) of a graph scaled by `factor`, in the window at `corner` (x, y)."""
    positions = np.array([(node.x, node.y) for node in graph.nodes]) * factor - corner
    pairs = np.array([(bond.begin, bond.end) for bond in graph.bonds], int).reshape(-1, 2)
    begins, ends = positions[pairs[:, 0]], positions[pairs[:, 1]]
    lengths = np.maximum(np.linalg.norm(ends - begins, axis=1, keepdims=True), 1e-3)
    along = (ends - begins) / lengths
    stereo = np.array([[bond.kind in ("wedge", "dash")] for bond in graph.bonds], bool).reshape(-1, 1)
    # Twice the angle: a bond has no direction, so both of its ends must give the same axis.
    axis = np.stack([along[:, 0] ** 2 - along[:, 1] ** 2, 2 * along[:, 0] * along[:, 1]], 1)
    names = {
        "label": np.array([LABELS.index(node.label) for node in graph.nodes]),
        "charge": np.array([CHARGES.index(int(np.sign(node.charge))) for node in graph.nodes]),
    }
    kinds = {"kind": np.array([KINDS.index(bond.kind) for bond in graph.bonds], int)}
    numbers = {"axis": axis, "length": np.log(lengths / UNIT_PX), "direction": np.where(stereo, along, np.nan)}
    grid = (cells, cells)
    node_heat, nodes = spread(positions / STRIDE, {}, names, grid, HEAT_DEVIATION_CELLS)
    bond_heat, bonds = spread((begins + ends) / 2 / STRIDE, numbers, kinds, grid, HEAT_DEVIATION_CELLS)
    offsets = {"node offset": nodes.pop("offset"), "bond offset": bonds.pop("offset")}
    return {"heat": np.stack([node_heat, bond_heat])} | offsets | nodes | bonds
