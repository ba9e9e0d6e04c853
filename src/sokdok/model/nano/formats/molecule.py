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

import json
import math
from dataclasses import dataclass, replace
from importlib.resources import files
from statistics import median_high

import numpy as np
from PIL import Image

from sokdok.imaging.arrays import local_maxima, sigmoid, softmax
from sokdok.model.nano.formats import STRIDE, channel_slices

ELEMENTS = ("C", "N", "O", "S", "F", "Cl", "Br", "I", "P", "B", "Si", "H", "Se")
_GROUPS = json.loads(files("sokdok.model.nano.formats").joinpath("abbreviations.json").read_text(encoding="utf-8"))
ABBREVIATIONS: dict[str, str] = _GROUPS["outer"]  # label → SMILES whose first atom is the one that the bond leads to
# The same of labels within chains and rings or behind a double bond: their first atom has two bonds more.
INNER: dict[str, str] = _GROUPS["inner"]
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
