"""Unlimited drawings of molecules with exact truth: SMILES, atoms and bonds in pixels.

    sample = molecule(seed=7)
    sample.pixels, sample.smiles, sample.graph

- Built (`build`), laid out (`layout`), drawn by RDKit or by our own pen (`draw`), cut out of its page, and scanned. A
  seed decides everything.
- The truth is what the drawing says: the SMILES of the drawn graph, whose constitution must equal the molecule's.
"""

from __future__ import annotations

import io
import math
import random
import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image
from rdkit import Chem
from rdkit.Chem.Draw import rdMolDraw2D

from sokdok.figures.molecule.chemistry import sanitised
from sokdok.model.nano.formats.molecule import Graph
from sokdok_lab.synth.molecules.build import build
from sokdok_lab.synth.molecules.draw import Style, draw, spellings
from sokdok_lab.synth.molecules.layout import Layout, lay_out
from sokdok_lab.synth.wear import Wear

BOND_PX = (15.0, 45.0)  # shortest and longest bond
HEAVY_ATOMS = (4, 40)  # fewest and most
WEARS = {  # what scanners and copiers make of line drawings, and how often; lines of one pixel stay
    Wear(): 2,
    Wear(bilevel=(1, 0.55, 0.8), specked=(0.4, 0, 0.004)): 4,
    Wear(blurred=(1, 0.3, 0.9), noisy=(1, 0, 20), bilevel=(1, 0.65, 0.8), specked=(0.4, 0, 0.004)): 3,
    Wear(blurred=(1, 0.3, 0.9), toned=(1, (0, 90), (200, 255)), noisy=(1, 0, 9)): 2,
}
_INK_LEVEL = 230  # grey from which a pixel is paper; some labels are drawn in light colours
_RDKIT_SHARE = 0.2  # share of the drawings that RDKit makes
_SUBSCRIPT = re.compile(r"(\d+)")
_TIGHT_SHARE, _TIGHT_BONDS = 0.35, 0.06
"""share of the drawings that are cut out where their ink ends, give or take so many bond lengths"""


@dataclass(frozen=True, eq=False)
class SyntheticMolecule:
    """A drawing and what it says."""

    pixels: np.ndarray  # (H, W) uint8 grey
    smiles: str  # canonical, with the stereo that is drawn
    graph: Graph  # nodes and bonds in pixels of the picture
    bond: float  # median bond length in pixels


def molecule(
    seed: int,
    fonts: tuple[str, ...] = (),
    heavy_atoms: tuple[int, int] = HEAVY_ATOMS,
    bond_pixels: tuple[float, float] = BOND_PX,
    caption_fonts: tuple[str, ...] = (),
) -> SyntheticMolecule:
    """Draw the molecule of a seed.

    fonts: paths of font files for the labels; Pillow's own without them. heavy_atoms: fewest and most, but for a few
    groups. caption_fonts: of texts in Korean and Japanese that stand beside some drawings.
    """
    rng = random.Random(seed)
    drawing = None
    while drawing is None:
        layout, smiles = _valid_layout(rng, heavy_atoms)
        bond = math.exp(rng.uniform(*map(math.log, bond_pixels)))
        if rng.random() < _RDKIT_SHARE and not layout.circles:
            drawing = _rdkit_drawing(layout, bond, fonts, rng)
        else:
            drawing = draw(layout, Style(rng, fonts, caption_fonts), bond, rng)
    picture, graph = drawing
    if rng.random() < _TIGHT_SHARE:
        picture, (left, top) = cut_out(picture, rng, _TIGHT_BONDS * bond)
        graph = graph.moved(-left, -top)
    wear = rng.choices(list(WEARS), list(WEARS.values()))[0]
    return SyntheticMolecule(wear(picture, rng), smiles, graph, graph.bond_length())


def cut_out(picture: np.ndarray, rng: random.Random, most_px: float) -> tuple[np.ndarray, tuple[int, int]]:
    """Cut a drawing (H, W) uint8 where its ink ends, each side up to `most_px` before that or behind.

    Return it with the corner (x, y) that has moved to the origin.
    """
    inked = picture < _INK_LEVEL
    (top, bottom), (left, right) = (np.flatnonzero(inked.any(axis))[[0, -1]] for axis in (1, 0))
    before = [round(rng.uniform(-most_px, most_px)) for _ in range(4)]
    x, y = max(0, int(left) + before[0]), max(0, int(top) + before[1])
    return picture[y : int(bottom) + 1 + before[2], x : int(right) + 1 + before[3]], (x, y)


def _valid_layout(rng: random.Random, heavy_atoms: tuple[int, int]) -> tuple[Layout, str]:
    """Lay out random molecules until one says what was built; return the SMILES it says too."""
    while True:
        mol = build(rng, rng.randint(*heavy_atoms))
        if mol.GetNumAtoms() < heavy_atoms[0]:
            continue
        layout = lay_out(mol, rng)
        drawn = layout and sanitised(layout.graph)
        if layout and drawn and _constitution(drawn) == _constitution(mol):
            return layout, str(Chem.MolToSmiles(drawn))


def _constitution(mol: Any) -> str:
    return str(Chem.MolToSmiles(mol, isomericSmiles=False))


def _rdkit_drawing(layout: Layout, bond: float, fonts: tuple[str, ...], rng: random.Random) -> tuple[np.ndarray, Graph]:
    """Draw a layout with RDKit."""
    drawer = rdMolDraw2D.MolDraw2DCairo(-1, -1)
    options: Any = drawer.drawOptions()
    if rng.random() < 0.75:
        options.useBWAtomPalette()
    options.scalingFactor = options.fixedBondLength = bond
    options.bondLineWidth = max(1, round(bond * rng.uniform(0.03, 0.09)))
    options.scaleBondWidth = False
    options.fixedFontSize = max(6, round(bond * rng.uniform(0.4, 0.65)))
    options.multipleBondOffset = rng.uniform(0.12, 0.2)
    options.additionalAtomLabelPadding = rng.uniform(0, 0.12)
    options.padding = rng.uniform(0.02, 0.12)
    options.explicitMethyl = rng.random() < 0.25
    options.prepareMolsBeforeDrawing = False
    if fonts:
        options.fontFile = rng.choice([path for path in fonts if path.endswith(".ttf")] or [""])
    for atom in layout.mol.GetAtoms():
        if atom.HasProp("atomLabel"):
            rightwards, leftwards = map(rng.choice, spellings(atom.GetProp("atomLabel")))
            atom.SetProp("_displayLabel", _SUBSCRIPT.sub(r"<sub>\1</sub>", rightwards))
            atom.SetProp("_displayLabelW", _SUBSCRIPT.sub(r"<sub>\1</sub>", leftwards))
    drawer.DrawMolecule(layout.mol)
    drawer.FinishDrawing()
    image = Image.open(io.BytesIO(drawer.GetDrawingText())).convert("L")
    places = [drawer.GetDrawCoords(index) for index in range(layout.mol.GetNumAtoms())]
    nodes = (replace(node, x=at.x, y=at.y) for node, at in zip(layout.graph.nodes, places, strict=True))
    return np.asarray(image), Graph(tuple(nodes), layout.graph.bonds)
