"""A drawn molecule as a graph: what nano finds on a picture, and the SMILES it means.

- A node is what stands at one end of a bond: an element or an abbreviation that is written out on the way to SMILES.
- Hydrogens are not read: they follow from the valences.
- With RDKit the graph goes through a molfile, so wedges, E/Z and aromaticity are judged by RDKit's rules and the SMILES
  is canonical; without it `plain_smiles` writes the connections, orders and charges, as drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

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
_ORDER = {"single": 1, "double": 2, "triple": 3, "aromatic": 4, "wedge": 1, "dash": 1}
_STEREO = {"wedge": 1, "dash": 6}
_SYMBOL = {1: "", 2: "=", 3: "#", 4: ":"}
_ORGANIC = {"C", "N", "O", "S", "F", "Cl", "Br", "I", "P", "B"}
_BOND_LENGTH = 1.5
"""in a molfile"""


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
    """Between nodes `begin` and `end`."""

    begin: int
    end: int
    kind: str
    """one of KINDS"""


@dataclass(frozen=True)
class Graph:
    """A molecule as drawn."""

    nodes: tuple[Node, ...]
    bonds: tuple[Bond, ...]

    def smiles(self) -> str:
        """Canonical where RDKit is installed and accepts the graph, else as drawn; "" without nodes."""
        mol = self.molecule()
        return self.plain_smiles() if mol is None else _canonical(mol)

    def molecule(self) -> Any:
        """RDKit's sanitised molecule; None where RDKit is absent or refuses, or the graph is empty."""
        try:
            from rdkit import Chem, rdBase
        except ImportError:
            return None
        if not self.nodes:
            return None
        with rdBase.BlockLogs():
            return Chem.MolFromMolBlock(self.molblock())

    def molblock(self) -> str:
        """MDL molfile V2000 with abbreviations written out, y upwards."""
        nodes, bonds = _written_out(self)
        scale = _BOND_LENGTH / self.bond_length()
        lines = ["", "  sokdok", "", f"{len(nodes):3d}{len(bonds):3d}  0  0  1  0  0  0  0  0999 V2000"]
        for node in nodes:
            place = f"{node.x * scale:10.4f}{-node.y * scale:10.4f}{0:10.4f}"
            lines.append(f"{place} {node.label:<3} 0  0  0  0  0  0  0  0  0  0  0  0")
        for bond in bonds:
            lines.append(f"{bond.begin + 1:3d}{bond.end + 1:3d}{_ORDER[bond.kind]:3d}{_STEREO.get(bond.kind, 0):3d}")
        charged = [(number, node.charge) for number, node in enumerate(nodes, 1) if node.charge]
        lines += [f"M  CHG  1{number:4d}{charge:4d}" for number, charge in charged]
        return "\n".join([*lines, "M  END", ""])

    def moved(self, right: float, down: float) -> Graph:
        """The graph shifted by so many pixels."""
        return replace(self, nodes=tuple(replace(n, x=n.x + right, y=n.y + down) for n in self.nodes))

    def bond_length(self) -> float:
        """Median, in pixels; 1 without bonds."""
        lengths = sorted(
            math.hypot(self.nodes[b.begin].x - self.nodes[b.end].x, self.nodes[b.begin].y - self.nodes[b.end].y)
            for b in self.bonds
        )
        return max(lengths[len(lengths) // 2], 1e-3) if lengths else 1.0

    def plain_smiles(self) -> str:
        """SMILES without RDKit: Kekulé as drawn, no stereo, not canonical."""
        nodes, bonds = _written_out(self)
        return ".".join(_Writer(nodes, bonds).parts())


def _canonical(mol: Any) -> str:
    from rdkit import Chem

    return str(Chem.MolToSmiles(mol))


def _written_out(graph: Graph) -> tuple[list[Node], list[Bond]]:
    """Nodes and bonds with every abbreviation replaced by its atoms, stacked near its place."""
    nodes, bonds = list(graph.nodes), list(graph.bonds)
    for index, node in enumerate(graph.nodes):
        if node.label not in ABBREVIATIONS:
            continue
        atoms, inner = _group(ABBREVIATIONS[node.label])
        numbers = [index, *range(len(nodes), len(nodes) + len(atoms) - 1)]
        nodes[index] = Node(*atoms[0], node.x, node.y)
        nodes += [Node(*atom, node.x + 0.1 * k, node.y + 0.1 * k) for k, atom in enumerate(atoms[1:], 1)]
        bonds += [Bond(numbers[bond.begin], numbers[bond.end], bond.kind) for bond in inner]
    return nodes, bonds


@cache
def _group(smiles: str) -> tuple[tuple[tuple[str, int], ...], tuple[Bond, ...]]:
    """Atoms (element, charge) and bonds of an abbreviation; reads just the SMILES that ABBREVIATIONS uses."""
    atoms: list[tuple[str, int]] = []
    bonds: list[Bond] = []
    branches, last, kind, ring = [], -1, "single", -1
    position = 0
    while position < len(smiles):
        char = smiles[position]
        position += 1
        if char == "(":
            branches.append(last)
        elif char == ")":
            last = branches.pop()
        elif char in "=#":
            kind = "double" if char == "=" else "triple"
        elif char == "1":
            if ring >= 0:
                bonds.append(Bond(ring, last, kind))
            ring, kind = last, "single"
        else:
            symbol, position = _symbol(smiles, position - 1)
            atoms.append(symbol)
            if last >= 0:
                bonds.append(Bond(last, len(atoms) - 1, kind))
            last, kind = len(atoms) - 1, "single"
    return tuple(atoms), tuple(bonds)


def _symbol(smiles: str, start: int) -> tuple[tuple[str, int], int]:
    """Element and charge of the atom at `start`, and where it ends."""
    if smiles[start] != "[":
        length = 2 if smiles[start : start + 2] in ELEMENTS else 1
        return (smiles[start : start + length], 0), start + length
    stop = smiles.index("]", start)
    inside = smiles[start + 1 : stop]
    return (inside.rstrip("+-"), inside.count("+") - inside.count("-")), stop + 1


class _Writer:
    """Depth-first SMILES of each connected part."""

    def __init__(self, nodes: list[Node], bonds: list[Bond]) -> None:
        self.nodes = nodes
        self.neighbours: list[list[tuple[int, int]]] = [[] for _ in nodes]
        for bond in bonds:
            self.neighbours[bond.begin].append((bond.end, _ORDER[bond.kind]))
            self.neighbours[bond.end].append((bond.begin, _ORDER[bond.kind]))
        self.valences = [sum(order for _, order in around) for around in self.neighbours]
        self.seen: set[int] = set()
        self.closures: dict[int, list[str]] = {}
        self.count = 0

    def parts(self) -> list[str]:
        texts = []
        for index in range(len(self.nodes)):
            if index not in self.seen:
                self._find_rings(index, -1, {})
                texts.append(self._write(index, -1))
        return texts

    def _find_rings(self, index: int, parent: int, depth: dict[int, int]) -> None:
        """Mark the children of a spanning tree as seen and number the bonds that close rings."""
        self.seen.add(index)
        depth[index] = len(depth)
        tree = []
        for other, order in self.neighbours[index]:
            if other not in self.seen:
                self._find_rings(other, index, depth)
                tree.append((other, order))
            elif other != parent and depth[other] < depth[index]:
                self.count += 1
                number = str(self.count) if self.count < 10 else f"%{self.count}"
                self.closures.setdefault(other, []).append(_SYMBOL[order] + number)
                self.closures.setdefault(index, []).append(_SYMBOL[order] + number)
        self.neighbours[index] = tree

    def _write(self, index: int, parent: int) -> str:
        text = self._atom(index) + "".join(self.closures.get(index, []))
        branches = [_SYMBOL[order] + self._write(other, index) for other, order in self.neighbours[index]]
        return text + "".join(f"({branch})" for branch in branches[:-1]) + "".join(branches[-1:])

    def _atom(self, index: int) -> str:
        node = self.nodes[index]
        if not node.charge and node.label in _ORGANIC:
            return node.label
        sign = ("+" if node.charge > 0 else "-") * abs(node.charge)
        hydrogens = self._hydrogens(index)
        return f"[{node.label}{'H' if hydrogens else ''}{hydrogens if hydrogens > 1 else ''}{sign}]"

    def _hydrogens(self, index: int) -> int:
        """What is missing to the usual valence of a charged atom or of silicon."""
        node = self.nodes[index]
        usual = {"C": 4, "Si": 4, "N": 3, "P": 3, "O": 2, "S": 2, "Se": 2, "B": 3}.get(node.label, 0)
        valence = usual - abs(node.charge) if node.label in ("C", "Si") else usual + node.charge
        return max(0, valence - self.valences[index])
