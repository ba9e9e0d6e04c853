"""A drawn molecule as a graph: the labels and kinds of bond that nano's molecule net knows, and nodes joined by bonds.

- A node is what stands at one end of a bond: an element or an abbreviation, which is written out on the way to SMILES
  (`figures.molecule.chemistry`).
- Hydrogens are not read: they follow from the valences.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import median_high

ELEMENTS = ("C", "N", "O", "S", "F", "Cl", "Br", "I", "P", "B", "Si", "H", "Se")
ABBREVIATIONS = {
    "Et": "CC",
    "Pr": "CCC",
    "iPr": "C(C)C",
    "Bu": "CCCC",
    "tBu": "C(C)(C)C",
    "Ph": "C1=CC=CC=C1",
    "Bn": "CC1=CC=CC=C1",
    "OMe": "OC",
    "OEt": "OCC",
    "OAc": "OC(C)=O",
    "OPh": "OC1=CC=CC=C1",
    "OBn": "OCC1=CC=CC=C1",
    "SMe": "SC",
    "Ac": "C(C)=O",
    "CF3": "C(F)(F)F",
    "OCF3": "OC(F)(F)F",
    "CCl3": "C(Cl)(Cl)Cl",
    "CN": "C#N",
    "NO2": "[N+](=O)[O-]",
    "CO2H": "C(=O)O",
    "CO2Me": "C(=O)OC",
    "CO2Et": "C(=O)OCC",
    "CHO": "C=O",
    "CONH2": "C(N)=O",
    "CH2OH": "CO",
    "NMe2": "N(C)C",
    "NHMe": "NC",
    "NHAc": "NC(C)=O",
    "NHBoc": "NC(=O)OC(C)(C)C",
    "Boc": "C(=O)OC(C)(C)C",
    "Cbz": "C(=O)OCC1=CC=CC=C1",
    "Ts": "S(=O)(=O)C1=CC=C(C)C=C1",
    "SO2Me": "S(C)(=O)=O",
    "SO2NH2": "S(N)(=O)=O",
    "SO3H": "S(=O)(=O)O",
    "N3": "N=[N+]=[N-]",
    "TMS": "[Si](C)(C)C",
}
"""label -> SMILES whose first atom is the one that the bond leads to"""
LABELS = (*ELEMENTS, *ABBREVIATIONS)
KINDS = ("single", "double", "triple", "aromatic", "wedge", "dash")
"""of bonds; a wedge and a dash are narrow at their `begin`"""


@dataclass(frozen=True)
class Node:
    """An atom or an abbreviated group, where it is drawn (pixels, origin top left)."""

    label: str
    """one of LABELS"""
    charge: int
    x: float
    y: float


@dataclass(frozen=True)
class Bond:
    """A line between nodes `begin` and `end`."""

    begin: int
    end: int
    kind: str
    """one of KINDS"""


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
