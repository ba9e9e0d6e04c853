"""What nano's molecule net answers for every 4x4 pixels, by channel, and how a picture is prepared for it.

- Nodes and bonds are peaks of two heat maps: a node where bonds meet or a label's first letter stands, a bond at its
  middle. What else is known of them (label, charge, kind, direction) is read at the peak.
- A bond's axis is told by the cosine and sine of twice its angle, so that both directions read the same; wedges also
  tell where their broad end lies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from sokdok.model.nano.molecule_graph import KINDS, LABELS

STRIDE = 4
UNIT = 24.0
"""pixels of a bond that the net is trained for, about"""
CHARGES = (0, 1, -1)
_SIZES = {
    "heat": 2,  # nodes, bonds
    "node offset": 2,  # of the true place from the cell's centre, in cells
    "bond offset": 2,
    "label": len(LABELS),
    "charge": len(CHARGES),
    "kind": len(KINDS),
    "axis": 2,
    "length": 1,  # natural logarithm, in UNITs
    "direction": 2,  # unit vector from `begin` to `end`
}
_STOPS = np.cumsum(list(_SIZES.values())).tolist()
CHANNELS = {name: slice(stop - size, stop) for (name, size), stop in zip(_SIZES.items(), _STOPS, strict=True)}
OUTPUTS: int = _STOPS[-1]


def darkness(pixels: np.ndarray) -> np.ndarray:
    """Grey (H, W) uint8 -> float32 in 0 to 1: 0 is paper, 1 is ink, stretched to the picture's own contrast."""
    paper, ink = np.percentile(pixels, (75, 0.5))
    if paper < 96 and np.mean(pixels > 128) < 0.25:  # white on black
        return darkness(255 - pixels)
    return np.clip((paper - pixels.astype(np.float32)) / max(paper - ink, 48.0), 0, 1)


def resized(dark: np.ndarray, factor: float) -> np.ndarray:
    """Darkness (H, W) scaled by a factor."""
    height, width = (max(1, round(side * factor)) for side in dark.shape)
    return np.asarray(Image.fromarray(dark).resize((width, height), Image.Resampling.BILINEAR))


@dataclass(frozen=True)
class Peaks:
    """What stands out on the maps at one scale; places in pixels of the scaled picture."""

    nodes: np.ndarray
    """(N, 2)"""
    labels: np.ndarray
    """(N, len(LABELS)) probabilities"""
    charges: np.ndarray
    """(N, len(CHARGES)) probabilities"""
    node_heat: np.ndarray
    """(N,) probability that there is one"""
    bonds: np.ndarray
    """(B, 2) middles"""
    spans: np.ndarray
    """(B, 2) vectors from begin to end"""
    kinds: np.ndarray
    """(B, len(KINDS)) probabilities"""
    bond_heat: np.ndarray


def peaks(logits: np.ndarray, node_threshold: float = 0.3, bond_threshold: float = 0.3) -> Peaks:
    """Local maxima of the heat maps of one picture: logits (OUTPUTS, H / 4, W / 4)."""
    maps = {name: logits[part] for name, part in CHANNELS.items()}
    heat = 1 / (1 + np.exp(-maps["heat"]))
    at_nodes, at_bonds = _maxima(heat[0], node_threshold), _maxima(heat[1], bond_threshold)
    axis, direction = maps["axis"][:, *at_bonds], maps["direction"][:, *at_bonds]
    angle = np.arctan2(axis[1], axis[0]) / 2
    spans = np.stack([np.cos(angle), np.sin(angle)], 1)
    spans *= np.where((spans * direction.T).sum(1, keepdims=True) < 0, -1, 1)
    lengths = UNIT * np.exp(np.clip(maps["length"][:, *at_bonds].T, -2, 2))
    return Peaks(
        nodes=_places(at_nodes, maps["node offset"]),
        labels=_softmax(maps["label"][:, *at_nodes].T),
        charges=_softmax(maps["charge"][:, *at_nodes].T),
        node_heat=heat[0][at_nodes],
        bonds=_places(at_bonds, maps["bond offset"]),
        spans=spans * lengths,
        kinds=_softmax(maps["kind"][:, *at_bonds].T),
        bond_heat=heat[1][at_bonds],
    )


def _maxima(heat: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the cells that none of their eight neighbours exceeds."""
    padded = np.pad(heat, 1)
    height, width = heat.shape
    around = [padded[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    rows, columns = np.nonzero((heat >= np.max(around, axis=0)) & (heat > threshold))
    return rows, columns


def _places(at: tuple[np.ndarray, np.ndarray], offset: np.ndarray) -> np.ndarray:
    cells = np.stack([at[1], at[0]], 1) + 0.5
    return np.asarray((cells + np.clip(offset[:, *at].T, -1, 1)) * STRIDE)


def _softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(raised / raised.sum(1, keepdims=True))
