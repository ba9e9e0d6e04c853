"""Molecules for nano's net: a drawn one as a graph, and the channels for every 4 x 4 pixels that it is found in.

- A node is what stands at one end of a bond: an element or an abbreviation, which is written out on the way to SMILES
  (`figures.molecule.chemistry`). Hydrogens are not read: they follow from the valences.
- Nodes and bonds are peaks of two heat maps: a node where bonds meet or a label's first letter stands, a bond at its
  middle. What else is known of them (label, charge, kind, direction) is read at the peak.
- A bond's axis is given by the cosine and sine of twice its angle, so that both directions read the same; wedges also
  have a vector toward their broad end.

Shapes: K = `CHANNELS` channels on a grid of (h, w) cells.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import median_high

import numpy as np
from PIL import Image

from sokdok.imaging.arrays import local_maxima, sigmoid, softmax
from sokdok.model.nano.formats import STRIDE, channel_slices

ELEMENTS = ("C", "N", "O", "S", "F", "Cl", "Br", "I", "P", "B", "Si", "H", "Se")
ABBREVIATIONS = {
    "Et": "CC", "Pr": "CCC", "iPr": "C(C)C", "Bu": "CCCC", "tBu": "C(C)(C)C", "Ph": "C1=CC=CC=C1",
    "Bn": "CC1=CC=CC=C1", "OMe": "OC", "OEt": "OCC", "OAc": "OC(C)=O", "OPh": "OC1=CC=CC=C1", "OBn": "OCC1=CC=CC=C1",
    "SMe": "SC", "Ac": "C(C)=O", "CF3": "C(F)(F)F", "OCF3": "OC(F)(F)F", "CCl3": "C(Cl)(Cl)Cl", "CN": "C#N",
    "NO2": "[N+](=O)[O-]", "CO2H": "C(=O)O", "CO2Me": "C(=O)OC", "CO2Et": "C(=O)OCC", "CHO": "C=O", "CONH2": "C(N)=O",
    "CH2OH": "CO", "NMe2": "N(C)C", "NHMe": "NC", "NHAc": "NC(C)=O", "NHBoc": "NC(=O)OC(C)(C)C",
    "Boc": "C(=O)OC(C)(C)C", "Cbz": "C(=O)OCC1=CC=CC=C1", "Ts": "S(=O)(=O)C1=CC=C(C)C=C1", "SO2Me": "S(C)(=O)=O",
    "SO2NH2": "S(N)(=O)=O", "SO3H": "S(=O)(=O)O", "N3": "N=[N+]=[N-]", "TMS": "[Si](C)(C)C", "iBu": "CC(C)C",
    "C5H11": "CCCCC", "C6H13": "CCCCCC", "C7H15": "CCCCCCC", "C8H17": "CCCCCCCC", "C10H21": "CCCCCCCCCC",
    "C12H25": "CCCCCCCCCCCC", "Cy": "C1CCCCC1", "vinyl": "C=C", "allyl": "CC=C", "PMB": "CC1=CC=C(OC)C=C1",
    "CPh3": "C(C1=CC=CC=C1)(C1=CC=CC=C1)C1=CC=CC=C1", "MOM": "COC", "THP": "C1CCCCO1", "SEM": "COCC[Si](C)(C)C",
    "CHF2": "C(F)F", "CH2F": "CF", "CH2Cl": "CCl", "CH2Br": "CBr", "CH2CF3": "CC(F)(F)F", "C2F5": "C(F)(F)C(F)(F)F",
    "CH2NH2": "CN", "CH2CN": "CC#N", "CH2OMe": "COC", "CH2OAc": "COC(C)=O", "CH2CH2OH": "CCO", "CH2CO2H": "CC(=O)O",
    "CH2CO2Me": "CC(=O)OC", "CH2CO2Et": "CC(=O)OCC", "COCl": "C(=O)Cl", "COCF3": "C(=O)C(F)(F)F",
    "Bz": "C(=O)C1=CC=CC=C1", "CO2iPr": "C(=O)OC(C)C", "CO2-": "C(=O)[O-]", "CONHMe": "C(=O)NC",
    "CONMe2": "C(=O)N(C)C", "CONHNH2": "C(=O)NN", "CONHOH": "C(=O)NO", "C(NH)NH2": "C(=N)N", "OPr": "OCCC",
    "OiPr": "OC(C)C", "OBu": "OCCCC", "OtBu": "OC(C)(C)C", "OCHF2": "OC(F)F", "OCH2CF3": "OCC(F)(F)F",
    "OCH2CO2H": "OCC(=O)O", "OCH2CO2Et": "OCC(=O)OCC", "OCH2CH2OH": "OCCO", "OBz": "OC(=O)C1=CC=CC=C1",
    "OMs": "OS(C)(=O)=O", "OTs": "OS(=O)(=O)C1=CC=C(C)C=C1", "OTf": "OS(=O)(=O)C(F)(F)F", "OMOM": "OCOC",
    "OTHP": "OC1CCCCO1", "OTMS": "O[Si](C)(C)C", "OTBS": "O[Si](C)(C)C(C)(C)C",
    "OTBDPS": "O[Si](C(C)(C)C)(C1=CC=CC=C1)C1=CC=CC=C1", "ONO2": "O[N+](=O)[O-]", "NEt2": "N(CC)CC", "NHEt": "NCC",
    "NHPh": "NC1=CC=CC=C1", "NHBn": "NCC1=CC=CC=C1", "NHBz": "NC(=O)C1=CC=CC=C1", "NHCbz": "NC(=O)OCC1=CC=CC=C1",
    "NHMs": "NS(C)(=O)=O", "NHTs": "NS(=O)(=O)C1=CC=C(C)C=C1", "NHCHO": "NC=O", "NHCONH2": "NC(N)=O", "NHNH2": "NN",
    "NHOH": "NO", "NCO": "N=C=O", "NCS": "N=C=S", "SEt": "SCC", "SPh": "SC1=CC=CC=C1", "SAc": "SC(C)=O",
    "SCN": "SC#N", "SCF3": "SC(F)(F)F", "SO2Et": "S(=O)(=O)CC", "SO2Ph": "S(=O)(=O)C1=CC=CC=C1",
    "SO2CF3": "S(=O)(=O)C(F)(F)F", "SO2Cl": "S(=O)(=O)Cl", "SO2NHMe": "S(=O)(=O)NC", "SO2NMe2": "S(=O)(=O)N(C)C",
    "SO3-": "S(=O)(=O)[O-]", "PO3H2": "P(=O)(O)O", "OPO3H2": "OP(=O)(O)O", "PO3Me2": "P(=O)(OC)OC",
    "PO3Et2": "P(=O)(OCC)OCC", "PPh2": "P(C1=CC=CC=C1)C1=CC=CC=C1", "TES": "[Si](CC)(CC)CC",
    "TBS": "[Si](C)(C)C(C)(C)C", "TIPS": "[Si](C(C)C)(C(C)C)C(C)C", "BOH2": "B(O)O", "Bpin": "B1OC(C)(C)C(C)(C)O1",
}  # fmt: skip
"""label -> SMILES whose first atom is the one that the bond leads to"""
INNER = {
    "SO2": "S(=O)=O", "SO": "S=O", "CO": "C=O", "CS": "C=S", "CF2": "C(F)F", "CMe2": "C(C)C", "SiMe2": "[Si](C)C",
    "NMe": "NC", "NEt": "NCC", "NiPr": "NC(C)C", "NBn": "NCC1=CC=CC=C1", "NPh": "NC1=CC=CC=C1", "NAc": "NC(C)=O",
    "NBz": "NC(=O)C1=CC=CC=C1", "NBoc": "NC(=O)OC(C)(C)C", "NCbz": "NC(=O)OCC1=CC=CC=C1", "NMs": "NS(C)(=O)=O",
    "NTs": "NS(=O)(=O)C1=CC=C(C)C=C1", "NOH": "NO", "NOMe": "NOC", "PPh3": "P(C1=CC=CC=C1)(C1=CC=CC=C1)C1=CC=CC=C1",
}  # fmt: skip
"""the same of labels within chains and rings or behind a double bond: their first atom has two bonds more"""
GROUPS = ABBREVIATIONS | INNER
LABELS = (*ELEMENTS, *GROUPS)
KINDS = ("single", "double", "triple", "aromatic", "wedge", "dash")  # wedge, dash: narrow at `begin`


@dataclass(frozen=True)
class Node:
    """An atom or an abbreviated group, where it is drawn (pixels, origin top left)."""

    label: str  # one of LABELS
    charge: int
    x: float
    y: float


@dataclass(frozen=True)
class Bond:
    """A line between nodes `begin` and `end`."""

    begin: int
    end: int
    kind: str  # one of KINDS


@dataclass(frozen=True)
class Graph:
    """A molecule as drawn."""

    nodes: tuple[Node, ...]
    bonds: tuple[Bond, ...]

    def moved(self, right: float, down: float) -> Graph:
        """Shift the graph by so many pixels."""
        return replace(self, nodes=tuple(replace(n, x=n.x + right, y=n.y + down) for n in self.nodes))

    def scaled(self, factor: float) -> Graph:
        """Scale the graph about the origin."""
        return replace(self, nodes=tuple(replace(n, x=n.x * factor, y=n.y * factor) for n in self.nodes))

    def bond_length(self) -> float:
        """Compute the median length of the bonds, in pixels; 1 without bonds."""
        lengths = [
            math.hypot(self.nodes[b.begin].x - self.nodes[b.end].x, self.nodes[b.begin].y - self.nodes[b.end].y)
            for b in self.bonds
        ]
        return max(median_high(lengths), 1e-3) if lengths else 1.0


UNIT_PX = 24.0  # length of a bond that the net is trained for, about
CHARGES = (0, 1, -1)
# Channels of each part, in order.
PARTS = {
    "heat": 2,  # nodes, bonds
    "node offset": 2,  # of the true place from the cell's centre, in cells
    "bond offset": 2,
    "label": len(LABELS),
    "charge": len(CHARGES),
    "kind": len(KINDS),
    "axis": 2,
    "length": 1,  # natural logarithm, in UNIT_PX
    "direction": 2,  # unit vector from `begin` to `end`
}
SLICES = channel_slices(PARTS)
CHANNELS = sum(PARTS.values())
OTHER_CHANNELS = CHANNELS - len(LABELS)  # channels that say something else than a label
_LONGEST_LOG = 2.0  # most that a bond's length may differ from UNIT_PX, as a natural logarithm


def darkness(pixels: np.ndarray) -> np.ndarray:
    """Convert grey (H, W) uint8 to float32 in 0 to 1: 0 is paper, 1 is ink, stretched to the picture's own contrast."""
    paper, ink = np.percentile(pixels, (75, 0.5))
    if paper < 96 and np.mean(pixels > 128) < 0.25:  # white on black
        return darkness(255 - pixels)
    return np.clip((paper - pixels.astype(np.float32)) / max(paper - ink, 48.0), 0, 1)


def resized(dark: np.ndarray, factor: float) -> np.ndarray:
    """Scale darkness (H, W) by a factor."""
    height, width = (max(1, round(side * factor)) for side in dark.shape)
    return np.asarray(Image.fromarray(dark).resize((width, height), Image.Resampling.BILINEAR))


@dataclass(frozen=True)
class Peaks:
    """N nodes and B bonds found at one scale; places in pixels of the scaled picture."""

    nodes: np.ndarray  # (N, 2) x, y
    labels: np.ndarray  # (N, labels that the net knows, the first of LABELS) probabilities
    charges: np.ndarray  # (N, len(CHARGES)) probabilities
    node_heat: np.ndarray  # (N,) probability that there is one
    bonds: np.ndarray  # (B, 2) middles
    spans: np.ndarray  # (B, 2) vectors from begin to end
    kinds: np.ndarray  # (B, len(KINDS)) probabilities
    bond_heat: np.ndarray  # (B,) probability that there is one


def find_peaks(logits: np.ndarray, node_threshold: float = 0.3, bond_threshold: float = 0.3) -> Peaks:
    """Find nodes and bonds in the logits (K, h, w) of one picture; a net of before knows only the first of LABELS."""
    slices = channel_slices(PARTS | {"label": len(logits) - OTHER_CHANNELS})
    maps = {name: logits[part] for name, part in slices.items()}
    heat = sigmoid(maps["heat"])
    at_nodes, at_bonds = local_maxima(heat[0], node_threshold), local_maxima(heat[1], bond_threshold)
    axis, direction = maps["axis"][:, *at_bonds], maps["direction"][:, *at_bonds]
    angle = np.arctan2(axis[1], axis[0]) / 2
    spans = np.stack([np.cos(angle), np.sin(angle)], 1)
    spans *= np.where((spans * direction.T).sum(1, keepdims=True) < 0, -1, 1)
    lengths = UNIT_PX * np.exp(np.clip(maps["length"][:, *at_bonds].T, -_LONGEST_LOG, _LONGEST_LOG))
    return Peaks(
        nodes=_places(at_nodes, maps["node offset"]),
        labels=softmax(maps["label"][:, *at_nodes].T),
        charges=softmax(maps["charge"][:, *at_nodes].T),
        node_heat=heat[0][at_nodes],
        bonds=_places(at_bonds, maps["bond offset"]),
        spans=spans * lengths,
        kinds=softmax(maps["kind"][:, *at_bonds].T),
        bond_heat=heat[1][at_bonds],
    )


def _places(cells: tuple[np.ndarray, np.ndarray], offset: np.ndarray) -> np.ndarray:
    """Places (N, 2) in pixels of cells (rows, columns), with their offset (2, h, w) from the cell's middle."""
    middles = np.stack([cells[1], cells[0]], 1) + 0.5
    return np.asarray((middles + np.clip(offset[:, *cells].T, -1, 1)) * STRIDE)
